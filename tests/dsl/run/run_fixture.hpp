// Runs with effects that only note that they were asked for: what a test wants to happen, it says beforehand.
#pragma once

#include <map>

#include "dsl/journal/journal.hpp"
#include "dsl/run/run_folder.hpp"
#include "dsl/run/runner.hpp"
#include "engine/base/format.hpp"
#include "engine/crypto/keys.hpp"
#include "tests/support/installation_fixture.hpp"

namespace holdfast {

class RunFixture : public InstallationFixture {
public:
    Surface surface;
    std::unique_ptr<ActionTable> actions;
    std::vector<std::string> performed;                                      // "write orders #1": effect, argument, attempt.
    std::map<std::string, std::function<void(const ActionContext&)>> before; // Called before an effect's perform ends; may throw.
    std::optional<bool> probe_says = false;
    std::vector<std::string> events;
    std::vector<ApprovalView> asked;
    std::function<std::optional<bool>(const ApprovalView&)> person = [](const ApprovalView&) { return true; };
    bool yes = false;
    std::stop_source stop;
    Installation place = installation();

    RunFixture() {
        describe_surface();
        actions = std::make_unique<ActionTable>(surface);
        for (const EffectSpec& effect : surface.effects) add(effect);
    }

    Runner runner() { return Runner(place, *actions, {.retry_wait = Duration(1), .script_time_max = Duration(10'000)}); }

    RunHooks hooks() {
        return {[this](const RunEvent& event) { note(event); },
                [this](const ApprovalView& view) {
                    asked.push_back(view);
                    return person(view);
                },
                yes, progress, stop.get_token()};
    }

    // A runbook with this body; `a.database` is the database orders.
    Runbook book(const std::string& body) {
        Runbook runbook;
        runbook.name = "test";
        runbook.file = folder / "test.lua";
        runbook.text = "return runbook { name = \"test\", purpose = \"try\", params = {},\nrun = function(a)\n" + body + "\nend }\n";
        runbook.hash = "hash of " + runbook.text;
        return runbook;
    }

    static Value parameters() {
        return Record{"parameters", {{"database", Record{"database", {{"name", "orders"}, {"engine", "sqlite"}}}}, {"lost", {}}}};
    }

    RunbookOutcome start(const std::string& body) { return runner().start(book(body), parameters(), hooks()); }
    RunbookOutcome resume(const RunId& run, const ResumeOptions& options = {}) { return runner().resume(run, options, hooks()); }
    RunbookOutcome undo(const RunId& run) { return runner().undo(run, hooks()); }

    fs::path journal(const RunId& run) const { return state() / "runs" / run.str() / "journal"; }

    // The journal as a process that was killed would have left it: without the records after the first `keep`.
    void cut_journal(const RunId& run, std::size_t keep) const {
        const JournalContent content = read_journal(journal(run));
        fs::remove(journal(run));
        Journal shorter = Journal::create(journal(run), content.header());
        for (std::size_t i = 1; i < keep; ++i) shorter.append(content.records[i]);
    }
    // … without the last record of this kind and all after it.
    template <typename Kind>
    void cut_journal_before_last(const RunId& run) const {
        const JournalContent content = read_journal(journal(run));
        std::size_t at = content.records.size();
        while (at > 0 && !std::holds_alternative<Kind>(content.records[at - 1])) --at;
        cut_journal(run, at - 1);
    }

    // A person of the policy who may approve, and the key.
    SigningKey add_person(const std::string& name, std::vector<Role> roles = {Role::Approver}) {
        SigningKey key = new_signing_key();
        policy.people.push_back({name, key.public_key, std::move(roles)});
        return key;
    }
    GivenAnswer signed_answer(const RunId& run, const std::string& name, const SigningKey& key, bool approve = true) {
        GivenAnswer answer{name, approve, "looked at it", {}};
        answer.signature = sign(key, as_bytes(runner().approval_message(run, answer)));
        return answer;
    }

private:
    void describe_surface() {
        const ArgumentSpec of{"of", "database", false, "", {}};
        surface.effects = {
            {"world.look", EffectKind::Read, {of, {"want", "integer", false, "", {}}}, "look", "looks at {of}", "", "", "", ""},
            {"world.back_up", EffectKind::Idempotent, {of}, "thing", "backs {of} up", "", "of", "", ""},
            {"world.copy", EffectKind::Idempotent, {of, {"name", "text", false, "", {}}}, "thing", "copies {of}", "", "", "a copy", ""},
            {"world.write", EffectKind::Probed, {{"into", "database", true, "", {}}}, "thing", "writes {into}", "into", "", "rows", ""},
            {"world.stop", EffectKind::Once, {of}, "nothing", "stops {of}", "", "", "", ""},
            {"world.drop", EffectKind::Idempotent, {{"thing", "thing", true, "", {}}}, "nothing", "drops {thing}", "", "", "", ""},
            {"world.start", EffectKind::Once, {of}, "nothing", "starts {of}", "", "", "", ""},
        };
        surface.records = {{"look", "", {{"rows", "integer", ""}, {"shown", "list", ""}}}, {"thing", "", {{"name", "text", ""}}}};
    }

    void add(const EffectSpec& effect) {
        Action action;
        action.name = effect.name;
        action.perform = [this, &effect](const ActionContext& context, const ValueMap& arguments) {
            performed.push_back(short_name(effect) + subject(arguments) + (context.attempt > 1 ? fmt::format(" #{}", context.attempt) : ""));
            if (const auto found = before.find(short_name(effect)); found != before.end()) found->second(context);
            return result(effect, context, arguments);
        };
        if (effect.kind == EffectKind::Probed) {
            action.probe = [this, &effect](const ActionContext& context, const ValueMap& arguments) {
                performed.push_back("probe " + short_name(effect));
                return Action::Probe{probe_says, result(effect, context, arguments)};
            };
        }
        actions->add(std::move(action));
    }

    static std::string short_name(const EffectSpec& effect) { return effect.name.substr(effect.name.find('.') + 1); }

    static std::string subject(const ValueMap& arguments) {
        for (const auto& [name, value] : arguments) {
            if (name != "want") return " " + for_people(value);
        }
        return "";
    }

    static ActionResult result(const EffectSpec& effect, const ActionContext& context, const ValueMap& arguments) {
        const std::string made = short_name(effect) + std::to_string(context.step);
        if (effect.result == "look") return {Record{"look", {{"rows", 31}, {"shown", ValueList{"31 rows missing"}}}}, "31 rows missing", 0, 31, ""};
        if (effect.result == "thing") {
            const auto name = arguments.find("name");
            return {Record{"thing", {{"name", name == arguments.end() ? Value(made) : name->second}}}, made + " made", 10, 0, "made " + made};
        }
        return {{}, short_name(effect) + " done", 0, 0, ""};
    }

    void note(const RunEvent& event) {
        static constexpr const char* kKinds[] = {"started", "replayed", "began", "done", "failed", "asked", "given", "note", "undo began", "undo done", "finished"};
        std::string text = kKinds[static_cast<std::size_t>(event.kind)];
        if (event.step) text += " " + event.step->title;
        if (event.approval) text += " " + event.approval->title;
        if (!event.step && !event.approval && !event.text.empty()) text += " " + event.text;
        events.push_back(text);
    }
};

}  // namespace holdfast
