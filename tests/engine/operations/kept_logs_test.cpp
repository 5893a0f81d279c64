#include "engine/operations/kept_logs.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

constexpr std::uint64_t kGiB = 1ull << 30;
const DatabaseName kOrders("orders");

KeptWal slot(const std::string& name, bool is_own, bool in_use, std::uint64_t bytes = 0, std::optional<std::uint64_t> most = {}) {
    return {.name = name, .is_own = is_own, .in_use = in_use, .lost = false, .bytes = bytes, .bytes_most = most};
}

Diagnosis judged(const KeptWal& kept) {
    const auto lines = judge_kept_logs({{kOrders, {kept}}});
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].subject == "log kept for orders");
    return lines[0];
}

}  // namespace

TEST_CASE("what a server keeps is well while it is little or less than half of what it may be", "[operations]") {
    CHECK(judged(slot("holdfast_orders", true, true, 16 << 20)).ok);
    CHECK(judged(slot("holdfast_orders", true, true, 4 * kGiB, 10 * kGiB)).says == "4.29 GB of at most 10.7 GB, received now");
}

TEST_CASE("what threatens the log or the server's disk is said before it hurts", "[operations]") {
    const Diagnosis near = judged(slot("holdfast_orders", true, false, 6 * kGiB, 10 * kGiB));
    CHECK_FALSE(near.ok);
    CHECK(near.says == "6.44 GB of at most 10.7 GB; beyond that the log has a gap");
    CHECK(near.advice.find("runbook follow orders") != std::string::npos);
    const Diagnosis endless = judged(slot("holdfast_orders", true, false, 2 * kGiB));
    CHECK_FALSE(endless.ok);
    CHECK(endless.says == "2.15 GB, and nothing bounds it: the server's disk fills");
    CHECK(endless.advice.find("max_slot_wal_keep_size") != std::string::npos);
    KeptWal lost = slot("holdfast_orders", true, false);
    lost.lost = true;
    CHECK_FALSE(judged(lost).ok);
}

TEST_CASE("a slot that is left over is named once, with the way to remove it, and one that is used is not", "[operations]") {
    const KeptWal left = slot("holdfast_old", false, false, kGiB), used = slot("holdfast_theirs", false, true);
    const KeptWal orders = slot("holdfast_orders", true, true), same = slot("holdfast_orders", false, false);
    // Two databases of one server: each sees the other's.
    const auto lines = judge_kept_logs({{kOrders, {left, orders, used}}, {DatabaseName("items"), {left, same, used}}});
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].ok);
    CHECK_FALSE(lines[1].ok);
    CHECK(lines[1].subject == "slot holdfast_old");
    CHECK(lines[1].advice.find("pg_drop_replication_slot('holdfast_old')") != std::string::npos);
}
