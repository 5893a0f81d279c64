// Killed at every step of accidental-deletion and of its undoing: the run resumes, every effect has
// happened once, and until the rows are put back the live database is as it was.
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
            .points = {"recovery.restore.rename.before", "recovery.restore.rename.after", "sqlite.finish_restore.before",
                       "sqlite.finish_restore.after", "recovery.spool.before", "recovery.spool.after", "recovery.undo.before",
                       "recovery.undo.after", "recovery.merge.before_commit", "recovery.merge.after_commit", "sqlite.drop_copy.before",
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
            .points = {"recovery.reverse.before_commit", "recovery.reverse.after_commit"},
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

}  // namespace

std::vector<Scenario> holdfast::runbook_scenarios() { return {accidental_deletion(), undoing()}; }

TEST_CASE("accidental-deletion that is killed anywhere resumes and acts once", "[crash]") { play(accidental_deletion()); }
TEST_CASE("an undoing that is killed anywhere is finished by the next", "[crash]") { play(undoing()); }
