// The runbook as it is shipped, on a real SQLite database with a real store.
#include <catch2/catch.hpp>

#include "dsl/journal/journal.hpp"
#include "dsl/load/parameters.hpp"
#include "dsl/run/runner.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/backup.hpp"
#include "tests/support/installation_fixture.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

// The rows that are deleted and brought back; the shop's own triggers count and log besides.
std::string shop_content(const fs::path& path) {
    std::string kept;
    for (const std::string& line : split(sample_content(path), '\n')) {
        if (line.starts_with("orders ") || line.starts_with("items ")) kept += line + "\n";
    }
    return kept;
}

class Accident : public InstallationFixture {
public:
    Installation place = installation();
    Runner runner{place, default_actions()};
    Runbook runbook = load_runbook(fs::path(HOLDFAST_SOURCE_DIR) / "runbooks/accidental-deletion.lua");
    std::vector<ApprovalView> asked;
    std::vector<std::string> sentences;
    bool agree = true;
    std::string whole, broken;
    Instant moment;

    Accident() {
        clock.advance(std::chrono::minutes(5));
        BackupNow backup;
        backup.database = DatabaseName("orders");
        back_up_now(place, backup, progress, {});
        clock.advance(std::chrono::minutes(5));
        moment = clock.now();
        clock.advance(std::chrono::minutes(5));
        whole = shop_content(live());
        delete_sample_orders(live(), 50, 80);
        broken = shop_content(live());
        clock.advance(std::chrono::minutes(5));
    }
    Value parameters(const std::string& mode = "merge") const {
        return read_parameters(runbook, {{"before", {to_rfc3339(moment)}}, {"mode", {mode}}},
                               {policy, [](const std::string& text) { return parse_rfc3339(text).value(); }});
    }
    RunHooks hooks() {
        return {[this](const RunEvent& event) {
                    if (event.kind == RunEventKind::StepDone) sentences.push_back(event.step->sentence);
                },
                [this](const ApprovalView& view) {
                    asked.push_back(view);
                    return std::optional(agree);
                },
                false, progress, {}};
    }
    fs::path journal(const RunId& run) const { return state() / "runs" / run.str() / "journal"; }
    bool has_copies() const { return fs::exists(state() / "copies") && !fs::is_empty(state() / "copies"); }
};

}  // namespace

TEST_CASE("deleted rows are brought back by the runbook as it is shipped", "[dsl][run][sqlite]") {
    Accident accident;
    const RunbookOutcome outcome = accident.runner.start(accident.runbook, accident.parameters(), accident.hooks());
    INFO(outcome.message);
    REQUIRE(outcome.state == RunState::Done);
    CHECK((shop_content(accident.live()) == accident.whole));
    CHECK(outcome.result.field("rows").integer_or(0) > 31);
    CHECK(outcome.result.field("safety_backup").record("point") != nullptr);
    REQUIRE(accident.asked.size() == 1);
    CHECK_THAT(accident.asked[0].evidence.at(0), Contains("31"));
    CHECK(accident.sentences.size() == 8);
    CHECK_FALSE(accident.has_copies());
    CHECK(accident.catalog->points(DatabaseName("orders")).size() == 2);

    SECTION("and taken out again by undo") {
        CHECK(accident.runner.undo(outcome.id, accident.hooks()).state == RunState::Undone);
        CHECK((shop_content(accident.live()) == accident.broken));
        CHECK_FALSE(accident.has_copies());
    }
}

TEST_CASE("a refusal leaves the database byte for byte as it was", "[dsl][run][sqlite]") {
    Accident accident;
    accident.agree = false;
    const Bytes before = read_file(accident.live(), 64 << 20);
    const RunbookOutcome outcome = accident.runner.start(accident.runbook, accident.parameters(), accident.hooks());
    CHECK(outcome.state == RunState::Cancelled);
    CHECK((read_file(accident.live(), 64 << 20) == before));
    CHECK(accident.runner.undo(outcome.id, accident.hooks()).state == RunState::Undone);
    CHECK_FALSE(accident.has_copies());
}

TEST_CASE("side by side keeps the copy and changes nothing", "[dsl][run][sqlite]") {
    Accident accident;
    const RunbookOutcome outcome = accident.runner.start(accident.runbook, accident.parameters("side-by-side"), accident.hooks());
    INFO(outcome.message);
    REQUIRE(outcome.state == RunState::Done);
    CHECK(accident.asked.empty());
    CHECK((shop_content(outcome.result.field("copy").field("path").text_or("")) == accident.whole));
    CHECK((shop_content(accident.live()) == accident.broken));
}

TEST_CASE("where nothing is missing the runbook says so", "[dsl][run][sqlite]") {
    Accident accident;
    accident.runner.start(accident.runbook, accident.parameters(), accident.hooks());
    const RunbookOutcome outcome = accident.runner.start(accident.runbook, accident.parameters(), accident.hooks());
    CHECK(outcome.state == RunState::Failed);
    CHECK(outcome.exit_status() == 4);
    CHECK_THAT(outcome.message, Contains("accidental-deletion.lua:31: nothing is missing; try an earlier --before"));
}

TEST_CASE("the run ends the same wherever between two records it was killed", "[dsl][run][sqlite]") {
    Accident accident;
    const RunId run = accident.runner.start(accident.runbook, accident.parameters(), accident.hooks()).id;
    const JournalContent whole = read_journal(accident.journal(run));
    // The effects have happened; their records are lost one by one. Merge is probed, the others are done again.
    for (std::size_t keep = whole.records.size() - 1; keep >= 1; --keep) {
        fs::remove(accident.journal(run));
        {
            Journal shorter = Journal::create(accident.journal(run), whole.header());
            for (std::size_t i = 1; i < keep; ++i) shorter.append(whole.records[i]);
        }
        const bool copy_is_needed = keep < whole.records.size() - 3;   // Before it was dropped …
        const bool copy_is_recorded = keep > 6;                         // … and after it was restored.
        if (copy_is_needed && copy_is_recorded) continue;               // A copy that is gone is not made again by replay.
        const RunbookOutcome outcome = accident.runner.resume(run, {}, accident.hooks());
        INFO("with " << keep << " records: " << outcome.message);
        // Once the rows are back, a new comparison finds nothing missing, and the script says so.
        CHECK((outcome.state == RunState::Done || outcome.message.find("nothing is missing") != std::string::npos));
        CHECK((shop_content(accident.live()) == accident.whole));
    }
    CHECK(accident.catalog->points(DatabaseName("orders")).size() == 2);   // One backup and one safety backup.
}

TEST_CASE("the plan of the shipped runbook names every step", "[dsl][run][sqlite]") {
    Accident accident;
    const Rehearsal rehearsal = accident.runner.rehearse(accident.runbook, accident.parameters());
    REQUIRE(rehearsal.steps.size() == 9);
    CHECK(rehearsal.steps[0].sentence == "finds the newest recovery point of orders strictly before " + to_rfc3339(accident.moment));
    CHECK(rehearsal.steps[2].undo == "drop.copy");
    CHECK(rehearsal.steps[5].is_approval);
    REQUIRE(rehearsal.assumptions.size() == 1);
    CHECK(rehearsal.assumptions[0].text == "missing of “list what was lost” > 0");
    CHECK((shop_content(accident.live()) == accident.broken));
    CHECK(accident.runner.list().empty());
}
