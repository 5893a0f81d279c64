#include "engine/base/check.hpp"

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/support/child_process.hpp"

using namespace holdfast;

TEST_CASE("a broken promise ends the program and says which and where", "[base][check]") {
    const ChildEnd end = in_child([] { HOLDFAST_CHECK(1 + 1 == 3); });
    CHECK(end.exit_status == 128 + SIGABRT);
    CHECK(end.errors.find("1 + 1 == 3") != std::string::npos);
    CHECK(end.errors.find("check_test.cpp") != std::string::npos);
}

TEST_CASE("a kept promise costs nothing", "[base][check]") {
    CHECK(in_child([] { HOLDFAST_CHECK(1 + 1 == 2); }).exit_status == 0);
}
