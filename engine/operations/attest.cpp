#include "engine/operations/attest.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/operations/keys_of_people.hpp"
#include "engine/operations/run_book.hpp"

namespace holdfast {
namespace {

struct Span {
    Instant from, until;
    bool holds(Instant at) const { return at > from && at <= until; }
};

void attest_drills(const Catalog& catalog, const Span& span, Attested& attested) {
    const std::vector<DrillRecord> drills = catalog.drills(std::nullopt);
    for (auto drill = drills.rbegin(); drill != drills.rend(); ++drill) {
        if (!span.holds(drill->finished)) continue;
        if (!drill->point || drill->point_digest.empty()) {
            attested.left_out.push_back(fmt::format("drill {} of {}: it came to no recovery point ({})", drill->id, drill->database.str(), printable(drill->why, 200)));
            continue;
        }
        Attestation one{.kind = AttestedKind::Drill, .id = drill->id, .subject = fmt::format("recovery point {} of {}", drill->point->str(), drill->database.str()), .digest = drill->point_digest, .passed = drill->passed,
                        .started = drill->started, .finished = drill->finished, .policy_commit = drill->policy_commit, .policy_hash = drill->policy_hash, .runbook = drill->runbook,
                        .runbook_hash = drill->runbook_hash, .passed_tests = {}, .failed_tests = {}, .notes = {}};
        for (const DrillCheck& check : drill->checks) (check.passed ? one.passed_tests : one.failed_tests).push_back(fmt::format("{}: {}", check.name, check.detail));
        one.notes = {{"drill", drill->id}, {"database", drill->database.str()}, {"state of", to_rfc3339(drill->state_of)}, {"runbook took ms", std::to_string(drill->took.count())},
                     {"host", drill->host}, {"user", drill->user}};
        attested.all.push_back(std::move(one));
    }
}

// Of points that are there and of those that have gone.
std::unordered_map<std::string, RecoveryPoint> points_ever(const Catalog& catalog) {
    std::unordered_map<std::string, RecoveryPoint> points;
    for (RecoveryPoint& point : catalog.points(std::nullopt)) points.emplace(point.id.str(), std::move(point));
    for (GonePoint& gone : catalog.gone_points(std::nullopt)) points.emplace(gone.point.id.str(), std::move(gone.point));
    return points;
}

void attest_verifications(const Catalog& catalog, const Span& span, Attested& attested) {
    const std::vector<Verification> checks = catalog.checks_between(span.from, span.until);
    if (checks.empty()) return;
    const auto points = points_ever(catalog);
    for (const Verification& check : checks) {
        const auto point = points.find(check.point.str());
        if (point == points.end() || check.digest.empty()) {
            attested.left_out.push_back(fmt::format("verification of {} in {}: the digest of what was verified was not recorded", check.point.str(), check.store.str()));
            continue;
        }
        const Provenance& from = point->second.provenance;
        const std::string test = fmt::format("{} in {}: {}", check.depth, check.store.str(), check.detail);
        attested.all.push_back({.kind = AttestedKind::Verification, .id = fmt::format("{}/{}/{}", check.point.str(), check.store.str(), to_millis(check.at)), .subject = fmt::format("recovery point {} of {}", check.point.str(), point->second.database.str()), .digest = check.digest,
                                .passed = check.sound, .started = check.at, .finished = check.at, .policy_commit = from.policy_commit, .policy_hash = from.policy_hash, .runbook = {}, .runbook_hash = {},
                                .passed_tests = check.sound ? std::vector{test} : std::vector<std::string>{}, .failed_tests = check.sound ? std::vector<std::string>{} : std::vector{test},
                                .notes = {{"database", point->second.database.str()}, {"store", check.store.str()}, {"state of", to_rfc3339(point->second.instant)}}});
    }
}

void attest_approvals_of(const RunView& run, const Span& span, Attested& attested) {
    for (const ApprovalView& approval : run.approvals) {
        for (const ApprovalAnswer& answer : approval.answers) {
            if (!span.holds(answer.at)) continue;
            const std::string test = fmt::format("{} {}{}{}", answer.person, answer.approved ? "approved" : "refused", answer.comment.empty() ? "" : ": ", answer.comment);
            attested.all.push_back({.kind = AttestedKind::Approval, .id = fmt::format("{}/{}/{}/{}", run.summary.id.str(), approval.number, to_millis(answer.at), answer.person), .subject = fmt::format("approval {} of run {}: {}", approval.number, run.summary.id.str(), approval.title), .digest = approval.hash,
                                    .passed = answer.approved && answer.counts, .started = answer.at, .finished = answer.at, .policy_commit = run.policy_commit, .policy_hash = run.policy_hash,
                                    .runbook = run.summary.runbook, .runbook_hash = run.runbook_hash,
                                    .passed_tests = answer.approved && answer.counts ? std::vector{test} : std::vector<std::string>{},
                                    .failed_tests = answer.approved && answer.counts ? std::vector<std::string>{} : std::vector{test + (answer.counts ? "" : " (does not count: " + answer.why_not + ")")},
                                    .notes = {{"person", answer.person}, {"how", answer.how}, {"database", run.summary.database}, {"asked by", run.summary.user}}});
        }
    }
}

void attest_approvals(const Workplace& workplace, const Span& span, Attested& attested) {
    std::vector<RunSummary> runs = list_runs(workplace);
    std::ranges::reverse(runs);
    for (const RunSummary& run : runs) {
        if (run.started > span.until) continue;
        try {
            attest_approvals_of(show_run(workplace, run.id), span, attested);
        } catch (const Error& error) {
            attested.left_out.push_back(fmt::format("approvals of run {}: {}", run.id.str(), error.message));
        }
    }
}

}  // namespace

std::string_view name_of(AttestedKind kind) {
    static constexpr std::array<std::string_view, 3> kNames{"drill", "verification", "approval"};
    return kNames.at(static_cast<std::size_t>(kind));
}

Attested attest(const Workplace& workplace, Instant from, Instant until, AttestWhat what) {
    const Span span{from, until};
    Attested attested;
    if (what != AttestWhat::Approvals) {
        attest_drills(workplace.catalog(), span, attested);
        attest_verifications(workplace.catalog(), span, attested);
    }
    if (what != AttestWhat::Record) attest_approvals(workplace, span, attested);
    if (const auto newest = workplace.catalog().audit_entries(1); !newest.empty()) {
        attested.audit_sequence = newest.front().sequence;
        attested.audit_hash = newest.front().hash;
    }
    return attested;
}

SigningKey evidence_key(const Workplace& workplace, const std::optional<fs::path>& file) {
    if (file) return read_person_key(*file);
    const fs::path own = workplace.installation().state / "evidence.key";
    if (!fs::exists(own)) new_person_key(own);
    return read_person_key(own);
}

}  // namespace holdfast
