#include "engine/compliance/streams.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/compliance/compliance_fixtures.hpp"

namespace holdfast {
namespace {

TEST_CASE("log, states and dumps are streams of their own", "[compliance]") {
    const Policy policy = sample_policy({cron(BackupKind::Full, "0 2 * * Sun", "1m", "1m"), cron(BackupKind::Incremental, "0 2 * * *", "1m", "1m"),
                                         every(BackupKind::Log, "3m", "1m", "1m"), cron(BackupKind::Logical, "0 4 * * *", "1m", "1m")}, "1h");
    const auto streams = streams_of(policy.policies[0], Disaster::AccidentalDeletion);
    REQUIRE(streams.size() == 3);
    CHECK(streams[0].name == "log");
    CHECK(streams[1].name == "full and incremental");
    CHECK(streams[1].rules.size() == 2);
    CHECK(streams[2].name == "logical");
}

TEST_CASE("damage hides in states that nobody checks", "[compliance]") {
    BackupPolicy policy{.name = PolicyName("x"), .backups = {cron(BackupKind::Full, "0 2 * * *", "1m", "1m")}, .retention = {}, .verify = {}};
    CHECK_FALSE(streams_of(policy, Disaster::Corruption)[0].unnoticed_why.empty());
    CHECK(streams_of(policy, Disaster::TotalFailure)[0].unnoticed_why.empty());
    policy.verify.integrity_every = parse_period("7d");
    CHECK(streams_of(policy, Disaster::Corruption)[0].unnoticed == span("7d"));
    policy.verify.after_backup = VerifyDepth::Restore;
    CHECK_FALSE(streams_of(policy, Disaster::Corruption)[0].unnoticed);
}

}  // namespace
}  // namespace holdfast
