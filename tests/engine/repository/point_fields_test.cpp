#include <catch2/catch.hpp>

#include "engine/base/error.hpp"
#include "engine/repository/point_format.hpp"

using namespace holdfast;

namespace {

PointManifest full_manifest() {
    PointManifest manifest;
    manifest.point.id = PointId("01kb00000000000000000000ab");
    manifest.point.database = DatabaseName("orders");
    manifest.point.kind = BackupKind::Incremental;
    manifest.point.started = from_millis(-5);
    manifest.point.instant = parse_rfc3339("2026-11-20T13:05:00.123Z").value();
    manifest.point.finished = parse_rfc3339("2026-11-20T13:06:00Z").value();
    manifest.point.source_bytes = std::uint64_t{1} << 40;
    manifest.point.read_bytes = 7;
    manifest.point.provenance.slot = parse_rfc3339("2026-11-20T13:00:00Z");
    manifest.point.provenance.why = "before accidental-deletion";
    manifest.point.provenance.key = "orders/incremental/1";
    manifest.identity = "inode 7";
    manifest.facts = {{"journal_mode", "wal"}, {"page_bytes", "4096"}};
    manifest.base = PointId("01kb00000000000000000000aa");
    manifest.files = {{.name = "main", .page_bytes = 4096, .bytes = 409'600, .mode = 0640}, {.name = "log", .page_bytes = 0, .bytes = 300, .mode = 0600}};
    return manifest;
}

}  // namespace

TEST_CASE("every field of a manifest is read back", "[repository][point]") {
    const PointManifest written = full_manifest();
    const PointManifest read = decode_manifest(encode_manifest(written));
    CHECK(read.point.id == written.point.id);
    CHECK(read.point.database == written.point.database);
    CHECK(read.point.kind == BackupKind::Incremental);
    CHECK(read.point.started == from_millis(-5));
    CHECK(read.point.instant == written.point.instant);
    CHECK(read.point.finished == written.point.finished);
    CHECK(read.point.source_bytes == written.point.source_bytes);
    CHECK(read.point.read_bytes == 7);
    CHECK(read.point.provenance == written.point.provenance);
    CHECK(read.identity == "inode 7");
    CHECK(read.facts == written.facts);
    CHECK(read.base == written.base);
    REQUIRE(read.files.size() == 2);
    CHECK(read.files[0].name == "main");
    CHECK(read.files[0].page_bytes == 4096);
    CHECK(read.files[0].bytes == 409'600);
    CHECK(read.files[0].mode == 0640);
    CHECK(read.files[1].page_bytes == 0);
}

TEST_CASE("what is not said in a manifest stays unsaid", "[repository][point]") {
    PointManifest written = full_manifest();
    written.base.reset();
    written.point.provenance.slot.reset();
    const PointManifest read = decode_manifest(encode_manifest(written));
    CHECK_FALSE(read.base);
    CHECK_FALSE(read.point.provenance.slot);
}

TEST_CASE("a manifest that is cut anywhere is refused or read without crashing", "[repository][point]") {
    const Bytes whole = encode_manifest(full_manifest());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        try {
            decode_manifest(ByteView(whole).first(size));
        } catch (const Error& error) {
            INFO("cut to " << size << " bytes: " << error.message);
            CHECK((error.code == ErrorCode::Corrupt || error.code == ErrorCode::Unavailable));
        }
    }
}
