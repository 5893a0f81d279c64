// The names of all JSON fields, each type once: fields() shows every field of a value to a visitor, which
// writes it, reads it or asks what there is. Included by sources of this folder only.
#pragma once

#include <concepts>
#include <type_traits>

#include "engine/model/finding.hpp"
#include "engine/model/job_record.hpp"
#include "engine/model/log.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/recovery_point.hpp"

namespace holdfast::wire {

// `Shown` is Value or const Value: a reader fills it, a writer only looks.
template <typename Shown, typename Value>
concept Is = std::same_as<std::remove_const_t<Shown>, Value>;

// How many members an enumeration has: what reading a name back has to try.
template <typename Enum>
inline constexpr int kMembers = 0;
template <>
inline constexpr int kMembers<BackupKind> = 5;
template <>
inline constexpr int kMembers<EngineKind> = 3;
template <>
inline constexpr int kMembers<JobReason> = 6;
template <>
inline constexpr int kMembers<KeepReason> = 14;
template <>
inline constexpr int kMembers<Soundness> = 3;

void fields(auto& visit, Is<SourcePlace> auto& place) {
    visit("file", place.file);
    visit("line", place.line);
    visit("column", place.column);
    visit("excerpt", place.excerpt);
}

void fields(auto& visit, Is<Finding> auto& finding) {
    visit("check", finding.id);
    visit("severity", finding.severity);
    visit("subject", finding.subject);
    visit("message", finding.message);
    visit("fix", finding.fix);
    visit("place", finding.place);
}

void fields(auto& visit, Is<Slot> auto& slot) {
    visit("database", slot.database);
    visit("kind", slot.kind);
    visit("at", slot.at);
}

void fields(auto& visit, Is<Job> auto& job) {
    visit("slot", job.slot);
    visit("run_as", job.run_as);
    visit("reason", job.reason);
    visit("why", job.why);
    visit("missed", job.missed);
    visit("missed_count", job.missed_count);
    visit("start_before", job.start_before);
    visit("finish_within_ms", job.finish_within);
    visit("base", job.base);
    visit("store", job.store);
    visit("estimated_bytes", job.estimated_bytes);
    visit("estimated_time_ms", job.estimated_time);
}

void fields(auto& visit, Is<CopyJob> auto& copy) {
    visit("point", copy.point);
    visit("database", copy.database);
    visit("from", copy.from);
    visit("to", copy.to);
    visit("why", copy.why);
}

void fields(auto& visit, Is<RetentionVerdict> auto& verdict) {
    visit("point", verdict.point);
    visit("keep_because", verdict.reasons);
}

void fields(auto& visit, Is<DatabaseRetention> auto& retention) {
    visit("database", retention.database);
    visit("verdicts", retention.verdicts);
}

void fields(auto& visit, Is<MissedSlot> auto& missed) {
    visit("slot", missed.slot);
    visit("why", missed.why);
}

void fields(auto& visit, Is<Plan> auto& plan) {
    visit("now", plan.now);
    visit("world", plan.world);
    visit("jobs", plan.jobs);
    visit("copies", plan.copies);
    visit("retention", plan.retention);
    visit("missed", plan.missed);
    visit("upcoming", plan.upcoming);
    visit("notes", plan.notes);
}

void fields(auto& visit, Is<Provenance> auto& provenance) {
    visit("policy_commit", provenance.policy_commit);
    visit("policy_dirty", provenance.policy_dirty);
    visit("policy_hash", provenance.policy_hash);
    visit("slot", provenance.slot);
    visit("host", provenance.host);
    visit("user", provenance.user);
    visit("version", provenance.version);
    visit("why", provenance.why);
    visit("key", provenance.key);
}

void fields(auto& visit, Is<RecoveryPoint> auto& point) {
    visit("id", point.id);
    visit("database", point.database);
    visit("engine", point.engine);
    visit("kind", point.kind);
    visit("instant", point.instant);
    visit("started", point.started);
    visit("finished", point.finished);
    visit("source_bytes", point.source_bytes);
    visit("read_bytes", point.read_bytes);
    visit("stored_bytes", point.stored_bytes);
    visit("copies", point.copies);
    visit("soundness", point.soundness);
    visit("pinned", point.pinned);
    visit("keep_until", point.keep_until);
    visit("provenance", point.provenance);
}

void fields(auto& visit, Is<LogPosition> auto& position) {
    visit("stream", position.stream);
    visit("transaction", position.transaction);
}

void fields(auto& visit, Is<LogWindow> auto& window) {
    visit("database", window.database);
    visit("stream", window.stream);
    visit("store", window.store);
    visit("base", window.base);
    visit("from", window.from);
    visit("until", window.until);
    visit("transactions", window.transactions);
    visit("bytes", window.bytes);
    visit("precision_ms", window.precision);
    visit("ended", window.ended);
}

void fields(auto& visit, Is<JobRecord> auto& job) {
    visit("job", job.id);
    visit("slot", job.slot);
    visit("run_as", job.run_as);
    visit("reason", job.reason);
    visit("state", job.state);
    visit("attempt", job.attempt);
    visit("runner", job.runner);
    visit("started", job.started);
    visit("finished", job.finished);
    visit("point", job.point);
    visit("read_bytes", job.read_bytes);
    visit("stored_bytes", job.stored_bytes);
    visit("error", job.error);
}

}  // namespace holdfast::wire
