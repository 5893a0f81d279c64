#include "engine/job/run_plan.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/job/copy_points.hpp"
#include "engine/job/database_lock.hpp"
#include "engine/job/run_job.hpp"
#include "engine/job/world.hpp"
#include "engine/plan/make_plan.hpp"
#include "tests/support/catalog_values.hpp"
#include "tests/support/installation_fixture.hpp"

using namespace holdfast;
using namespace std::chrono_literals;
using Result = JobOutcome::Result;

namespace {

struct Runs : InstallationFixture {
    Plan plan;
    RunOptions options;
    std::vector<Duration> waits;

    Runs() {
        plan.now = clock.now();
        options.wait = [this](Duration wait, const CancelToken&) { waits.push_back(wait); };
    }
    Job& add_job(const std::string& database = "orders", BackupKind kind = BackupKind::Full) {
        plan.jobs.push_back(job_of(database, to_rfc3339(clock.now()), kind));
        return plan.jobs.back();
    }
    RunOutcome run(CancelToken cancel = {}) { return run_plan(installation(), plan, options, progress, cancel); }
    std::vector<JobRecord> recorded() { return catalog->jobs({}); }
};

}  // namespace

TEST_CASE("a job is run and recorded", "[job][run]") {
    Runs f;
    f.add_job();
    const RunOutcome outcome = f.run();
    CHECK(outcome.ok());
    REQUIRE(outcome.jobs.size() == 1);
    CHECK(outcome.jobs[0].result == Result::Done);
    REQUIRE(outcome.jobs[0].point);
    CHECK(outcome.jobs[0].point->provenance.slot == f.plan.jobs[0].slot.at);
    CHECK(f.recorded().at(0).state == JobState::Done);
    CHECK(f.recorded().at(0).point == outcome.jobs[0].point->id);
}

TEST_CASE("a slot is run once however often its plan is run", "[job][run]") {
    Runs f;
    f.add_job();
    f.run();
    const RunOutcome again = f.run();
    CHECK(again.jobs.at(0).result == Result::TakenByOther);
    CHECK(again.ok());
    CHECK(f.sqlite->backups == 1);
}

TEST_CASE("a failing job does not keep the others from running", "[job][run]") {
    Runs f;
    f.add_database("items");
    fs::remove(f.live("items"));
    f.add_job("items");
    f.add_job("orders");
    const RunOutcome outcome = f.run();
    CHECK_FALSE(outcome.ok());
    CHECK(outcome.jobs.at(0).result == Result::Failed);
    CHECK_FALSE(outcome.jobs.at(0).error.empty());
    CHECK(outcome.jobs.at(1).result == Result::Done);
    CHECK(f.catalog->jobs({.database = DatabaseName("items"), .state = {}, .since = {}}).at(0).state == JobState::Failed);
}

TEST_CASE("what may pass is tried again with doubling waits", "[job][run]") {
    Runs f;
    int failures = 2;
    f.sqlite->before_back_up = [&](const Place&, const WorkContext&) {
        if (failures-- > 0) throw Error(ErrorCode::Unavailable, "the server is starting");
    };
    f.add_job();
    CHECK(f.run().jobs.at(0).result == Result::Done);
    CHECK(f.waits == std::vector<Duration>{2s, 4s});
    REQUIRE(f.recorded().size() == 3);
    CHECK(f.recorded().at(0).attempt == 3);
    CHECK(f.recorded().at(1).error == "unavailable: the server is starting");
}

TEST_CASE("attempts come to an end", "[job][run]") {
    Runs f;
    f.sqlite->before_back_up = [](const Place&, const WorkContext&) { throw Error(ErrorCode::Io, "no"); };
    f.add_job();
    CHECK(f.run().jobs.at(0).result == Result::Failed);
    CHECK(f.recorded().size() == 3);
}

TEST_CASE("what will not pass is not tried again", "[job][run]") {
    Runs f;
    f.sqlite->before_back_up = [](const Place&, const WorkContext&) { throw Error(ErrorCode::NotPermitted, "no"); };
    f.add_job();
    CHECK(f.run().jobs.at(0).result == Result::Failed);
    CHECK(f.waits.empty());
}

TEST_CASE("a defect in one job is told as such and stops only that job", "[job][run]") {
    Runs f;
    f.add_database("items");
    f.sqlite->before_back_up = [](const Place& place, const WorkContext&) {
        if (place.database.str() == "items") throw std::runtime_error("a defect");
    };
    f.add_job("items");
    f.add_job("orders");
    const RunOutcome outcome = f.run();
    CHECK(outcome.jobs.at(0).error == "internal: a defect");
    CHECK(outcome.jobs.at(1).result == Result::Done);
    CHECK(f.catalog->jobs({.database = DatabaseName("items"), .state = {}, .since = {}}).at(0).state == JobState::Failed);
}

TEST_CASE("a job that is too late is recorded as missed", "[job][run]") {
    Runs f;
    f.add_job().start_before = f.clock.now() + 30min;
    f.clock.advance(31min);
    const RunOutcome outcome = f.run();
    CHECK(outcome.jobs.at(0).result == Result::Late);
    CHECK(f.recorded().at(0).state == JobState::Missed);
    CHECK(f.sqlite->backups == 0);
}

