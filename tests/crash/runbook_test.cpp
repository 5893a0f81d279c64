// Killed at every step of accidental-deletion and of its undoing: the run resumes, every effect has
// happened once, and until the rows are put back the live database is as it was.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "engine/base/time.hpp"
#include "tests/crash/scenario.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// Rows were deleted after the backup, and one was added after that.
struct Accident {
    struct Story {
        std::string before_bytes, lost_content, whole_content, moment;
    };
    std::shared_ptr<Story> story = std::make_shared<Story>();

    void operator()(Shop& shop) const {
        shop.must({"tick"});
        shop.sql("insert into customers values (90001, 'after the accident')");
        story->whole_content = shop.content();
        shop.sql("delete from customers where id = 90001; delete from items where orders % 3 = 0; delete from orders where id % 3 = 0;"
                 "insert into customers values (90001, 'after the accident')");
        story->lost_content = shop.content();
        story->before_bytes = bytes_of_file(shop.database());
        story->moment = to_rfc3339(std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now() + 5min));
    }
    std::vector<std::string> command() const {
        return {"run", "accidental-deletion", "--before", story->moment, "--yes"};
    }
};

struct RunRow { std::string id, state; };

std::vector<RunRow> runs_of(const Shop& shop) {
    std::vector<RunRow> runs;
    for (const auto& row : json_rows(shop.must({"runs", "list", "--format", "json"}), "$.runs", {"$.id", "$.state"})) {
        runs.push_back({.id = row[0], .state = row[1]});
    }
    return runs;
}

// Resumes the run where it was recorded, else starts it.
void go_on(const Shop& shop, const Accident& accident) {
    const auto runs = runs_of(shop);
    if (runs.empty()) {
        shop.must(accident.command(), {.later = 20min});
    } else if (runs[0].state != "done") {
        INFO("the run is " << runs[0].state);
        CHECK(runs[0].state == "interrupted");
        shop.must({"runs", "resume", runs[0].id, "--yes"}, {.later = 20min});
    }
}

int safety_backups(const Shop& shop) {
    int count = 0;
    for (const auto& row : json_rows(shop.must({"catalog", "list", "--format", "json"}), "$.points", {"$.provenance.why"})) {
        if (row[0].find("before accidental-deletion") != std::string::npos) ++count;
    }
    return count;
}

// No copy of the database is left beside the live one, and no temporary file.
std::set<std::string> files_beside(const Shop& shop) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(shop.folder())) names.insert(entry.path().filename().string());
    return names;
}

Scenario accidental_deletion() {
    const Accident accident;
    return {.name = "accidental-deletion",
            .prepare = accident,
            .command = [accident](const Shop&) { return accident.command(); },
            .options = {.later = 15min},
            .points = {"run.header.before", "run.header.after", "run.intent.before", "run.intent.after", "run.effect.after",
                       "run.result.before", "run.result.after", "run.ask.before", "run.ask.after", "run.answer.before",
                       "run.answer.after", "run.stop.before", "run.stop.after", "recovery.restore.rename.before",
                       "recovery.restore.rename.after", "sqlite.finish_restore.before", "sqlite.finish_restore.after",
                       "recovery.spool.before", "recovery.spool.after", "recovery.undo.before", "recovery.undo.after",
                       "recovery.merge.before_commit", "recovery.merge.after_commit", "sqlite.drop_copy.before",
                       "sqlite.drop_copy.after", "catalog.audit.before", "catalog.audit.after"},
            .passages_max = 12,
            .after_kill =
                [accident](const Shop& shop) {
                    // The rows are all back or none of them is.
                    const std::string content = shop.content();
                    CHECK((content == accident.story->lost_content || content == accident.story->whole_content));
                    if (content == accident.story->lost_content) CHECK((bytes_of_file(shop.database()) == accident.story->before_bytes));
                },
            .finish = [accident](const Shop& shop) {
                go_on(shop, accident);
                CHECK((shop.content() == accident.story->whole_content));
                CHECK(safety_backups(shop) == 1);
                CHECK(runs_of(shop).size() == 1);
                CHECK(runs_of(shop).at(0).state == "done");
                CHECK(files_beside(shop) == std::set<std::string>{".holdfast", "local", "offsite", "policies", "runbooks", "shop.db"});
                check_whole(shop, {.later = 30min});
            }};
}

Scenario undoing() {
    const Accident accident;
    return {.name = "runs undo",
            .prepare =
                [accident](Shop& shop) {
                    accident(shop);
                    shop.must(accident.command(), {.later = 15min});
                },
            .command = [](const Shop& shop) { return std::vector<std::string>{"runs", "undo", runs_of(shop).at(0).id, "--yes"}; },
            .options = {.later = 20min},
            .points = {"run.undo_intent.before", "run.undo_intent.after", "run.undo_effect.after", "run.undo_result.before",
                       "run.undo_result.after", "recovery.reverse.before_commit", "recovery.reverse.after_commit"},
            .passages_max = 12,
            .after_kill =
                [accident](const Shop& shop) {
                    const std::string content = shop.content();
                    CHECK((content == accident.story->lost_content || content == accident.story->whole_content));
                },
            .finish = [accident](const Shop& shop) {
                const RunRow run = runs_of(shop).at(0);
                if (run.state != "undone") shop.must({"runs", "undo", run.id, "--yes"}, {.later = 25min});
                CHECK((shop.content() == accident.story->lost_content));
                CHECK(runs_of(shop).at(0).state == "undone");
                check_whole(shop, {.later = 30min});
            }};
}

// ---- a runbook whose one effect cannot be asked whether it happened ----

