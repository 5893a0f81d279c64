// What each operation answered, as JSON: one document per result, {"version": 1, "kind": …}.
#pragma once

#include <span>
#include <string>

#include "engine/base/error.hpp"
#include "engine/operations/audit_chain.hpp"
#include "engine/operations/books.hpp"
#include "engine/operations/catalog_points.hpp"
#include "engine/operations/doctor.hpp"
#include "engine/operations/expire.hpp"
#include "engine/operations/find_moment.hpp"
#include "engine/operations/initialise.hpp"
#include "engine/operations/keys.hpp"
#include "engine/operations/logs.hpp"
#include "engine/operations/notify.hpp"
#include "engine/operations/read_policy.hpp"
#include "engine/operations/restore_database.hpp"
#include "engine/operations/run_book.hpp"
#include "engine/operations/schedule_next.hpp"
#include "engine/operations/take_backup.hpp"
#include "engine/operations/tick.hpp"

namespace holdfast {

std::string to_json(const Error& error);
// The same with everything that is wrong with the policy.
std::string error_to_json(const Error& error, const std::vector<Finding>& findings);
std::string version_to_json(const std::string& version);
std::string to_json(const InitDone& done);
std::string to_json(const Explanation& explanation);
std::string to_json(const std::vector<Slot>& slots);
std::string to_json(const CronMeaning& meaning);
std::string to_json(const Simulation& simulation);
std::string to_json(const TickDone& done);
std::string to_json(const NoticeStatus& status);
std::string to_json(const NoticeTest& test);
// What is posted to a web hook: one object, its names those of the placeholders, and the whole as one line in "text".
std::string notice_to_json(const Notice& notice, const std::string& host);
std::string to_json(const BackupDone& done);
std::string to_json(const LogDone& done);
std::string to_json(const std::vector<FollowedDatabase>& followed);
std::string to_json(const LogListing& listing);
std::string to_json(const std::vector<TimelineRow>& rows);
std::string to_json(const std::vector<RecoveryPoint>& points);
std::string to_json(const std::vector<GonePoint>& points);
std::string to_json(const PointDetails& details);
std::string to_json(const VerifyOutcome& outcome);
std::string to_json(const RebuildReport& report);
std::string to_json(const RestoreResult& result);
std::string to_json(const MomentFound& moment);
std::string to_json(const ExpirePlan& plan);
std::string to_json(const ExpireOutcome& outcome);
std::string to_json(const std::vector<BookEntry>& books);
std::string to_json(const Runbook& book);
std::string to_json(const Rehearsal& rehearsal);
std::string to_json(const RunbookOutcome& outcome);
std::string to_json(const std::vector<RunSummary>& runs);
std::string to_json(const RunView& view);
std::string to_json(const AnswerGiven& answer);
std::string to_json(const std::vector<DrillRecord>& drills);
std::string to_json(const std::vector<AuditEntry>& entries);
std::string to_json(const AuditReport& report);
std::string to_json(const std::vector<KeysOfStore>& keys);
std::string to_json(const std::vector<KeyChanged>& changed);
std::string to_json(const std::vector<Diagnosis>& diagnoses);
// The JSON Schema of policy files inside a document of ours.
std::string schema_to_json(const std::string& schema);
// {"version": 1, "kind": kind, name: value}, for answers that are a word or two.
std::string note_to_json(const std::string& kind, const std::vector<std::pair<std::string, std::string>>& words);

}  // namespace holdfast
