#include "providers/databases/sqlite/log_capture.hpp"

#include <catch2/catch.hpp>

#include "tests/support/capture_fixture.hpp"
#include "tests/support/other_process.hpp"
#include "tests/support/sqlite_reference.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// Each transaction counts one more and is sound.
void check_every_commit(CaptureFixture& fixture) {
    auto last = std::make_shared<std::optional<std::int64_t>>(fixture.count());
    REQUIRE(*last);
    fixture.image->on_commit = [&fixture, last] {
        const auto now = fixture.count();
        if (!now || *now != **last + 1) {
            fixture.image->complaints.push_back("commit " + std::to_string(fixture.image->commits.size()) + " counts " + std::to_string(now.value_or(-1)) +
                                                " after " + std::to_string(last->value_or(-1)));
        }
        *last = now ? now : *last;
    };
}

}  // namespace

TEST_CASE("what was committed after a point comes transaction by transaction", "[sqlite][log]") {
    CaptureFixture fixture;
    CountingWriter writer(fixture.path);
    writer.connection().execute("PRAGMA wal_autocheckpoint=0");
    writer.checkpoints = false;
    writer.work(0);
    fixture.back_up();
    for (unsigned round = 1; round <= 30; ++round) writer.work(round);
    check_every_commit(fixture);
    CHECK(fixture.once().end == CaptureEnd::CaughtUp);
    CHECK(fixture.image->commits.size() == 30);
    CHECK(fixture.count() == 31);
    // And goes on behind the last mark.
    CHECK(fixture.once().end == CaptureEnd::CaughtUp);
    CHECK(fixture.image->commits.size() == 30);
    writer.work(31);
    CHECK(fixture.once().end == CaptureEnd::CaughtUp);
    CHECK(fixture.image->commits.size() == 31);
    CHECK(fixture.image->complaints == std::vector<std::string>{});
}

TEST_CASE("nothing is lost while another process writes, checkpoints and resets the log", "[sqlite][log]") {
    const auto [page_bytes, auto_vacuum] = GENERATE(table<std::uint32_t, bool>({{512, false}, {1024, true}, {4096, false}, {65536, true}}));
    CAPTURE(page_bytes);
    CaptureFixture fixture(page_bytes, auto_vacuum);
    CountingWriter writer(fixture.path);
    writer.savepoints = page_bytes < 4096;
    OtherProcess process([&](unsigned round) { writer.work(round); });
    process.wait_for_rounds(3);
    fixture.limits = {.settle_bytes = 64U << 10, .barrier_bytes = 128U << 10};
    fixture.open();
    fixture.back_up();
    check_every_commit(fixture);
    Following following(fixture);
    process.wait_for_rounds(150);
    CHECK(process.stop());
    CHECK(following.stop().end == CaptureEnd::Stopped);
    CHECK(following.result.why == "");
    CHECK(following.error.has_value() == false);
    CHECK(fixture.image->complaints == std::vector<std::string>{});
    CHECK(fixture.image->commits.size() >= 150);
    CHECK((fixture.image->durable == fixture.image->image));
    CHECK(fixture.image->befores_read > 0);
    CHECK(CountingWriter::content_of(fixture.path) == CountingWriter::content_of(fixture.folder / "captured.db"));
    fixture.capture.reset();
    if (!writer.savepoints) CHECK((fixture.image->image == settled_bytes_of(fixture.path, fixture.folder.path())));
}
