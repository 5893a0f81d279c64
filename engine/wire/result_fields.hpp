// The names of the JSON fields of what operations answer; as fields.hpp, for values above the model.
// Included by sources of this folder only.
#pragma once

#include "engine/base/format.hpp"
#include "engine/wire/fields.hpp"
#include "engine/wire/results.hpp"

namespace holdfast::wire {

void fields(auto& visit, Is<InitDone> auto& done) {
    visit("written", done.written);
    visit("notes", done.notes);
}

void fields(auto& visit, Is<StateAnswer> auto& answer) {
    visit("point", answer.target.point.id);
    visit("log", answer.target.log ? std::optional(to_text(*answer.target.log)) : std::nullopt);
    visit("instant", answer.target.instant);
    visit("answer", answer.answer);
    visit("said", answer.said);
}
void fields(auto& visit, Is<MomentFound> auto& moment) {
    visit("database", moment.found.database);
    visit("outcome", moment.found.outcome);
    visit("last_good", moment.found.last_good);
    visit("first_bad", moment.found.first_bad);
    visit("before", moment.found.before);
    visit("before_transaction", moment.found.before_transaction ? std::optional(to_text(*moment.found.before_transaction)) : std::nullopt);
    visit("next", moment.next);
    visit("good_at_oldest", moment.found.good_at_oldest);
    visit("several_changes", moment.found.several_changes);
    visit("states", moment.found.states);
    visit("answers", moment.found.answers);
}

void fields(auto& visit, Is<ExplainRow> auto& row) {
    visit("field", row.field);
    visit("value", row.value);
    visit("via", row.via);
    visit("place", row.place);
}
void fields(auto& visit, Is<Explanation> auto& explanation) {
    visit("database", explanation.database);
    visit("field", explanation.field);
    visit("rows", explanation.rows);
}

void fields(auto& visit, Is<CronMeaning> auto& meaning) {
    visit("line", meaning.line);
    visit("zone", meaning.zone);
    visit("words", meaning.words);
    visit("next", meaning.next);
    visit("warnings", meaning.warnings);
}

void fields(auto& visit, Is<SimulatedPoint> auto& point) {
    visit("at", point.at);
    visit("backup", point.kind);
    visit("added_bytes", point.added_bytes);
    visit("expired", point.expired);
    visit("exists", point.exists);
}
void fields(auto& visit, Is<SimulatedWeek> auto& week) {
    visit("end", week.end);
    visit("points", week.points);
    visit("bytes", week.bytes);
}
void fields(auto& visit, Is<DatabaseSimulation> auto& simulation) {
    visit("database", simulation.database);
    visit("worst_gap_ms", simulation.worst_gap);
    visit("worst_gap_begin", simulation.worst_gap_begin);
    visit("worst_gap_end", simulation.worst_gap_end);
    visit("weeks", simulation.weeks);
    visit("points", simulation.points);
    visit("assumptions", simulation.assumptions);
}
void fields(auto& visit, Is<Simulation> auto& simulation) {
    visit("from", simulation.from);
    visit("until", simulation.until);
    visit("databases", simulation.databases);
    visit("notes", simulation.notes);
}

inline std::string_view name_of(JobOutcome::Result result) {
    switch (result) {
        case JobOutcome::Result::Done: return "done";
        case JobOutcome::Result::Failed: return "failed";
        case JobOutcome::Result::TakenByOther: return "taken-by-other";
        case JobOutcome::Result::Late: return "late";
        case JobOutcome::Result::Stopped: return "stopped";
    }
    return "unknown";
}
void fields(auto& visit, Is<LogDone> auto& log) {
    visit("transactions", log.transactions);
    visit("read_bytes", log.read_bytes);
    visit("stored_bytes", log.stored_bytes);
    visit("until", log.until);
    visit("notes", log.notes);
}
void fields(auto& visit, Is<FollowedDatabase> auto& followed) {
    visit("database", followed.database);
    visit("transactions", followed.outcome.transactions);
    visit("stored_bytes", followed.outcome.stored_bytes);
    visit("gaps", followed.outcome.gaps);
    visit("until", followed.outcome.until);
}
void fields(auto& visit, Is<ListedTransaction> auto& one) {
    visit("transaction", to_text(one.position));
    visit("at", one.transaction.at);
    visit("not_before", one.transaction.not_before);
    visit("pages", one.transaction.page_count);
    visit("database_pages", one.transaction.pages_after);
    visit("digest", fmt::format("{:016x}", one.transaction.digest));
    visit("touched", one.touched);
}
void fields(auto& visit, Is<LogListing> auto& listing) {
    visit("transactions", listing.transactions);
    visit("in_all", listing.in_all);
    visit("note", listing.note);
}
void fields(auto& visit, Is<TimelineSpan> auto& span) {
    visit("kind", name_of(span.kind));
    visit("from", span.from);
    visit("until", span.until);
    visit("precision_ms", span.precision);
    visit("transactions", span.transactions);
    visit("cause", span.cause);
}
void fields(auto& visit, Is<GonePoint> auto& gone) {
    visit("gone_at", gone.at);
    visit("why", gone.why);
    visit("point", gone.point);
}
void fields(auto& visit, Is<TimelineRow> auto& row) {
    visit("database", row.timeline.database);
    visit("from", row.timeline.from);
    visit("until", row.timeline.until);
    visit("followed", row.followed);
    visit("spans", row.timeline.spans);
    visit("points", row.timeline.points);
}
void fields(auto& visit, Is<JobOutcome> auto& outcome) {
    visit("result", name_of(outcome.result));
    visit("job", outcome.job);
    visit("point", outcome.point);
    visit("log", outcome.log);
    visit("error", outcome.error);
    visit("hint", outcome.hint);
    visit("took_ms", outcome.took);
}
struct ExpiredPoint {
    DatabaseName database;
    PointId point;
};
void fields(auto& visit, Is<ExpiredPoint> auto& expired) {
    visit("database", expired.database);
    visit("point", expired.point);
}
void fields(auto& visit, Is<ExpireOutcome> auto& outcome) {
    std::vector<ExpiredPoint> expired;
    for (const auto& [database, point] : outcome.expired) expired.push_back({database, point});
    visit("expired", expired);
    visit("bytes_freed", outcome.bytes_freed);
    visit("refused", outcome.refused);
}
void fields(auto& visit, Is<RunOutcome> auto& outcome) {
    visit("ok", outcome.ok());
    visit("jobs", outcome.jobs);
    visit("copies", outcome.copies);
    visit("failed_copies", outcome.failed_copies);
    visit("expiry", outcome.expired);
}
void fields(auto& visit, Is<DrillCheck> auto& check) {
    visit("check", check.name);
    visit("passed", check.passed);
    visit("detail", check.detail);
}
void fields(auto& visit, Is<DrillRecord> auto& drill) {
    visit("id", drill.id);
    visit("drill", drill.drill);
    visit("database", drill.database);
    visit("runbook", drill.runbook);
    visit("runbook_hash", drill.runbook_hash);
    visit("point", drill.point);
    visit("point_digest", drill.point_digest);
    visit("state_of", drill.state_of);
    visit("started", drill.started);
    visit("finished", drill.finished);
    visit("took_ms", drill.took);
    visit("limit_ms", drill.limit);
    visit("passed", drill.passed);
    visit("checks", drill.checks);
    visit("why", drill.why);
    visit("kept", drill.kept);
    visit("policy_commit", drill.policy_commit);
    visit("policy_hash", drill.policy_hash);
    visit("host", drill.host);
    visit("user", drill.user);
}
void fields(auto& visit, Is<Trouble> auto& trouble) {
    visit("event", trouble.event);
    visit("severity", trouble.severity);
    visit("subject", trouble.subject);
    visit("part", trouble.part);
    visit("message", trouble.message);
    visit("fix", trouble.fix);
    visit("since", trouble.since);
}
void fields(auto& visit, Is<ToldTrouble> auto& told) {
    visit("way", told.way);
    visit("told", told.told);
    visit("trouble", told.about);
}
void fields(auto& visit, Is<Notice> auto& notice) {
    visit("id", notice.id);
    visit("way", notice.way);
    visit("state", notice.state);
    visit("trouble", notice.about);
    visit("made", notice.made);
    visit("attempts", notice.attempts);
    visit("next_try", notice.next_try);
    visit("last_error", notice.last_error);
}
void fields(auto& visit, Is<NoticeStatus> auto& status) {
    visit("told", status.told);
    visit("unsent", status.unsent);
}
void fields(auto& visit, Is<NoticeTest> auto& test) {
    visit("way", test.way);
    visit("how", test.how);
    visit("told", test.told);
    visit("answer", test.answer);
}
void fields(auto& visit, Is<NoticeFailure> auto& failure) {
    visit("way", failure.way);
    visit("id", failure.id);
    visit("error", failure.error);
    visit("attempts", failure.attempts);
}
void fields(auto& visit, Is<NoticesDone> auto& done) {
    visit("sent", done.sent);
    visit("waiting", done.waiting);
    visit("failed", done.failed);
}
void fields(auto& visit, Is<TickDone> auto& done) {
    visit("now", done.plan.now);
    visit("outcome", done.outcome);
    visit("missed", done.plan.missed);
    visit("upcoming", done.plan.upcoming);
    visit("notes", done.plan.notes);
    visit("drills", done.drills);
    visit("notices", done.notices);
}

void fields(auto& visit, Is<BackupDone> auto& done) {
    visit("point", done.point);
    visit("changed_bytes", done.changed_bytes);
    visit("deduplicated_bytes", done.deduplicated_bytes);
    visit("promoted_to_full", done.promoted_to_full);
    visit("notes", done.notes);
}

void fields(auto& visit, Is<Verification> auto& verification) {
    visit("store", verification.store);
    visit("at", verification.at);
    visit("sound", verification.sound);
    visit("depth", verification.depth);
    visit("detail", verification.detail);
}
void fields(auto& visit, Is<PointDetails> auto& details) {
    visit("point", details.point);
    visit("verifications", details.verifications);
    visit("keep_because", details.verdict.reasons);
    visit("retention", details.verdict_text);
}

void fields(auto& visit, Is<Damage::Touched> auto& touched) {
    visit("point", touched.point);
    visit("database", touched.database);
    visit("file", touched.file);
    visit("offset", touched.offset);
    visit("bytes", touched.bytes);
}
void fields(auto& visit, Is<Damage> auto& damage) {
    visit("object", damage.object);
    visit("offset", damage.offset);
    visit("bytes", damage.bytes);
    visit("what", damage.what);
    visit("touches", damage.touches);
}
void fields(auto& visit, Is<VerifyOutcome::PerStore> auto& store) {
    visit("store", store.store);
    visit("error", store.error);
    visit("packs", store.report.packs);
    visit("chunks", store.report.chunks);
    visit("bytes", store.report.bytes);
    visit("sound", store.report.sound);
    visit("damaged", store.report.damaged);
    visit("damage", store.report.damage);
}
void fields(auto& visit, Is<VerifyOutcome> auto& outcome) {
    visit("ok", outcome.ok());
    visit("stores", outcome.stores);
}

void fields(auto& visit, Is<RebuildReport::PerStore> auto& store) {
    visit("store", store.store);
    visit("points", store.points);
    visit("added", store.added);
    visit("removed", store.removed);
    visit("error", store.error);
}
void fields(auto& visit, Is<RebuildReport> auto& report) {
    visit("ok", report.ok());
    visit("stores", report.stores);
    visit("notes", report.notes);
}

void fields(auto& visit, Is<RestoreResult> auto& result) {
    visit("database", result.copy.database);
    visit("to", result.copy.location);
    visit("point", result.point);
    visit("log", result.log);
    visit("store", result.store);
    visit("bytes", result.bytes);
    visit("fetched_bytes", result.fetched_bytes);
    visit("written_bytes", result.written_bytes);
    visit("took_ms", result.took);
    visit("next", result.next);
}

void fields(auto& visit, Is<ExpirePlan::Entry> auto& entry) {
    visit("point", entry.point.id);
    visit("database", entry.point.database);
    visit("instant", entry.point.instant);
    visit("keep", entry.verdict.keep());
    visit("keep_because", entry.verdict.reasons);
    visit("why", entry.why);
}
void fields(auto& visit, Is<ExpirePlan> auto& plan) {
    visit("to_expire", plan.to_expire);
    visit("points", plan.entries);
}

void fields(auto& visit, Is<BookEntry> auto& book) {
    visit("name", book.name);
    visit("purpose", book.purpose);
    visit("file", book.file);
    visit("problem", book.problem);
}
void fields(auto& visit, Is<ParameterDefinition> auto& parameter) {
    visit("name", parameter.name);
    visit("type", parameter.type);
    visit("flag", parameter.flag);
    visit("help", parameter.help);
    visit("optional", parameter.optional);
    visit("default", parameter.default_value);
    visit("choices", parameter.choices);
}
void fields(auto& visit, Is<Runbook> auto& book) {
    visit("name", book.name);
    visit("purpose", book.purpose);
    visit("file", book.file);
    visit("hash", book.hash);
    visit("parameters", book.params);
    visit("text", book.text);
}

void fields(auto& visit, Is<RehearsedStep> auto& step) {
    visit("number", step.number);
    visit("is_approval", step.is_approval);
    visit("title", step.title);
    visit("effect", step.effect);
    visit("effect_kind", step.kind);
    visit("sentence", step.sentence);
    visit("arguments", step.arguments);
    visit("undo", step.undo);
    visit("timeout_ms", step.timeout);
    visit("retry", step.retry);
    visit("predicted_ms", step.predicted);
    visit("approvals", step.approvals);
}
void fields(auto& visit, Is<Assumption> auto& assumption) {
    visit("text", assumption.text);
    visit("assumed", assumption.assumed);
    visit("line", assumption.line);
}
void fields(auto& visit, Is<Rehearsal> auto& rehearsal) {
    visit("steps", rehearsal.steps);
    visit("assumptions", rehearsal.assumptions);
    visit("predicted_ms", rehearsal.predicted);
    visit("result", rehearsal.result);
}

void fields(auto& visit, Is<RunbookOutcome> auto& outcome) {
    visit("id", outcome.id);
    visit("state", outcome.state);
    visit("message", outcome.message);
    visit("hint", outcome.hint);
    visit("result", outcome.result);
}
void fields(auto& visit, Is<RunSummary> auto& run) {
    visit("id", run.id);
    visit("runbook", run.runbook);
    visit("database", run.database);
    visit("state", run.state);
    visit("user", run.user);
    visit("started", run.started);
    visit("last", run.last);
}
void fields(auto& visit, Is<StepView> auto& step) {
    visit("number", step.number);
    visit("title", step.title);
    visit("effect", step.effect);
    visit("effect_kind", step.kind);
    visit("state", step.state);
    visit("attempt", step.attempt);
    visit("started", step.started);
    visit("took_ms", step.took);
    visit("bytes", step.bytes);
    visit("rows", step.rows);
    visit("sentence", step.sentence);
    visit("error", step.error);
    visit("undo", step.undo);
}
void fields(auto& visit, Is<ApprovalAnswer> auto& answer) {
    visit("person", answer.person);
    visit("approved", answer.approved);
    visit("comment", answer.comment);
    visit("how", answer.how);
    visit("at", answer.at);
    visit("counts", answer.counts);
    visit("why_not", answer.why_not);
}
void fields(auto& visit, Is<ApprovalView> auto& approval) {
    visit("number", approval.number);
    visit("title", approval.title);
    visit("what", approval.what);
    visit("evidence", approval.evidence);
    visit("hash", approval.hash);
    visit("required", approval.required);
    visit("counted", approval.counted);
    visit("open", approval.open);
    visit("answers", approval.answers);
}
void fields(auto& visit, Is<RunView> auto& view) {
    fields(visit, view.summary);
    visit("finished", view.finished);
    visit("error", view.error);
    visit("hint", view.hint);
    visit("next", view.next);
    visit("result", view.result);
    visit("parameters", view.parameters);
    visit("steps", view.steps);
    visit("approvals", view.approvals);
    visit("edits", view.edits);
    visit("host", view.host);
    visit("policy_commit", view.policy_commit);
    visit("policy_hash", view.policy_hash);
    visit("runbook_hash", view.runbook_hash);
    visit("runbook_file", view.runbook_file);
}
void fields(auto& visit, Is<AnswerGiven> auto& answer) {
    visit("person", answer.person);
    visit("approval", answer.approval);
}

void fields(auto& visit, Is<AuditEntry> auto& entry) {
    visit("sequence", entry.sequence);
    visit("at", entry.at);
    visit("user", entry.user);
    visit("host", entry.host);
    visit("action", entry.action);
    visit("subject", entry.subject);
    visit("detail", entry.detail);
    visit("hash", entry.hash);
}
void fields(auto& visit, Is<AuditReport> auto& report) {
    visit("ok", report.ok());
    visit("entries", report.entries);
    visit("broken_at", report.broken_at);
    visit("why", report.why);
}

void fields(auto& visit, Is<KeyFacts> auto& key) {
    visit("id", key.id);
    visit("key_kind", key.kind);
    visit("created", key.created);
    visit("comment", key.comment);
    visit("opened_this", key.opened_this);
}
void fields(auto& visit, Is<KeysOfStore> auto& keys) {
    visit("store", keys.store);
    visit("exists", keys.exists);
    visit("keys", keys.keys);
}
void fields(auto& visit, Is<KeyChanged> auto& changed) {
    visit("store", changed.store);
    visit("id", changed.id);
}

void fields(auto& visit, Is<Diagnosis> auto& diagnosis) {
    visit("subject", diagnosis.subject);
    visit("ok", diagnosis.ok);
    visit("says", diagnosis.says);
    visit("advice", diagnosis.advice);
}

}  // namespace holdfast::wire
