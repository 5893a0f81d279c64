#include "dsl/journal/journal.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

HeaderRecord header() {
    HeaderRecord record;
    record.run = "01run";
    record.runbook = "accidental-deletion";
    record.text = "return runbook {}";
    record.at = from_millis(1'700'000'000'000);
    record.parameters = Record{"parameters", {{"database", "orders"}}};
    return record;
}

IntentRecord intent(int step) {
    return {step, 1, "choose", "find.point", "read", "ab", ValueMap{{"of", "orders"}}, "key", "", {}, from_millis(5)};
}

ResultRecord result(int step) { return {step, Value(31), "31 rows", Duration(12), 7, 31, "drop.copy", ValueMap{{"copy", 1}}, from_millis(9)}; }

// A journal of a header and two records, and where each record begins.
struct Written {
    Bytes bytes;
    std::vector<std::size_t> starts;
};
Written written(const fs::path& file) {
    Written made;
    Journal journal = Journal::create(file, header());
    made.starts.push_back(8);
    made.starts.push_back(fs::file_size(file));
    journal.append(intent(1));
    made.starts.push_back(fs::file_size(file));
    journal.append(result(1));
    made.bytes = read_file(file, 1 << 20);
    return made;
}

}  // namespace

TEST_CASE("a journal gives back what was appended", "[dsl][journal]") {
    const TemporaryFolder folder;
    {
        Journal journal = Journal::create(folder / "journal", header());
        journal.append(intent(1));
        journal.append(result(1));
        journal.append(StopRecord{"failed", "io", "no disk", "", {}, "root", from_millis(8)});
    }
    const Journal journal = Journal::open(folder / "journal");
    REQUIRE(journal.records().size() == 4);
    CHECK(journal.header().runbook == "accidental-deletion");
    CHECK(for_people(journal.header().parameters.field("database")) == "orders");
    const auto& done = std::get<ResultRecord>(journal.records()[2]);
    CHECK(done.rows == 31);
    CHECK(done.took == Duration(12));
    CHECK(for_people(done.undo_arguments.field("copy")) == "1");
    CHECK(std::get<StopRecord>(journal.records()[3]).message == "no disk");
}

TEST_CASE("a journal is private and is never overwritten", "[dsl][journal]") {
    const TemporaryFolder folder;
    written(folder / "journal");
    struct stat facts {};
    REQUIRE(::stat((folder / "journal").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    CHECK_THROWS_AS(Journal::create(folder / "journal", header()), Error);
}

TEST_CASE("a record that was cut off is removed and the journal goes on", "[dsl][journal]") {
    const TemporaryFolder folder;
    const Written made = written(folder / "journal");
    for (std::size_t size = made.starts[2]; size < made.bytes.size(); ++size) {
        write_file_durably(folder / "torn", ByteView(made.bytes).first(size));
        Journal journal = Journal::open(folder / "torn");
        REQUIRE(journal.records().size() == 2);
        CHECK(fs::file_size(folder / "torn") == made.starts[2]);
        journal.append(result(1));
        CHECK(read_file(folder / "torn", 1 << 20) == made.bytes);
    }
}

TEST_CASE("a tail of zero bytes is a torn record", "[dsl][journal]") {
    const TemporaryFolder folder;
    Bytes bytes = written(folder / "journal").bytes;
    const std::size_t size = bytes.size();
    bytes.resize(size + 100);
    const JournalContent content = parse_journal(bytes);
    CHECK(content.records.size() == 3);
    CHECK(content.torn_bytes == 100);
}

TEST_CASE("a flipped bit before the last record is damage and is refused", "[dsl][journal]") {
    const TemporaryFolder folder;
    const Written made = written(folder / "journal");
    for (std::size_t at = 0; at < made.starts[2]; ++at) {
        Bytes bytes = made.bytes;
        bytes[at] ^= std::byte{4};
        INFO("byte " << at);
        CHECK_THROWS_AS(parse_journal(bytes), Error);
    }
}

TEST_CASE("a flipped bit in the last record never gives another record", "[dsl][journal]") {
    const TemporaryFolder folder;
    const Written made = written(folder / "journal");
    for (std::size_t at = made.starts[2]; at < made.bytes.size(); ++at) {
        Bytes bytes = made.bytes;
        bytes[at] ^= std::byte{1};
        try {
            const std::size_t records = parse_journal(bytes).records.size();
            CHECK(records == 2);
        } catch (const Error& error) {
            CHECK(error.code == ErrorCode::Corrupt);
        }
    }
}

TEST_CASE("a record that is left out or exchanged is damage", "[dsl][journal]") {
    const TemporaryFolder folder;
    const Written made = written(folder / "journal");
    Bytes without(made.bytes.begin(), made.bytes.begin() + static_cast<std::ptrdiff_t>(made.starts[1]));
    without.insert(without.end(), made.bytes.begin() + static_cast<std::ptrdiff_t>(made.starts[2]), made.bytes.end());
    without.insert(without.end(), made.bytes.begin() + static_cast<std::ptrdiff_t>(made.starts[2]), made.bytes.end());
    CHECK_THROWS_WITH(parse_journal(without), Contains("checksum does not fit"));
}

TEST_CASE("what is no journal is refused", "[dsl][journal]") {
    CHECK_THROWS_AS(parse_journal({}), Error);
    CHECK_THROWS_AS(parse_journal(as_bytes("SQLite format 3")), Error);
    CHECK_THROWS_AS(parse_journal(as_bytes("HFRUNJ1\n")), Error);
}
