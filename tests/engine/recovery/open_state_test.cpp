#include "engine/recovery/open_state.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

struct Stored : InstallationFixture {
    RecoveryPoint point;

    Stored() {
        Connection::open_own(live()).execute("PRAGMA wal_checkpoint(TRUNCATE)");
        const Bytes image = read_file(live(), 1 << 28);
        const auto writer = repositories->of_or_create(StoreName("local")).begin_image(spec().name, policy.compression, std::nullopt, progress, {});
        writer->add_pages({.name = "main", .page_bytes = 4096, .bytes = image.size(), .mode = 0600},
                          [&](std::uint64_t first, std::span<std::byte> out) {
                              std::copy_n(image.begin() + static_cast<std::ptrdiff_t>(first * 4096), out.size(), out.begin());
                          });
        PointManifest manifest;
        manifest.point.database = spec().name;
        manifest.point.started = manifest.point.instant = manifest.point.finished = clock.now();
        point = writer->commit(manifest).point;
        point.copies = {StoreName("local")};
        catalog->put_point(point);
    }
    void damage_packs() {
        for (const auto& entry : fs::recursive_directory_iterator(store_folder("local") / "packs")) {
            if (!entry.is_regular_file()) continue;
            Bytes bytes = read_file(entry.path(), 1U << 28);
            for (std::size_t at = bytes.size() / 4; at < bytes.size() / 2; ++at) bytes[at] ^= std::byte{0x55};
            fs::permissions(entry.path(), fs::perms::owner_all);
            write_file_durably(entry.path(), bytes);
        }
    }
};

}  // namespace

TEST_CASE("a point answers SQL without being restored", "[recovery][state]") {
    Stored f;
    const auto state = open_state(f.installation(), target_of_point(f.point), f.progress, {});
    const auto rows = state->sql().query("SELECT count(*) FROM orders", {});
    CHECK(*rows->next() == SqlRow{std::int64_t{200}});
    CHECK(state->store() == StoreName("local"));
    CHECK(state->target().instant == f.point.instant);
    CHECK(state->fetched_bytes() > 0);
}

TEST_CASE("damage in the repository is told with the point and the store", "[recovery][state]") {
    Stored f;
    f.damage_packs();
    f.reopen();
    const auto error = error_thrown_by([&] {
        const auto state = open_state(f.installation(), target_of_point(f.point), f.progress, {});
        state->sql().query("SELECT sum(cents) FROM orders", {})->next();
    });
    REQUIRE(error);
    CHECK(error->code == ErrorCode::Corrupt);
    CHECK_THAT(error->message, Catch::Contains("read " + f.point.id.str() + " from local"));
}

TEST_CASE("a store that is away is said", "[recovery][state]") {
    Stored f;
    f.reopen();
    fs::remove_all(f.store_folder("local"));
    CHECK(code_thrown_by([&] { open_state(f.installation(), target_of_point(f.point), f.progress, {}); }).has_value());
}
