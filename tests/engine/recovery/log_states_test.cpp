#include "engine/recovery/log_states.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/repository/log.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// A point of four pages, and ten transactions a second apart from then on.
struct TenTransactions : InstallationFixture {
    RecoveryPoint point;
    LogStreamId stream;
    Instant base = clock.now();

    TenTransactions() {
        Repository& repository = repositories->of_or_create(StoreName("local"));
        const auto image = repository.begin_image(spec().name, policy.compression, std::nullopt, progress, {});
        const auto zeros = [](std::uint64_t, std::span<std::byte> out) { std::ranges::fill(out, std::byte{1}); };
        image->add_pages({.name = "main", .page_bytes = 4096, .bytes = 4 * 4096, .mode = 0600}, zeros);
        PointManifest manifest;
        manifest.point.database = spec().name;
        manifest.point.started = manifest.point.instant = manifest.point.finished = base;
        point = image->commit(manifest).point;
        point.copies = {StoreName("local")};
        catalog->put_point(point);
        const auto writer = repository.begin_log(spec().name, point.id);
        stream = writer->facts().stream;
        for (int number = 1; number <= 10; ++number) {
            writer->add_page(2, Bytes(4096, static_cast<std::byte>(number)), zeros);
            clock.advance(std::chrono::seconds(1));
            writer->commit(clock.now(), clock.now() - Duration(5), 4, "mark");
        }
        writer->make_durable();
    }
    std::pair<std::uint64_t, std::uint64_t> between(Instant after, Instant before) {
        const auto spans = log_spans(installation(), spec().name, after, before);
        return spans.empty() ? std::pair<std::uint64_t, std::uint64_t>{0, 0} : std::pair{spans.at(0).first, spans.at(0).last};
    }
};

using Numbers = std::pair<std::uint64_t, std::uint64_t>;

}  // namespace

TEST_CASE("transactions after one moment and strictly before another are counted", "[recovery][log]") {
    TenTransactions f;
    const auto second = [&](int number) { return f.base + std::chrono::seconds(number); };
    CHECK(f.between(Instant::min(), Instant::max()) == Numbers{1, 10});
    CHECK(f.between(second(3), second(7)) == Numbers{4, 6});
    CHECK(f.between(second(3) - Duration(1), second(7) + Duration(1)) == Numbers{3, 7});
    CHECK(f.between(second(3), second(4)) == Numbers{0, 0});
    CHECK(f.between(second(10), Instant::max()) == Numbers{0, 0});
    CHECK(f.between(Instant::min(), second(1)) == Numbers{0, 0});
}

TEST_CASE("a transaction is a state of its own", "[recovery][log]") {
    TenTransactions f;
    const LogSpan span = log_spans(f.installation(), f.spec().name, Instant::min(), Instant::max()).at(0);
    CHECK(span.store == StoreName("local"));
    const RecoveryTarget target = state_in(f.installation(), span, 4);
    CHECK(target.log == LogPosition{f.stream, 4});
    CHECK(target.point.id == f.point.id);
    CHECK(target.instant == f.base + std::chrono::seconds(4));
    CHECK(code_thrown_by([&] { state_in(f.installation(), span, 11); }).has_value());
}

TEST_CASE("a log whose base is damaged is left out", "[recovery][log]") {
    TenTransactions f;
    f.catalog->record_verification({.point = f.point.id, .store = StoreName("local"), .at = f.clock.now(), .sound = false, .depth = "checksum", .detail = ""});
    CHECK(f.between(Instant::min(), Instant::max()) == Numbers{0, 0});
}
