#include <catch2/catch.hpp>

#include "tests/support/catalog_values.hpp"
#include "tests/support/open_catalog.hpp"

using namespace holdfast;

namespace {

struct Fixture : OpenCatalog {
    static LogWindow window(const char* stream, const char* from, const char* until, const char* store = "local") {
        return {.database = DatabaseName("orders"), .stream = LogStreamId(stream), .store = StoreName(store), .base = PointId("01a"),
                .from = instant_of(from), .until = instant_of(until), .transactions = 7, .bytes = 900, .precision = Duration(12), .ended = ""};
    }
};

}  // namespace

TEST_CASE("a log window is read back as it was put", "[catalog][log]") {
    Fixture f;
    const LogWindow window = Fixture::window("01s", "2026-11-20T09:00:00.250Z", "2026-11-20T11:00:00Z");
    f.catalog->put_window(window);
    CHECK(f.catalog->windows(DatabaseName("orders")) == std::vector{window});
    CHECK(f.catalog->windows(DatabaseName("other")).empty());
}

TEST_CASE("a window that grows replaces what was known of it", "[catalog][log]") {
    Fixture f;
    f.catalog->put_window(Fixture::window("01s", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z"));
    LogWindow grown = Fixture::window("01s", "2026-11-20T09:00:00Z", "2026-11-20T11:30:00Z");
    grown.transactions = 90;
    grown.ended = "the file was replaced by another";
    f.catalog->put_window(grown);
    CHECK(f.catalog->windows(std::nullopt) == std::vector{grown});
}

TEST_CASE("windows come oldest first, each store's for itself", "[catalog][log]") {
    Fixture f;
    f.catalog->put_window(Fixture::window("01t", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"));
    f.catalog->put_window(Fixture::window("01s", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z", "offsite"));
    f.catalog->put_window(Fixture::window("01s", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z"));
    std::vector<std::string> seen;
    for (const LogWindow& window : f.catalog->windows(std::nullopt)) seen.push_back(window.stream.str() + "@" + window.store.str());
    CHECK(seen == std::vector<std::string>{"01s@local", "01s@offsite", "01t@local"});
    f.catalog->remove_window(LogStreamId("01s"), StoreName("local"));
    CHECK(f.catalog->windows(std::nullopt).size() == 2);
}

TEST_CASE("a rebuild takes what the store says and keeps why a stream ended", "[catalog][log]") {
    Fixture f;
    LogWindow ended = Fixture::window("01s", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z");
    ended.ended = "the log was reset while nobody watched";
    f.catalog->put_window(ended);
    f.catalog->put_window(Fixture::window("01gone", "2026-11-20T07:00:00Z", "2026-11-20T08:00:00Z"));
    f.catalog->put_window(Fixture::window("01far", "2026-11-20T07:00:00Z", "2026-11-20T08:00:00Z", "offsite"));
    f.catalog->replace_windows_of(StoreName("local"), DatabaseName("orders"), {Fixture::window("01s", "2026-11-20T09:00:00Z", "2026-11-20T10:30:00Z")});
    const auto windows = f.catalog->windows(DatabaseName("orders"));
    REQUIRE(windows.size() == 2);
    CHECK(windows[0].stream == LogStreamId("01far"));
    CHECK(windows[1].until == instant_of("2026-11-20T10:30:00Z"));
    CHECK(windows[1].ended == ended.ended);
}
