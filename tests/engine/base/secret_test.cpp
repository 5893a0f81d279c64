#include "engine/base/secret.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a secret moves and is cloned, and never copied by accident", "[base][secret]") {
    static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
    Secret first{std::string_view("hush")};
    const Secret copy = first.clone();
    const Secret second = std::move(first);
    CHECK(as_text(second.reveal()) == "hush");
    CHECK(as_text(copy.reveal()) == "hush");
}

TEST_CASE("what a secret gives away when it moves is nothing", "[base][secret]") {
    Secret first{std::string_view("hush")};
    Secret second{std::string_view("before")};
    second = std::move(first);
    CHECK(second.size() == 4);
    CHECK(Secret().empty());
}

TEST_CASE("wiped memory is zero", "[base][secret]") {
    char text[] = "hush";
    wipe_memory(text, 4);
    CHECK(std::string_view(text, 4) == std::string_view("\0\0\0\0", 4));
    wipe_memory(nullptr, 0);
}
