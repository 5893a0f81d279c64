#include "engine/repository/point_format.hpp"

#include "engine/repository/codec.hpp"
#include "engine/repository/tagged.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

const DatabaseName kShop{"shop"};
const PointId kPoint{"01jznk8w3xq5m9c2v7b4h6t0ra"};
const PointName kName{kShop, kPoint};

PointManifest small_manifest() {
    PointManifest manifest;
    manifest.point.id = kPoint;
    manifest.point.database = kShop;
    manifest.files = {{.name = "main", .page_bytes = 4096, .bytes = 40 * 4096, .mode = 0640}, {.name = "log", .page_bytes = 0, .bytes = 300, .mode = 0600}};
    return manifest;
}

PointManifest full_manifest() {
    PointManifest manifest = small_manifest();
    RecoveryPoint& point = manifest.point;
    point.engine = EngineKind::Postgres;
    point.kind = BackupKind::Incremental;
    point.started = instant("2026-03-01T00:00:00.001Z");
    point.instant = instant("2026-03-01T00:00:01Z");
    point.finished = instant("2026-03-01T00:00:02Z");
    point.source_bytes = 1ull << 40;
    point.read_bytes = 1ull << 33;
    point.stored_bytes = 12345;
    point.pinned = true;
    point.keep_until = instant("2027-01-01T00:00:00Z");
    point.provenance = {.policy_commit = "0123abcd", .policy_dirty = true, .policy_hash = "ffee", .slot = instant("2026-03-01T00:00:00Z"), .host = "db1", .user = "backup", .version = "1.0", .why = "before the migration", .key = "job-7"};
    manifest.identity = "system 42";
    manifest.facts = {{"wal", "0/16B3748"}, {"empty", ""}};
    manifest.base = PointId("01jznk8w3xq5m9c2v7b4h6t0rb");
    return manifest;
}

void check_same(const PointManifest& a, const PointManifest& b) {
    CHECK(a.point == b.point);
    CHECK(a.identity == b.identity);
    CHECK(a.facts == b.facts);
    CHECK(a.base == b.base);
    REQUIRE(a.files.size() == b.files.size());
    for (std::size_t i = 0; i < a.files.size(); ++i) {
        CHECK(a.files[i].name == b.files[i].name);
        CHECK(a.files[i].page_bytes == b.files[i].page_bytes);
        CHECK(a.files[i].bytes == b.files[i].bytes);
        CHECK(a.files[i].mode == b.files[i].mode);
    }
}

PointMap small_map(const KeyId& owner) {
    PointMap map;
    map.packs.push_back({.id = pack_id(1), .owner = owner, .key = {}, .added = true});
    map.packs.push_back({.id = pack_id(2), .owner = key_id(7), .key = Secret(random_content(32, 1)), .added = false});
    map.files.resize(2);
    map.files[0].pages.append({.kind = MapRun::Kind::Stored, .pack = 0, .first = 0, .count = 30, .address = 5});
    map.files[0].pages.append({.kind = MapRun::Kind::Zero, .pack = 0, .first = 0, .count = 4, .address = 0});
    map.files[0].pages.append({.kind = MapRun::Kind::Stored, .pack = 1, .first = 0, .count = 6, .address = 0});
    map.files[1].pieces = {{0, 40, 100}, {0, 41, 200}};
    return map;
}

void check_same(const PointMap& a, const PointMap& b) {
    REQUIRE(a.packs.size() == b.packs.size());
    for (std::size_t i = 0; i < a.packs.size(); ++i) {
        CHECK(a.packs[i].id == b.packs[i].id);
        CHECK(a.packs[i].owner == b.packs[i].owner);
        CHECK(a.packs[i].added == b.packs[i].added);
        REQUIRE(a.packs[i].key.has_value() == b.packs[i].key.has_value());
        if (a.packs[i].key) CHECK(equal_in_constant_time(a.packs[i].key->reveal(), b.packs[i].key->reveal()));
    }
    REQUIRE(a.files.size() == b.files.size());
    for (std::size_t i = 0; i < a.files.size(); ++i) {
        CHECK(a.files[i].pages == b.files[i].pages);
        CHECK(a.files[i].pieces == b.files[i].pieces);
    }
}

struct PointBench : KeyedStore {
    explicit PointBench(Suite suite = Suite::Aes256Gcm) : KeyedStore(suite), owner(keys->writing_key(kShop)) {}
    Bytes sealed(const PointManifest& manifest) { return seal_point(*keys, owner, manifest, small_map(owner)); }
    std::optional<ErrorCode> code_of(const PointName& name, const Bytes& object) {
        return code_thrown_by([&] { open_point(*keys, name, object); });
    }
    KeyId owner;
};

}  // namespace

TEST_CASE("a manifest keeps everything that a point is", "[repository][point-format]") {
    check_same(decode_manifest(encode_manifest(full_manifest())), full_manifest());
    check_same(decode_manifest(encode_manifest(small_manifest())), small_manifest());
}