TEST_CASE("a job that does not finish in time is stopped and has failed", "[job][run]") {
    Runs f;
    f.sqlite->before_back_up = [&f](const Place&, const WorkContext& work) {
        f.clock.advance(2h);
        while (!work.cancel.stop_requested()) std::this_thread::yield();
        throw_if_cancelled(work.cancel);
    };
    f.add_job().finish_within = 1h;
    const RunOutcome outcome = f.run();
    CHECK(outcome.jobs.at(0).result == Result::Failed);
    CHECK(outcome.jobs.at(0).error == "cancelled: it did not finish within 1h");
    CHECK(f.recorded().at(0).state == JobState::Failed);
    CHECK(f.catalog->points(std::nullopt).empty());
}

TEST_CASE("all attempts of a job share its time", "[job][run]") {
    Runs f;
    f.sqlite->before_back_up = [&f](const Place&, const WorkContext&) {
        f.clock.advance(40min);
        throw Error(ErrorCode::Unavailable, "the server is starting");
    };
    f.add_job().finish_within = 1h;
    CHECK(f.run().jobs.at(0).result == Result::Failed);
    // The second attempt began with 20 minutes left; a third would have begun too late.
    CHECK(f.recorded().size() == 2);
}

TEST_CASE("a stop ends the running job and begins no other", "[job][run]") {
    Runs f;
    std::stop_source stop;
    f.add_database("items");
    f.sqlite->before_back_up = [&](const Place&, const WorkContext& work) {
        stop.request_stop();
        throw_if_cancelled(work.cancel);
    };
    f.add_job("items");
    f.add_job("orders");
    const RunOutcome outcome = f.run(stop.get_token());
    CHECK(outcome.jobs.at(0).result == Result::Stopped);
    CHECK(outcome.jobs.at(1).result == Result::Stopped);
    CHECK(f.recorded().size() == 1);
    CHECK(f.recorded().at(0).state == JobState::Failed);
    f.sqlite->before_back_up = {};
    CHECK(f.run().ok());
}

TEST_CASE("jobs are run in the order of the plan", "[job][run]") {
    Runs f;
    std::vector<std::string> order;
    for (const char* name : {"a", "b"}) f.add_database(name);
    f.sqlite->before_back_up = [&](const Place& place, const WorkContext&) { order.push_back(place.database.str()); };
    for (const char* name : {"b", "orders", "a"}) f.add_job(name);
    f.run();
    CHECK(order == std::vector<std::string>{"b", "orders", "a"});
}

TEST_CASE("a database that is being backed up elsewhere is left to it", "[job][run]") {
    Runs f;
    const DatabaseLock other = DatabaseLock::take(f.installation(), DatabaseName("orders"), "a backup by hand");
    f.add_job();
    const RunOutcome outcome = f.run();
    CHECK(outcome.jobs.at(0).result == Result::TakenByOther);
    CHECK_THAT(outcome.jobs.at(0).error, Catch::Contains("a backup by hand"));
    CHECK(f.recorded().empty());
}

TEST_CASE("a run that was killed is taken over at once", "[job][run]") {
    Runs f;
    const Job job = f.add_job();
    REQUIRE(f.catalog->claim(job, "dead:1", 90s));
    const RunOutcome outcome = f.run();
    CHECK(outcome.jobs.at(0).result == Result::Done);
    CHECK(f.recorded().at(0).attempt == 2);
}

TEST_CASE("a run that was killed is planned again at once and one that lives is not", "[job][run][world]") {
    Runs f;
    f.clock.set(instant_of("2026-11-21T02:00:00Z"));
    f.plan = make_plan(f.policy, world_of(f.installation()), f.clock.now());
    REQUIRE(f.plan.jobs.size() == 1);
    REQUIRE(f.catalog->claim(f.plan.jobs[0], "dead:1", 90s));
    {
        const DatabaseLock alive = DatabaseLock::take(f.installation(), DatabaseName("orders"), "a backup");
        CHECK(make_plan(f.policy, world_of(f.installation()), f.clock.now()).jobs.empty());
    }
    CHECK(make_plan(f.policy, world_of(f.installation()), f.clock.now()).jobs.size() == 1);
}

TEST_CASE("a run that was killed between store and catalog is not backed up twice", "[job][run]") {
    Runs f;
    const Job job = f.add_job();
    const PointId made = f.run().jobs.at(0).point->id;
    // The world as it was right after the store had committed: no point in the catalog, the job still running.
    f.catalog.reset();
    fs::remove_all(f.state());
    f.reopen();
    f.catalog->set_last_done("writing orders", f.clock.now());
    REQUIRE(f.catalog->claim(job, "dead:1", 90s));
    CHECK(f.run().jobs.at(0).point->id == made);
    CHECK(f.sqlite->backups == 1);
    CHECK(f.catalog->points(std::nullopt).size() == 1);
}

