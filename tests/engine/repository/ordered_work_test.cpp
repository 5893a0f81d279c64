#include "engine/repository/ordered_work.hpp"

#include <atomic>
#include <functional>

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

class CalledTask final : public OrderedWork::Task {
public:
    using Run = std::function<void()>;
    CalledTask(Run run, Run finish, std::atomic<int>* alive = nullptr) : run_(std::move(run)), finish_(std::move(finish)), alive_(alive) {
        if (alive_ != nullptr) ++*alive_;
    }
    ~CalledTask() override {
        if (alive_ != nullptr) --*alive_;
    }
    void run(unsigned) override {
        if (run_) run_();
    }
    void finish() override {
        if (finish_) finish_();
    }

private:
    Run run_, finish_;
    std::atomic<int>* alive_;
};

std::unique_ptr<OrderedWork::Task> task(CalledTask::Run run, CalledTask::Run finish = {}, std::atomic<int>* alive = nullptr) {
    return std::make_unique<CalledTask>(std::move(run), std::move(finish), alive);
}

// Lets tasks wait for each other, without time.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

}  // namespace

TEST_CASE("tasks are finished in the order in which they came", "[repository][ordered-work]") {
    OrderedWork work(4, 8, {});
    std::vector<int> finished;   // finish() runs alone: no lock.
    for (int i = 0; i < 2000; ++i) {
        work.submit(task([i] { sha256(Bytes(static_cast<std::size_t>(i * 7919 % 3000))); }, [&finished, i] { finished.push_back(i); }));
    }
    work.drain();
    REQUIRE(finished.size() == 2000);
    CHECK(std::ranges::is_sorted(finished));
}

TEST_CASE("a later task runs while an earlier one is at work but is finished after it", "[repository][ordered-work]") {
    Gate later_ran;
    std::vector<int> finished;
    OrderedWork work(2, 4, {});
    work.submit(task([&] { later_ran.pass(); }, [&] { finished.push_back(1); }));
    work.submit(task([&] { later_ran.open(); }, [&] { finished.push_back(2); }));
    work.drain();
    CHECK(finished == std::vector{1, 2});
}

TEST_CASE("no more tasks are kept than allowed", "[repository][ordered-work]") {
    std::atomic<int> alive = 0;
    int most = 0;
    OrderedWork work(3, 5, {});
    for (int i = 0; i < 300; ++i) {
        work.submit(task({}, {}, &alive));
        most = std::max(most, alive.load());
    }
    work.drain();
    CHECK(most <= 6);   // Five, and the one that waits to be taken.
    CHECK(alive == 0);
}

TEST_CASE("work can go on after it was drained", "[repository][ordered-work]") {
    OrderedWork work(2, 4, {});
    work.drain();
    int finished = 0;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 10; ++i) work.submit(task({}, [&] { ++finished; }));
        work.drain();
        CHECK(finished == 10 * (round + 1));
    }
}

TEST_CASE("what a task throws reaches the thread that submits and nothing runs after that", "[repository][ordered-work]") {
    for (const bool in_finish : {false, true}) {
        std::atomic<int> running = 0, ran_late = 0;
        std::atomic<bool> known = false;
        std::vector<int> finished;
        OrderedWork work(3, 6, {});
        const auto submit_all = [&] {
            for (int i = 0; i < 500; ++i) {
                const auto fail = [i] { if (i == 50) throw Error(ErrorCode::DiskFull, "no room"); };
                work.submit(task(
                    [&, fail, in_finish] {
                        ++running;
                        if (known) ++ran_late;
                        struct Leave { std::atomic<int>& count; ~Leave() { --count; } } leave{running};
                        if (!in_finish) fail();
                    },
                    [&, fail, in_finish, i] {
                        if (in_finish) fail();
                        finished.push_back(i);
                    }));
            }
            work.drain();
        };
        CHECK(code_thrown_by(submit_all) == ErrorCode::DiskFull);
        CHECK(running == 0);
        known = true;
        CHECK(std::ranges::is_sorted(finished));
        CHECK(finished.size() <= 50);
        CHECK(code_thrown_by([&] { work.drain(); }) == ErrorCode::DiskFull);
        CHECK(code_thrown_by([&] { work.submit(task({})); }) == ErrorCode::DiskFull);
        CHECK(ran_late == 0);
    }
}

