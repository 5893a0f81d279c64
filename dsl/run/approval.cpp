#include "dsl/run/approval.hpp"

#include <algorithm>
#include <set>

#include "dsl/prelude/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/crypto/keys.hpp"

namespace holdfast {
namespace {

std::string hash_of(const RunHistory& run, const ApprovalCase& asked) {
    ByteWriter writer;
    writer.text(run.header.run);
    writer.text(run.text_hash);
    writer.text(std::to_string(asked.step));
    writer.text(asked.title);
    write_value(writer, asked.fields);
    ValueList lines;
    for (const std::string& line : asked.lines) lines.emplace_back(line);
    write_value(writer, lines);
    write_value(writer, asked.evidence);
    return to_hex(sha256(writer.bytes()));
}

std::string one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    return text;
}

const Person* person_named(const Policy& policy, const std::string& name) {
    const auto found = std::ranges::find(policy.people, name, &Person::name);
    return found == policy.people.end() ? nullptr : &*found;
}

bool is_signed(const Person& person, const RunHistory& run, const AskRecord& ask, const AnswerRecord& answer) {
    const auto signature = from_hex(answer.signature);
    const std::string message = approval_message(run.header.run, ask, answer.approved, answer.person, answer.comment);
    return signature && is_signed_by(person.public_key, as_bytes(message), *signature);
}

std::string asker_of(const AskRecord& ask) {
    const auto* fields = ask.fields.as<ValueMap>();
    if (fields == nullptr || !fields->contains(kAskedBy)) return {};
    return fields->at(kAskedBy).text_or("");
}

// Why a recorded answer does not count, or an empty text. What is recorded is not believed: it is checked as if it came in now.
std::string why_not(const Installation& installation, const RunHistory& run, const AskRecord& ask, const AnswerRecord& answer, int required) {
    if (answer.hash != ask.hash) return "what was shown has changed since";
    if (required == 0) return {};
    if (ask.step == kUndoApproval && asker_of(ask) == answer.person) return "asked for this undo";
    if (std::string why = why_may_not_answer(installation, run, answer.person); !why.empty()) return why;
    const Person& person = *person_named(installation.policy, answer.person);
    return is_signed(person, run, ask, answer) ? std::string() : "the signature does not fit the person's key";
}

}  // namespace

ApprovalCase approval_case(const RunHistory& run, int step, const std::string& title, const ValueMap& given) {
    ApprovalCase asked;
    asked.step = step;
    asked.title = title;
    for (const auto& [name, value] : given) {
        if (name == "shows") asked.evidence = value;
        else asked.fields[name] = value;
    }
    if (!asked.evidence.is_null()) asked.lines = evidence_lines(asked.evidence);
    asked.hash = hash_of(run, asked);
    return asked;
}

int approvals_wanted(const Installation& installation, const RunHistory& run, const ValueMap& fields) {
    std::set<std::string> databases;
    for (const auto& [name, value] : fields) databases.insert(database_of(value));
    if (const auto* parameters = run.header.parameters.as<Record>()) {
        for (const auto& [name, value] : parameters->fields) {
            if (value.record("database") != nullptr) databases.insert(database_of(value));
        }
    }
    int wanted = 0;
    for (const std::string& name : databases) {
        const DatabaseSpec* spec = installation.policy.database(DatabaseName(name));
        if (spec != nullptr) wanted = std::max(wanted, installation.environment_of(*spec).floor.approvals);
    }
    return wanted;
}

std::string approval_message(const std::string& run, const AskRecord& ask, bool approve, const std::string& person, const std::string& comment) {
    return fmt::format("holdfast approval 1\nrun: {}\nstep: {}\nhash: {}\nanswer: {}\nperson: {}\ncomment: {}\n", run, ask.step, ask.hash,
                       approve ? "approve" : "refuse", one_line(person), one_line(comment));
}

std::string why_may_not_answer(const Installation& installation, const RunHistory& run, const std::string& person) {
    if (person == run.header.user) return "asked for this run";
    const Person* known = person_named(installation.policy, person);
    if (known == nullptr) return "is not in `people:` of the policy";
    if (std::ranges::find(known->roles, Role::Approver) == known->roles.end()) return "does not have the role approver";
    return {};
}

ApprovalView view_of(const Installation& installation, const RunHistory& run, const ApprovalHistory& approval) {
    const auto* fields = approval.ask.fields.as<ValueMap>();
    ApprovalView view;
    view.number = approval.ask.step;
    view.title = approval.ask.title;
    view.evidence = approval.ask.evidence;
    view.hash = approval.ask.hash;
    view.required = approvals_wanted(installation, run, fields != nullptr ? *fields : ValueMap{});
    if (fields != nullptr) {
        for (const auto& [name, value] : *fields) view.what.emplace_back(name, for_people(value));
    }
    std::set<std::string> counted, keys;
    for (const AnswerRecord& answer : approval.answers) {
        ApprovalAnswer shown{answer.person, answer.approved, answer.comment, answer.how, answer.at, true,
                             why_not(installation, run, approval.ask, answer, view.required)};
        shown.counts = shown.why_not.empty();
        const Person* person = person_named(installation.policy, answer.person);
        const std::string key = view.required > 0 && person != nullptr ? person->public_key : answer.person;
        // One person, one voice; nor do two names with one key make two people.
        if (shown.counts && shown.approved) {
            if (counted.contains(shown.person) || keys.contains(key)) {
                shown.counts = false;
                shown.why_not = "answered before";
            } else {
                counted.insert(shown.person);
                keys.insert(key);
            }
        }
        view.answers.push_back(std::move(shown));
    }
    view.counted = static_cast<int>(counted.size());
    view.then = fmt::format("runbook runs {} {}", approval.ask.step == kUndoApproval ? "undo" : "resume", run.header.run);
    view.open = !is_approved(view) && refusal_of(view) == nullptr;
    return view;
}

bool is_approved(const ApprovalView& approval) {
    return refusal_of(approval) == nullptr && approval.counted >= std::max(1, approval.required);
}

const ApprovalAnswer* refusal_of(const ApprovalView& approval) {
    const auto found = std::ranges::find_if(approval.answers, [](const ApprovalAnswer& answer) { return answer.counts && !answer.approved; });
    return found == approval.answers.end() ? nullptr : &*found;
}

}  // namespace holdfast
