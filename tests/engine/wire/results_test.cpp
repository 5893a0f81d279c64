#include "engine/wire/results.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace holdfast;

namespace {

nlohmann::json parsed(const std::string& text) {
    nlohmann::json json = nlohmann::json::parse(text);
    CHECK(json["version"] == 1);
    CHECK(json["kind"].is_string());
    return json;
}

}  // namespace

TEST_CASE("an error has its stable code", "[wire]") {
    const auto json = parsed(to_json(Error(ErrorCode::DiskFull, "no room", "Make some.")));
    CHECK(json["error"] == nlohmann::json{{"code", "disk-full"}, {"message", "no room"}, {"hint", "Make some."}});
}

TEST_CASE("a list of points has an id on a line of its own each", "[wire]") {
    RecoveryPoint point;
    point.id = PointId("01jd");
    point.copies = {StoreName("local")};
    point.keep_until = parse_rfc3339("2026-12-20T12:00:00Z");
    const std::string text = to_json(std::vector{point, point});
    CHECK(text.find("\n      \"id\": \"01jd\",\n") != std::string::npos);
    const auto json = parsed(text);
    CHECK(json["points"].size() == 2);
    CHECK(json["points"][0]["kind"] == "full");
    CHECK(json["points"][0]["keep_until"] == "2026-12-20T12:00:00Z");
    CHECK(json["points"][0]["provenance"]["slot"].is_null());
}

TEST_CASE("a runbook's values become JSON of their own kind", "[wire]") {
    RunbookOutcome outcome;
    outcome.id = RunId("r");
    outcome.state = RunState::Done;
    ValueMap fields;
    fields["rows"] = Value(31);
    fields["share"] = Value(0.5);
    fields["name"] = Value("orders");
    fields["at"] = instant_value(parse_rfc3339("2026-11-20T13:05:00Z").value());
    fields["all"] = Value(ValueList{Value(true), Value()});
    outcome.result = Value(std::move(fields));
    const auto json = parsed(to_json(outcome));
    CHECK(json["state"] == "done");
    CHECK(json["result"] == nlohmann::json{{"rows", 31}, {"share", 0.5}, {"name", "orders"}, {"at", "2026-11-20T13:05:00Z"}, {"all", {true, nullptr}}});
}

TEST_CASE("what a tick did is told job by job", "[wire]") {
    TickDone done;
    JobOutcome job;
    job.result = JobOutcome::Result::Failed;
    job.error = "no such file";
    job.took = Duration(12);
    done.outcome.jobs = {job};
    done.outcome.expired.expired = {{DatabaseName("orders"), PointId("p")}};
    const auto json = parsed(to_json(done));
    CHECK(json["outcome"]["ok"] == false);
    CHECK(json["outcome"]["jobs"][0]["result"] == "failed");
    CHECK(json["outcome"]["jobs"][0]["took_ms"] == 12);
    CHECK(json["outcome"]["expiry"]["expired"][0] == nlohmann::json{{"database", "orders"}, {"point", "p"}});
}

TEST_CASE("every other result is a document too", "[wire]") {
    parsed(version_to_json("0.1.0"));
    parsed(to_json(InitDone{}));
    CHECK(parsed(schema_to_json("{\"type\": \"object\"}"))["schema"]["type"] == "object");
    parsed(to_json(Explanation{}));
    parsed(to_json(std::vector<Slot>(1)));
    parsed(to_json(CronMeaning{}));
    parsed(to_json(Simulation{{}, {}, {DatabaseSimulation{}}, {}}));
    parsed(to_json(BackupDone{}));
    parsed(to_json(PointDetails{}));
    parsed(to_json(VerifyOutcome{}));
    parsed(to_json(RebuildReport{}));
    parsed(to_json(RestoreResult{}));
    parsed(to_json(ExpirePlan{}));
    parsed(to_json(ExpireOutcome{}));
    parsed(to_json(std::vector<BookEntry>(1)));
    parsed(to_json(Runbook{}));
    parsed(to_json(Rehearsal{}));
    parsed(to_json(std::vector<RunSummary>(1)));
    RunView view;
    view.steps.resize(1);
    view.approvals.resize(1);
    view.approvals[0].answers.resize(1);
    CHECK(parsed(to_json(view))["kind"] == "run");
    parsed(to_json(AnswerGiven{}));
    parsed(to_json(std::vector<AuditEntry>(1)));
    parsed(to_json(AuditReport{}));
    parsed(to_json(std::vector<KeysOfStore>(1)));
    parsed(to_json(std::vector<KeyChanged>(1)));
    parsed(to_json(std::vector<Diagnosis>(1)));
    parsed(note_to_json("note", {{"a", "b"}}));
}