TEST_CASE("slots that a run makes up for are recorded as missed", "[job][run]") {
    Runs f;
    Job& job = f.add_job();
    job.reason = JobReason::CatchUp;
    job.missed = {f.clock.now() - 48h, f.clock.now() - 24h, f.clock.now()};
    f.plan.missed = {{.slot = {.database = job.slot.database, .kind = BackupKind::Full, .at = f.clock.now() - 72h}, .why = "off"}};
    f.run();
    REQUIRE(f.recorded().size() == 4);
    CHECK(f.catalog->jobs({.database = {}, .state = JobState::Missed, .since = {}}).size() == 3);
    CHECK_THAT(f.recorded().at(1).error, Catch::Contains("makes up for it"));
}

TEST_CASE("after the jobs come the copies of the plan and of the new points", "[job][run][copy]") {
    Runs f;
    f.spec().environment = EnvironmentName("prod");
    f.add_job();
    const RunOutcome outcome = f.run();
    REQUIRE(outcome.copies.size() == 1);
    CHECK_THAT(outcome.copies.at(0), Catch::Contains("from local to offsite"));
    CHECK(f.catalog->points(std::nullopt).at(0).copies.size() == 2);
    CHECK(missing_copies_of(f.installation(), f.catalog->points(std::nullopt).at(0)).empty());
}

TEST_CASE("a copy that failed is made by a later plan", "[job][run][copy]") {
    Runs f;
    f.spec().environment = EnvironmentName("prod");
    fs::create_directories(f.store_folder("offsite").parent_path());
    write_file_durably(f.store_folder("offsite"), as_bytes("a file in the folder's place"));
    f.add_job();
    const RunOutcome first = f.run();
    CHECK(first.jobs.at(0).result == Result::Done);
    CHECK(first.failed_copies.size() == 1);
    CHECK_FALSE(first.ok());
    fs::remove(f.store_folder("offsite"));
    f.reopen();
    f.plan = make_plan(f.policy, world_of(f.installation()), f.clock.now());
    REQUIRE(f.plan.copies.size() == 1);
    CHECK(f.run().copies.size() == 1);
    CHECK(f.repositories->of(StoreName("offsite")).points(std::nullopt).size() == 1);
}

TEST_CASE("a copy waits for who has the database, and is left to a later run where that takes long", "[job][run][copy]") {
    Runs f;
    f.spec().environment = EnvironmentName("prod");
    f.add_job();
    f.run();
    const RecoveryPoint point = f.catalog->points(std::nullopt).at(0);
    f.catalog->remove_copy(point.id, StoreName("offsite"));
    f.plan = make_plan(f.policy, world_of(f.installation()), f.clock.now());
    REQUIRE(f.plan.copies.size() == 1);
    std::optional<DatabaseLock> other = DatabaseLock::take(f.installation(), DatabaseName("orders"), "a test");
    const RunOutcome left = f.run();
    CHECK(left.ok());
    CHECK_THAT(left.copies.at(0), Catch::Contains("is copied to offsite by a later run"));
    CHECK(f.waits.size() == 4);   // Once for each turn but the last.
    f.options.wait = [&](Duration, const CancelToken&) { other.reset(); };
    const RunOutcome made = f.run();
    CHECK(made.ok());
    CHECK_THAT(made.copies.at(0), Catch::Contains("from local to offsite"));
}

TEST_CASE("a real plan of a real week is run without a gap", "[job][run]") {
    Runs f;
    f.policy.timezone = "Europe/Berlin";
    std::vector<BackupKind> kinds;
    for (int day = 0; day < 8; ++day) {
        add_sample_orders(f.live(), 1);
        f.plan = make_plan(f.policy, world_of(f.installation()), f.clock.now());
        for (const JobOutcome& job : f.run().jobs) {
            CHECK(job.result == Result::Done);
            if (job.point) kinds.push_back(job.point->kind);
        }
        f.clock.advance(24h);
    }
    CHECK(std::ranges::count(kinds, BackupKind::Full) == 2);
    CHECK(kinds.size() == 8);
}

TEST_CASE("a job that is stopped before it begins leaves no trace", "[job][run]") {
    Runs f;
    std::stop_source stop;
    stop.request_stop();
    CHECK(run_job(f.installation(), f.add_job(), f.options, f.progress, stop.get_token()).result == Result::Stopped);
    CHECK(f.recorded().empty());
}

TEST_CASE("two processes that run one plan make one backup of each slot", "[job][run]") {
    Runs f;
    for (const char* name : {"orders", "a", "b", "c"}) {
        if (name != std::string("orders")) f.add_database(name);
        f.add_job(name);
    }
    f.options.wait = {};
    f.options.attempts = 4;
    f.repositories.reset();
    f.catalog.reset();
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            f.reopen();
            ::_exit(f.run().ok() ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK(status == 0);
    }
    f.reopen();
    CHECK(f.recorded().size() == 4);
    CHECK(f.catalog->points(std::nullopt).size() == 4);
    CHECK(f.repositories->of(StoreName("local")).points(std::nullopt).size() == 4);
    CHECK(f.repositories->of(StoreName("local")).verify({}, 1.0, f.progress, {}).ok());
}
