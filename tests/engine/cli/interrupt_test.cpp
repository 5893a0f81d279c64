#include "engine/cli/interrupt.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

#include <csignal>

#include "tests/support/child_process.hpp"

using namespace holdfast;

TEST_CASE("the first signal asks for a stop and the work goes on to a safe place", "[cli]") {
    const ChildEnd end = in_child([] {
        const Interrupt interrupt(nullptr);
        const CancelToken token = interrupt.token();
        ::kill(::getpid(), SIGINT);
        while (!token.stop_requested()) ::usleep(1000);
        ::_exit(7);
    });
    CHECK(end.exit_status == 7);
}

TEST_CASE("the second signal ends the program at once", "[cli]") {
    const ChildEnd end = in_child([] {
        const Interrupt interrupt(nullptr);
        ::kill(::getpid(), SIGTERM);
        while (!interrupt.token().stop_requested()) ::usleep(1000);
        ::kill(::getpid(), SIGTERM);
        ::sleep(10);
        ::_exit(7);
    });
    CHECK(end.exit_status == 128 + SIGTERM);
}

TEST_CASE("without a signal nothing happens", "[cli]") {
    const ChildEnd end = in_child([] {
        { const Interrupt interrupt(nullptr); }
        ::_exit(3);
    });
    CHECK(end.exit_status == 3);
}
