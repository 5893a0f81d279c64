#include "engine/recovery/find_target.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "engine/recovery/restore.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/repository/log.hpp"
#include "tests/support/catalog_values.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kPageBytes = 4096, kPages = 8;

Instant at(const char* time) { return instant_of(fmt::format("2026-11-20T{}Z", time)); }

// A database of eight pages, each filled with one letter, and logs after its points, without engine/job, which is above.
struct Logged : InstallationFixture {
    std::string letters = std::string(kPages, 'a');

    RecoveryPoint store_point(Instant instant) {
        Repository& repository = repositories->of_or_create(StoreName("local"));
        const auto writer = repository.begin_image(spec().name, policy.compression, std::nullopt, progress, {});
        writer->add_pages({.name = "main", .page_bytes = kPageBytes, .bytes = kPageBytes * kPages, .mode = 0600},
                          [this](std::uint64_t first, std::span<std::byte> out) {
                              for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(letters[first + i / kPageBytes]);
                          });
        PointManifest manifest;
        manifest.point.database = spec().name;
        manifest.point.started = manifest.point.instant = manifest.point.finished = instant;
        manifest.identity = "x";
        RecoveryPoint made = writer->commit(manifest).point;
        made.copies = {StoreName("local")};
        catalog->put_point(made);
        return made;
    }
    std::unique_ptr<LogWriter> begin(const RecoveryPoint& base) { return repositories->of(StoreName("local")).begin_log(spec().name, base.id); }

    // One transaction that writes `letter` over one page.
    void commit(LogWriter& log, std::size_t page, char letter, Instant when) {
        const std::string before = letters;
        letters[page] = letter;
        const Bytes bytes(kPageBytes, static_cast<std::byte>(letter));
        log.add_page(page, bytes, [before](std::uint64_t first, std::span<std::byte> out) {
            for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(before[first + i / kPageBytes]);
        });
        log.commit(when, when - 5ms, kPages, "mark");
        log.make_durable();
    }
    void keep_window(const LogWriter& log, const std::string& ended = "") {
        const LogStreamFacts& facts = log.facts();
        catalog->put_window({.database = spec().name, .stream = facts.stream, .store = StoreName("local"), .base = facts.base, .from = facts.from,
                             .until = facts.until, .transactions = facts.transactions, .bytes = facts.bytes, .precision = facts.precision, .ended = ended});
    }
    RecoveryTarget find(const char* before) { return find_target(installation(), spec().name, Before{at(before), std::nullopt}); }
    std::string restored(const RecoveryTarget& target) {
        const fs::path to = folder / fmt::format("restored-{}.db", ++restores);
        restore_point(installation(), {.point = target.point, .to = to.string(), .delta = false, .store = {}, .log = target.log, .over_live = false}, progress, {});
        const Bytes image = read_file(to, 1 << 20);
        std::string seen;
        for (std::size_t page = 0; page < image.size(); page += kPageBytes) seen += static_cast<char>(image[page]);
        return seen;
    }
    int restores = 0;
};

}  // namespace

TEST_CASE("without a log the point alone is the target", "[recovery][log]") {
    Logged f;
    const RecoveryPoint point = f.store_point(at("10:00:00"));
    const RecoveryTarget target = f.find("11:00:00");
    CHECK(target.point.id == point.id);
    CHECK_FALSE(target.log);
    CHECK(target.instant == point.instant);
}

TEST_CASE("the target is the last transaction strictly before the moment", "[recovery][log]") {
    Logged f;
    const auto log = f.begin(f.store_point(at("10:00:00")));
    f.commit(*log, 1, 'b', at("10:00:01.500"));
    f.commit(*log, 2, 'c', at("10:00:02.000"));
    f.commit(*log, 1, 'd', at("10:00:02.001"));
    f.keep_window(*log);

    CHECK(f.restored(f.find("10:00:01.500")) == "aaaaaaaa");
    CHECK(f.restored(f.find("10:00:01.501")) == "abaaaaaa");
    CHECK(f.restored(f.find("10:00:02")) == "abaaaaaa");
    CHECK(f.restored(f.find("10:00:02.001")) == "abcaaaaa");
    CHECK(f.restored(f.find("12:00:00")) == "adcaaaaa");
    CHECK(f.find("10:00:02").instant == at("10:00:01.500"));
    CHECK(f.restored(find_target(f.installation(), f.spec().name, std::nullopt)) == "adcaaaaa");
}