TEST_CASE("a point is opened as it was sealed", "[repository][point-format]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        PointBench bench(suite);
        const OpenedPoint point = open_point(*bench.keys, kName, bench.sealed(full_manifest()));
        CHECK(point.owner == bench.owner);
        check_same(point.manifest, full_manifest());
        check_same(point.map, small_map(bench.owner));
    }
}

TEST_CASE("a manifest is read without its map however long it is", "[repository][point-format]") {
    PointBench bench;
    for (const std::size_t facts : {std::size_t{0}, std::size_t{20'000}}) {
        PointManifest manifest = small_manifest();
        std::mt19937_64 random(1);
        for (std::size_t i = 0; i < facts; ++i) manifest.facts[std::to_string(random())] = std::to_string(random());
        Bytes object = bench.sealed(manifest);
        object.back() ^= std::byte{1};   // In the map.
        bench.store.put(point_object(kShop, kPoint), object);
        check_same(read_point_manifest(bench.store, *bench.keys, kName), manifest);
        CHECK(code_thrown_by([&] { read_point(bench.store, *bench.keys, kName); }) == ErrorCode::Corrupt);
    }
    CHECK(code_thrown_by([&] { read_point_manifest(bench.store, *bench.keys, {kShop, PointId("01jznk8w3xq5m9c2v7b4h6t0rz")}); }) == ErrorCode::Missing);
}

TEST_CASE("a point opens under its own name and database alone", "[repository][point-format]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        PointBench bench(suite);
        const Bytes object = bench.sealed(small_manifest());
        REQUIRE_FALSE(bench.code_of(kName, object));
        CHECK(bench.code_of({kShop, PointId("01jznk8w3xq5m9c2v7b4h6t0rb")}, object) == ErrorCode::Corrupt);
        CHECK(bench.code_of({DatabaseName("books"), kPoint}, object) == ErrorCode::Corrupt);
    }
}

TEST_CASE("a point with one bit changed or cut anywhere is refused", "[repository][point-format]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        PointBench bench(suite);
        const Bytes object = bench.sealed(small_manifest());
        std::size_t opened = 0;
        std::set<ErrorCode> codes;
        each_flipped_bit(object, [&](const Bytes& flipped) {
            const auto code = bench.code_of(kName, flipped);
            opened += code ? 0u : 1u;
            if (code) codes.insert(*code);
        });
        CHECK(opened == 0);
        codes.erase(ErrorCode::Corrupt);
        codes.erase(ErrorCode::Unavailable);   // A newer version, by its magic.
        codes.erase(ErrorCode::Missing);       // Another data key.
        CHECK(codes.empty());
        each_truncation(object, [&](const Bytes& part) { CHECK(bench.code_of(kName, part) == ErrorCode::Corrupt); });
    }
}

TEST_CASE("two points never share a key", "[repository][point-format]") {
    PointBench bench;
    std::set<Bytes> salts;
    for (int i = 0; i < 50; ++i) salts.insert(to_bytes(ByteView(bench.sealed(small_manifest())).subspan(32, 16)));
    CHECK(salts.size() == 50);
}

TEST_CASE("the point of a destroyed key cannot be recovered and one whose key is away is missing it", "[repository][point-format]") {
    PointBench bench;
    const Bytes object = bench.sealed(small_manifest());
    const std::string key = bench.names("data-keys/").at(0);
    const Bytes key_object = bench.object(key);
    bench.store.remove(key);
    bench.keys->reload();
    CHECK(bench.code_of(kName, object) == ErrorCode::Missing);
    bench.store.put(key, key_object);
    bench.keys->reload();
    bench.keys->announce_destruction(kShop, {});
    bench.keys->destroy_announced();
    bench.keys->reload();
    CHECK(bench.code_of(kName, object) == ErrorCode::CannotRecover);
    CHECK(code_thrown_by([&] { bench.sealed(small_manifest()); }) == ErrorCode::Changed);
}

TEST_CASE("the parts of a point must fill it", "[repository][point-format]") {
    const auto header = [](std::uint32_t manifest, std::uint64_t map) {
        ByteWriter writer;
        write_magic(writer, kPointMagic);
        writer.raw(Bytes(8 + 16 + 16));
        writer.u32(manifest);
        writer.u32(0);
        writer.u64(map);
        return writer.take();
    };
    CHECK(decode_point_header(header(100, 200), 364).manifest_bytes == 100);
    const std::vector<std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>> bad{
        {100, 200, 363}, {100, 200, 365}, {0xffffffffu, 200, 364}, {100, ~std::uint64_t{0}, 364}, {100, 0, 63}, {0, ~std::uint64_t{63}, 0},
        {(256u << 20) + 1, 0, 64 + (256u << 20) + 1}, {0, (1u << 30) + 1, 64 + (1ull << 30) + 1}};
    for (const auto& [manifest, map, size] : bad) {
        CHECK(code_thrown_by([&, m = manifest, n = map, s = size] { decode_point_header(header(m, n), s); }) == ErrorCode::Corrupt);
    }
}

