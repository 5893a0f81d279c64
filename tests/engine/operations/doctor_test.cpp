#include "engine/operations/doctor.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

TEST_CASE_METHOD(WorkplaceFixture, "a sound house has nothing to put right", "[operations]") {
    for (const Diagnosis& diagnosis : examine(built(), folder / "policies")) {
        INFO(diagnosis.subject << ": " << diagnosis.says);
        CHECK(diagnosis.ok);
        CHECK(diagnosis.advice.empty());
    }
}

TEST_CASE_METHOD(WorkplaceFixture, "each thing that is wrong is one line with advice", "[operations]") {
    write("orders.db", "this is not a database, however long it may be, and it is longer than a header");
    fs::remove(database().string() + "-wal");
    ::unsetenv("HOLDFAST_TEST_KEY");
    std::size_t wrong = 0;
    for (const Diagnosis& diagnosis : examine(built(), folder / "policies")) {
        if (diagnosis.ok) continue;
        ++wrong;
        CHECK_FALSE(diagnosis.says.empty());
        CHECK_FALSE(diagnosis.advice.empty());
    }
    CHECK(wrong == 2);
}

namespace {

const Diagnosis& about(const std::vector<Diagnosis>& all, const std::string& subject) {
    const auto found = std::ranges::find(all, subject, &Diagnosis::subject);
    REQUIRE(found != all.end());
    return *found;
}

}  // namespace

TEST_CASE_METHOD(WorkplaceFixture, "a repository that is gone is missed as long as the catalog knows points in it", "[operations]") {
    CHECK(about(examine(built(), folder / "policies"), "store local").says.find("no repository in it yet") != std::string::npos);
    back_up();
    fs::rename(folder / "backups", folder / "elsewhere");   // As an unmounted disk.
    const auto all = examine(built(), folder / "policies");
    const Diagnosis& store = about(all, "store local");
    CHECK_FALSE(store.ok);
    CHECK(store.says.find("the repository that held 1 recovery point is missing") != std::string::npos);
    CHECK(store.advice.find("Mount it") != std::string::npos);
    // Nothing was written where the disk should be.
    CHECK(std::ranges::none_of(all, [](const Diagnosis& each) { return each.subject == "writing to store local"; }));
    fs::remove_all(folder / "backups");
    fs::rename(folder / "elsewhere", folder / "backups");
    CHECK(about(examine(built(), folder / "policies"), "store local").ok);
}

TEST_CASE_METHOD(WorkplaceFixture, "a lost or damaged repository.json is put back on request alone", "[operations]") {
    back_up();
    const fs::path settings = folder / "backups" / "repository.json";
    const Bytes sound = read_file(settings, 4096);
    for (const bool lost : {true, false}) {
        INFO((lost ? "lost" : "damaged"));
        if (lost) fs::remove(settings);
        else write_file_durably(settings, as_bytes("{ rubbish"));
        const auto before = examine(built(), folder / "policies");
        CHECK_FALSE(about(before, "store local").ok);
        CHECK(about(before, "store local").advice.find("runbook doctor --repair") != std::string::npos);
        CHECK(about(examine(built(), folder / "policies", true), "store local").ok);
        CHECK(read_file(settings, 4096) == sound);
    }
    CHECK(about(examine(built(), folder / "policies", true), "repair of store local").says.find("sound and was left") != std::string::npos);
    CHECK(open().catalog().audit_entries(1).at(0).action == "doctor.repair");
}
