// A live shop and a copy of it from before, with just enough of an installation to compare and merge them.
#pragma once

#include "engine/recovery/merge.hpp"
#include "engine/sqlite/connection.hpp"
#include "providers/databases/sqlite/sqlite_provider.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {

class ShopPair {
public:
    explicit ShopPair(const SampleOptions& options = {}) {
        make_sample_database(live_path(), options);
        settle();
    }

    // The state of now becomes the older one.
    void settle() {
        Connection connection = Connection::open(live_path(), OpenMode::ReadWrite);
        fs::remove(copy_path());
        connection.run("VACUUM INTO ?", copy_path().string());
    }

    void on_live(const std::string& sql) { Connection::open(live_path(), OpenMode::ReadWrite).execute(sql); }

    fs::path live_path() const { return fixture.folder / "shop.db"; }
    fs::path copy_path() const { return fixture.folder / "copy.db"; }
    fs::path spool() const { return fixture.folder / "lost"; }
    fs::path undo() const { return fixture.folder / "undo"; }
    Place live() const { return {DatabaseName("shop"), EngineKind::Sqlite, live_path().string(), false}; }
    Place copy() const { return {DatabaseName("shop"), EngineKind::Sqlite, copy_path().string(), true}; }

    Difference compare(const std::vector<std::string>& tables = {}) {
        return compare_rows(fixture.installation(), copy(), live(), {.tables = tables}, spool(), fixture.progress, {});
    }
    MergeResult merge(const Difference& difference, OnConflict on_conflict = OnConflict::Stop) {
        return merge_rows(fixture.installation(), difference, live(), on_conflict, undo(), fixture.progress, {});
    }
    std::optional<bool> merged(const Difference& difference) { return has_merged(fixture.installation(), difference, live()); }
    ReverseResult reverse() { return reverse_merge(fixture.installation(), live(), undo(), fixture.progress, {}); }

    InstallationFixture fixture;
};

}  // namespace holdfast