TEST_CASE("many transactions are bisected to the millisecond", "[recovery][log]") {
    Logged f;
    const auto log = f.begin(f.store_point(at("10:00:00")));
    for (int i = 0; i < 100; ++i) f.commit(*log, 3, static_cast<char>('A' + i % 26), at("10:00:01") + Duration(i));
    for (const int i : {0, 1, 37, 98, 99}) {
        const RecoveryTarget target = find_target(f.installation(), f.spec().name, Before{at("10:00:01") + Duration(i) + 1ms, std::nullopt});
        REQUIRE(target.log);
        CHECK(target.log->transaction == static_cast<std::uint64_t>(i) + 1);
    }
}

TEST_CASE("a point that is newer than the log's last transaction before the moment is the target", "[recovery][log]") {
    Logged f;
    const auto log = f.begin(f.store_point(at("10:00:00")));
    f.commit(*log, 1, 'b', at("10:00:05"));
    f.keep_window(*log);
    const RecoveryPoint newer = f.store_point(at("10:30:00"));
    CHECK(f.find("11:00:00").point.id == newer.id);
    CHECK_FALSE(f.find("11:00:00").log);
    CHECK(f.find("10:20:00").log);
}

TEST_CASE("in a hole of the log the state before it is the target, and the cause is said", "[recovery][log]") {
    Logged f;
    const auto log = f.begin(f.store_point(at("10:00:00")));
    f.commit(*log, 1, 'b', at("10:00:05"));
    f.keep_window(*log, "the log was reset while nobody watched");
    const RecoveryTarget target = f.find("10:45:00");
    CHECK(target.instant == at("10:00:05"));
    CHECK(target.note.find("reset while nobody watched") != std::string::npos);
    CHECK(f.find("10:00:06").note.empty());
}

TEST_CASE("a transaction can be named instead of a moment", "[recovery][log]") {
    Logged f;
    const auto log = f.begin(f.store_point(at("10:00:00")));
    f.commit(*log, 1, 'b', at("10:00:05"));
    f.commit(*log, 2, 'c', at("10:00:05"));
    f.commit(*log, 3, 'd', at("10:00:05"));
    f.keep_window(*log);
    const std::string stream = log->facts().stream.str();
    const auto before = [&](int number) { return read_transaction(f.installation(), f.spec().name, fmt::format("{}:{}", stream.substr(0, 12), number)); };

    CHECK(f.restored(find_target(f.installation(), f.spec().name, before(1))) == "aaaaaaaa");
    CHECK(f.restored(find_target(f.installation(), f.spec().name, before(2))) == "abaaaaaa");
    CHECK(f.restored(find_target(f.installation(), f.spec().name, before(3))) == "abcaaaaa");
    CHECK(before(3)->at == at("10:00:05"));
    CHECK(code_thrown_by([&] { before(4); }) == ErrorCode::Missing);
}

TEST_CASE("what is no transaction is left to be read as a time", "[recovery][log]") {
    Logged f;
    f.store_point(at("10:00:00"));
    for (const char* text : {"14:05", "2026-11-20 14:05", "20m ago", "01k8:7", "now"}) CHECK_FALSE(read_transaction(f.installation(), f.spec().name, text));
}

TEST_CASE("a log whose base is damaged is passed over", "[recovery][log]") {
    Logged f;
    const RecoveryPoint first = f.store_point(at("09:00:00"));
    const RecoveryPoint base = f.store_point(at("10:00:00"));
    const auto log = f.begin(base);
    f.commit(*log, 1, 'b', at("10:00:05"));
    f.keep_window(*log);
    f.catalog->record_verification({.point = base.id, .store = StoreName("local"), .at = at("11:00:00"), .sound = false, .depth = "checksum", .detail = ""});
    CHECK(f.find("11:00:00").point.id == first.id);
}

TEST_CASE("a log that no store has any more cannot be read, and the error says where to look", "[recovery][log]") {
    Logged f;
    f.store_point(at("10:00:00"));
    const auto error = error_thrown_by([&] { store_of_log(f.installation(), f.spec().name, {LogStreamId("01gone"), 3}); });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::CannotRecover);
    CHECK(error->hint.find("runbook timeline") != std::string::npos);
}
