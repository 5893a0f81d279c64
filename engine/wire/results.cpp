#include "engine/wire/results.hpp"

#include "engine/wire/result_fields.hpp"
#include "engine/wire/writer.hpp"

namespace holdfast {

using wire::document_of;
using wire::Json;
using wire::list_document_of;

std::string to_json(const Error& error) { return error_to_json(error, {}); }

std::string error_to_json(const Error& error, const std::vector<Finding>& findings) {
    Json all = Json::object();
    all["version"] = 1;
    all["kind"] = "error";
    all["error"] = {{"code", std::string(name_of(error.code))}, {"message", error.message}, {"hint", error.hint}};
    if (!findings.empty()) all["findings"] = wire::Maker::of(findings);
    return wire::text_of(all);
}

std::string version_to_json(const std::string& version) { return note_to_json("version", {{"program", "runbook"}, {"release", version}}); }
std::string to_json(const InitDone& done) { return document_of("init", done); }
std::string to_json(const Explanation& explanation) { return document_of("explanation", explanation); }
std::string to_json(const std::vector<Slot>& slots) { return list_document_of("slots", "slots", slots); }
std::string to_json(const CronMeaning& meaning) { return document_of("cron", meaning); }
std::string to_json(const Simulation& simulation) { return document_of("simulation", simulation); }
std::string to_json(const TickDone& done) { return document_of("tick", done); }
std::string to_json(const NoticeStatus& status) { return document_of("notices", status); }
std::string to_json(const NoticeTest& test) { return document_of("notice-test", test); }

std::string notice_to_json(const Notice& notice, const std::string& host) {
    Json all = Json::object();
    all["version"] = 1;
    all["kind"] = "notice";
    all["text"] = notice_line(notice);
    for (const auto& [name, value] : fields_of(notice, host)) all[name] = value;
    return wire::text_of(all);
}

std::string to_json(const BackupDone& done) { return document_of("backup", done); }
std::string to_json(const LogDone& done) { return document_of("log-backup", done); }
std::string to_json(const std::vector<FollowedDatabase>& followed) { return list_document_of("followed", "databases", followed); }
std::string to_json(const LogListing& listing) { return document_of("log", listing); }
std::string to_json(const std::vector<TimelineRow>& rows) { return list_document_of("timeline", "databases", rows); }
std::string to_json(const std::vector<RecoveryPoint>& points) { return list_document_of("points", "points", points); }
std::string to_json(const std::vector<GonePoint>& points) { return list_document_of("expired-points", "points", points); }
std::string to_json(const PointDetails& details) { return document_of("point", details); }
std::string to_json(const VerifyOutcome& outcome) { return document_of("verification", outcome); }
std::string to_json(const RebuildReport& report) { return document_of("rebuild", report); }
std::string to_json(const RestoreResult& result) { return document_of("restore", result); }
std::string to_json(const MomentFound& moment) { return document_of("last-good", moment); }
std::string to_json(const ExpirePlan& plan) { return document_of("expiry-plan", plan); }
std::string to_json(const ExpireOutcome& outcome) { return document_of("expiry", outcome); }
std::string to_json(const std::vector<BookEntry>& books) { return list_document_of("runbooks", "runbooks", books); }
std::string to_json(const Runbook& book) { return document_of("runbook", book); }
std::string to_json(const Rehearsal& rehearsal) { return document_of("rehearsal", rehearsal); }
std::string to_json(const RunbookOutcome& outcome) { return document_of("run-outcome", outcome); }
std::string to_json(const std::vector<RunSummary>& runs) { return list_document_of("runs", "runs", runs); }
std::string to_json(const RunView& view) { return document_of("run", view); }
std::string to_json(const AnswerGiven& answer) { return document_of("answer", answer); }
std::string to_json(const std::vector<DrillRecord>& drills) { return list_document_of("drills", "drills", drills); }
std::string to_json(const std::vector<AuditEntry>& entries) { return list_document_of("audit", "entries", entries); }
std::string to_json(const AuditReport& report) { return document_of("audit-verification", report); }
std::string to_json(const std::vector<KeysOfStore>& keys) { return list_document_of("keys", "stores", keys); }
std::string to_json(const std::vector<KeyChanged>& changed) { return list_document_of("keys-changed", "keys", changed); }
std::string to_json(const std::vector<Diagnosis>& diagnoses) { return list_document_of("doctor", "checks", diagnoses); }

std::string schema_to_json(const std::string& schema) {
    Json all = Json::object();
    all["version"] = 1;
    all["kind"] = "schema";
    all["schema"] = Json::parse(schema);
    return wire::text_of(all);
}

std::string note_to_json(const std::string& kind, const std::vector<std::pair<std::string, std::string>>& words) {
    Json all = Json::object();
    all["version"] = 1;
    all["kind"] = kind;
    for (const auto& [name, text] : words) all[name] = text;
    return wire::text_of(all);
}

}  // namespace holdfast