TEST_CASE("a failure is told when no task is at work any more", "[repository][ordered-work]") {
    Gate begun, failed;
    std::atomic<bool> ended = false;
    OrderedWork work(2, 4, {});
    work.submit(task([&] {
        begun.open();
        failed.pass();
        for (int i = 0; i < 20; ++i) sha256(Bytes(1u << 20));   // Long enough for the failure to be told too early.
        ended = true;
    }));
    work.submit(task([&] {
        begun.pass();
        struct Open { Gate& gate; ~Open() { gate.open(); } } open{failed};
        throw Error(ErrorCode::Io, "a bad sector");
    }));
    CHECK(code_thrown_by([&] { work.drain(); }) == ErrorCode::Io);
    CHECK(ended);
}

TEST_CASE("the first failure is the one that is told", "[repository][ordered-work]") {
    Gate failed;
    OrderedWork work(2, 4, {});
    work.submit(task([&] { failed.pass(); throw Error(ErrorCode::Io, "second"); }));
    work.submit(task([&] {
        struct Open { Gate& gate; ~Open() { gate.open(); } } open{failed};
        throw Error(ErrorCode::DiskFull, "first");
    }));
    // Either may come first to be noted; told is one of them, and always the same one.
    const auto first = code_thrown_by([&] { work.drain(); });
    CHECK((first == ErrorCode::DiskFull || first == ErrorCode::Io));
    CHECK(code_thrown_by([&] { work.drain(); }) == first);
}

TEST_CASE("what is not an Error is carried too", "[repository][ordered-work]") {
    OrderedWork work(1, 2, {});
    work.submit(task([] { throw std::out_of_range("odd"); }));
    CHECK_THROWS_AS(work.drain(), std::out_of_range);
}

TEST_CASE("a stop ends the work where the next task is submitted", "[repository][ordered-work]") {
    std::stop_source stop;
    std::atomic<int> alive = 0;
    {
        OrderedWork work(2, 4, stop.get_token());
        work.submit(task({}, {}, &alive));
        stop.request_stop();
        CHECK(code_thrown_by([&] { work.submit(task({}, {}, &alive)); }) == ErrorCode::Cancelled);
        CHECK(code_thrown_by([&] { work.drain(); }) == ErrorCode::Cancelled);
    }
    CHECK(alive == 0);
}

TEST_CASE("a stop wakes a thread that waits for room", "[repository][ordered-work]") {
    std::stop_source stop;
    Gate begun, go_on;
    OrderedWork work(1, 1, stop.get_token());
    work.submit(task([&] {
        begun.open();
        go_on.pass();
    }));
    begun.pass();
    std::jthread stopper([&] {
        stop.request_stop();
        go_on.open();
    });
    CHECK(code_thrown_by([&] {
              work.submit(task({}));
              work.submit(task({}));
          }) == ErrorCode::Cancelled);
}

TEST_CASE("tasks that were not begun are dropped with the work", "[repository][ordered-work]") {
    std::atomic<int> alive = 0, ran = 0;
    Gate begun, go_on;
    {
        std::jthread opener;
        OrderedWork work(1, 10, {});
        work.submit(task([&] { begun.open(); go_on.pass(); }, {}, &alive));
        for (int i = 0; i < 5; ++i) work.submit(task([&] { ++ran; }, {}, &alive));
        begun.pass();
        opener = std::jthread([&] { go_on.open(); });
    }
    CHECK(alive == 0);
    CHECK(ran <= 5);
}
