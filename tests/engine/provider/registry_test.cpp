#include "engine/provider/registry.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/provider/wal.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// Only says what it is.
class NamedEngine final : public Provider {
public:
    EngineKind engine() const override { return EngineKind::Sqlite; }
    ProviderTraits traits() const override { return {}; }
    ProbeResult probe(const Place&) override { return {}; }
    BackupFacts back_up(const Place&, ImageSink&, const WorkContext&) override { return {}; }
    fs::path target_of(const std::string&, const std::string&) override { return {}; }
    std::unique_ptr<TargetGuard> guard_target(const std::string&, bool) override { return nullptr; }
    void finish_restore(const Place&, const fs::path&, const WorkContext&) override {}
    IntegrityReport check_integrity(const Place&, const WorkContext&) override { return {}; }
    void drop_copy(const Place&) override {}
    std::unique_ptr<RowReader> read_rows(const Place&) override { return nullptr; }
    std::unique_ptr<RowWriter> write_rows(const Place&) override { return nullptr; }
};

}  // namespace

TEST_CASE("an engine that was added is found", "[provider]") {
    ProviderRegistry registry;
    registry.add(std::make_unique<NamedEngine>());
    CHECK(registry.has(EngineKind::Sqlite));
    CHECK(registry.of(EngineKind::Sqlite).engine() == EngineKind::Sqlite);
    CHECK(registry.engines() == std::vector<EngineKind>{EngineKind::Sqlite});
}

TEST_CASE("an engine that is not built in is unavailable and the others are named", "[provider]") {
    ProviderRegistry registry;
    registry.add(std::make_unique<NamedEngine>());
    try {
        registry.of(EngineKind::Postgres);
        FAIL("it was found");
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::Unavailable);
        CHECK_THAT(error.hint, Catch::Contains("sqlite"));
    }
}

TEST_CASE("the live place of a SQLite database is its path", "[provider]") {
    DatabaseSpec spec;
    spec.name = DatabaseName("orders");
    spec.engine = EngineKind::Sqlite;
    spec.path = "/srv/orders.db";
    const Place place = live_place_of(spec);
    CHECK(place.location == "/srv/orders.db");
    CHECK_FALSE(place.is_copy);
}

TEST_CASE("an engine without a log of bytes says so", "[provider][wal]") {
    NamedEngine sqlite;
    const Error error = thrown_by([&] { wal_engine_of(sqlite); });
    CHECK(error.code == ErrorCode::Unavailable);
    CHECK(error.message == "sqlite keeps no log that is archived as files");
}