TEST_CASE("a manifest that is cut or changed is refused or another", "[repository][point-format]") {
    const Bytes plain = encode_manifest(full_manifest());
    each_truncation(plain, [&](const Bytes& part) { refuses([&] { decode_manifest(part); }); });
    each_flipped_bit(plain, [&](const Bytes& flipped) { refuses([&] { encode_manifest(decode_manifest(flipped)); }); });
}

TEST_CASE("files that cannot be are refused", "[repository][point-format]") {
    const auto code_of_file = [](const PointFile& file) {
        PointManifest manifest = small_manifest();
        manifest.files = {file};
        return code_thrown_by([&] { decode_manifest(encode_manifest(manifest)); });
    };
    CHECK_FALSE(code_of_file({.name = "main", .page_bytes = 512, .bytes = 1024, .mode = 0600}));
    CHECK(code_of_file({.name = "", .page_bytes = 512, .bytes = 1024, .mode = 0600}) == ErrorCode::Corrupt);
    CHECK(code_of_file({.name = "main", .page_bytes = 512, .bytes = 1000, .mode = 0600}) == ErrorCode::Corrupt);
    CHECK(code_of_file({.name = "main", .page_bytes = (4u << 20) + 1, .bytes = (4u << 20) + 1, .mode = 0600}) == ErrorCode::Corrupt);
    CHECK(code_of_file({.name = "main", .page_bytes = 0, .bytes = (1ull << 56) + 1, .mode = 0600}) == ErrorCode::Corrupt);
    CHECK(code_of_file({.name = "main", .page_bytes = 1, .bytes = ~std::uint64_t{0}, .mode = 0600}) == ErrorCode::Corrupt);
}

TEST_CASE("an engine or kind that is not known needs a newer version", "[repository][point-format]") {
    for (const std::uint64_t tag : {std::uint64_t{6}, std::uint64_t{8}}) {
        for (const std::uint64_t number : {std::uint64_t{200}, ~std::uint64_t{0}}) {
            TagWriter fields;
            fields.number(tag, number);
            CHECK(code_thrown_by([&] { decode_manifest(fields.take()); }) == ErrorCode::Unavailable);
        }
    }
}

TEST_CASE("a map that does not fit its manifest is refused", "[repository][point-format]") {
    const PointManifest manifest = small_manifest();
    const Bytes plain = encode_point_map(manifest, small_map(key_id(1)));
    check_same(decode_point_map(plain, manifest), small_map(key_id(1)));
    PointManifest other = manifest;
    other.files.pop_back();
    CHECK(refuses([&] { decode_point_map(plain, other); }));
    other = manifest;
    other.files.push_back(other.files[1]);
    CHECK(refuses([&] { decode_point_map(plain, other); }));
    other = manifest;
    std::swap(other.files[0], other.files[1]);
    CHECK(refuses([&] { decode_point_map(plain, other); }));
    other = manifest;
    other.files[0].bytes += 4096;
    CHECK(refuses([&] { decode_point_map(plain, other); }));
    each_flipped_bit(plain, [&](const Bytes& flipped) { refuses([&] { decode_point_map(flipped, manifest); }); });
    each_truncation(plain, [&](const Bytes& part) { CHECK(refuses([&] { decode_point_map(part, manifest); })); });
}

TEST_CASE("packs of nobody and counts that are too large are refused", "[repository][point-format]") {
    const auto code_of = [](const std::function<void(ByteWriter&)>& owners, const std::function<void(ByteWriter&)>& packs) {
        ByteWriter owner_list, pack_list;
        owners(owner_list);
        packs(pack_list);
        TagWriter fields;
        fields.bytes(2, owner_list.bytes());
        fields.bytes(4, pack_list.bytes());
        return code_thrown_by([&] { decode_point_map(fields.take(), {}); });
    };
    const auto one_owner = [](ByteWriter& writer) { writer.varint(1), writer.raw(key_id(1).bytes); };
    const auto pack = [](std::uint64_t owner, std::size_t key_bytes) {
        return [=](ByteWriter& writer) { writer.varint(1), writer.raw(pack_id(1).bytes), writer.varint(owner), writer.sized(Bytes(key_bytes)); };
    };
    CHECK_FALSE(code_of(one_owner, pack(0, 0)));
    CHECK_FALSE(code_of(one_owner, pack(1, 32)));
    CHECK(code_of(one_owner, pack(2, 0)) == ErrorCode::Corrupt);
    CHECK(code_of(one_owner, pack(~std::uint64_t{0}, 0)) == ErrorCode::Corrupt);
    CHECK(code_of(one_owner, pack(0, 31)) == ErrorCode::Corrupt);
    CHECK(code_of(one_owner, pack(0, 33)) == ErrorCode::Corrupt);
    for (const std::uint64_t count : {std::uint64_t{2}, ~std::uint64_t{0}}) {
        CHECK(code_of([=](ByteWriter& writer) { writer.varint(count), writer.raw(key_id(1).bytes); }, pack(0, 0)) == ErrorCode::Corrupt);
        CHECK(code_of(one_owner, [=](ByteWriter& writer) { writer.varint(count), writer.raw(Bytes(18)); }) == ErrorCode::Corrupt);
    }
}
