#include "engine/base/fault_point.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "tests/support/child_process.hpp"

using namespace holdfast;

namespace {

// How a process ends that passes the first two points of the list three times each.
int end_with(const char* crash_at) {
    return in_child([&] {
               ::setenv("HOLDFAST_CRASH_AT", crash_at, 1);
               for (int round = 1; round <= 3; ++round) {
                   fault_point(all_fault_points()[0]);
                   fault_point(all_fault_points()[1]);
               }
           }).exit_status;
}

}  // namespace

TEST_CASE("a process is killed at the named passage of the named point", "[base][faults]") {
    const std::string first(all_fault_points()[0]);
    CHECK(end_with(first.c_str()) == 128 + SIGKILL);
    CHECK(end_with((first + ":3").c_str()) == 128 + SIGKILL);
    CHECK(end_with((first + ":4").c_str()) == 0);
    CHECK(end_with("no.such.point") == 0);
    CHECK(end_with("") == 0);
}

TEST_CASE("a point that is not on the list breaks a promise", "[base][faults]") {
    CHECK(in_child([] { fault_point("no.such.point"); }).exit_status == 128 + SIGABRT);
}