constexpr const char* kStopping = R"(return runbook {
  name = "stopping", purpose = "Stop the application, then look at the database",
  params = { database = param.database { help = "which" } },
  run = function(a)
    step("stop the application", application.stop { of = a.database }, { undo = application.start { of = a.database } })
    step("look at the database", verify.integrity { of = a.database })
    return done {}
  end,
}
)";

const std::vector<std::string> kRunStopping{"run", "stopping", "--yes"};

void write_book(const Shop& shop, const std::string& text) {
    std::ofstream(shop.folder() / "runbooks/stopping.lua", std::ios::trunc) << text;
}

// Each stop of the application leaves a line.
int stops(const Shop& shop) {
    std::ifstream stream(shop.folder() / "stops");
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(stream), {}, '\n'));
}

ShopOptions with_application(const std::string& stop) {
    return {.application = "{ stop: [\"sh\", \"-c\", \"" + stop + "\"], start: [\"true\"] }", .backups = "{ full: { every: 24h } }"};
}

// The command is run in no particular folder; it finds the shop's by the policy's.
const char* const kLeaveALine = "echo stopped >> \\\"$(dirname $HOLDFAST_POLICIES)/stops\\\"";

std::string newest_run(const Shop& shop) { return runs_of(shop).at(0).id; }
std::string newest_state(const Shop& shop) { return runs_of(shop).at(0).state; }

void resume_until_done(const Shop& shop, const std::vector<std::string>& more = {}) {
    if (newest_state(shop) == "done") return;
    std::vector<std::string> resume{"runs", "resume", newest_run(shop), "--yes"};
    resume.insert(resume.end(), more.begin(), more.end());
    shop.must(resume, {.later = 30min});
    CHECK(newest_state(shop) == "done");
}

Scenario resolving() {
    return {.name = "runs resolve",
            .shop = with_application(kLeaveALine),
            .prepare =
                [](Shop& shop) {
                    write_book(shop, kStopping);
                    REQUIRE(shop.run(kRunStopping, {.crash_at = "run.effect.after"}).exit_status == kKilled);
                    REQUIRE(stops(shop) == 1);
                    REQUIRE(shop.run({"runs", "resume", newest_run(shop), "--yes"}, {.later = 10min}).exit_status == 5);
                },
            .command = [](const Shop& shop) { return std::vector<std::string>{"runs", "resolve", newest_run(shop), "--step", "1", "--as", "done"}; },
            .options = {.later = 15min},
            .points = {"run.resolve.before", "run.resolve.after"},
            .finish = [](const Shop& shop) {
                if (shop.run({"runs", "resume", newest_run(shop), "--yes"}, {.later = 20min}).exit_status == 5) {
                    shop.must({"runs", "resolve", newest_run(shop), "--step", "1", "--as", "done"}, {.later = 25min});
                }
                resume_until_done(shop);
                CHECK(stops(shop) == 1);
                check_whole(shop, {.later = 30min});
            }};
}

// Killed in the first step before anything happened; then the author mends the text of the second one.
Scenario resuming_an_edit() {
    const auto resume = [](const Shop& shop) { return std::vector<std::string>{"runs", "resume", newest_run(shop), "--accept-edit", "--yes"}; };
    return {.name = "runs resume --accept-edit",
            .shop = with_application(kLeaveALine),
            .prepare =
                [](Shop& shop) {
                    write_book(shop, kStopping);
                    REQUIRE(shop.run(kRunStopping, {.crash_at = "run.result.after"}).exit_status == kKilled);
                    std::string edited = kStopping;
                    edited.replace(edited.find("look at the database\","), 20, "look at its integrity");
                    write_book(shop, edited);
                },
            .command = resume,
            .options = {.later = 10min},
            .points = {"run.edit.before", "run.edit.after", "run.resume.before", "run.resume.after", "run.intent.before",
                       "run.intent.after", "run.result.before", "run.result.after"},
            .finish = [](const Shop& shop) {
                resume_until_done(shop, {"--accept-edit"});
                CHECK(stops(shop) == 1);
                check_whole(shop, {.later = 30min});
            }};
}

// The step fails for good; what is left of the run is seen and can be given up.
Scenario failing() {
    return {.name = "a run whose step fails",
            .shop = with_application("exit 3"),
            .prepare = [](Shop& shop) { write_book(shop, kStopping); },
            .command = [](const Shop&) { return kRunStopping; },
            .points = {"run.failure.before", "run.failure.after"},
            .finish = [](const Shop& shop) {
                CHECK(shop.run({"runs", "resume", newest_run(shop), "--yes"}, {.later = 10min}).exit_status != 0);
                const std::string state = newest_state(shop);
                INFO("the run is " << state);
                CHECK((state == "failed" || state == "in-doubt"));
                shop.must({"runs", "cancel", newest_run(shop)}, {.later = 15min});
                CHECK(newest_state(shop) == "cancelled");
                CHECK(shop.run({"audit", "verify"}, {.later = 20min}).exit_status == 0);
            }};
}

}  // namespace

std::vector<Scenario> holdfast::runbook_scenarios() {
    return {accidental_deletion(), undoing(), resolving(), resuming_an_edit(), failing()};
}

TEST_CASE("accidental-deletion that is killed anywhere resumes and acts once", "[crash]") { play(accidental_deletion()); }
TEST_CASE("an answer to what is in doubt is given once", "[crash]") { play(resolving()); }
TEST_CASE("an accepted edit is recorded once and the run goes on", "[crash]") { play(resuming_an_edit()); }
TEST_CASE("a failing run that is killed can be seen and given up", "[crash]") { play(failing()); }
TEST_CASE("an undoing that is killed anywhere is finished by the next", "[crash]") { play(undoing()); }
