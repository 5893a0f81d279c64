// The format is what FORMAT.md says: a reader in another language, written from it alone, restores what this program wrote.
#include <fstream>
#include <iterator>
#include <random>

#include "engine/base/process.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/repository/log.hpp"
#include "engine/repository/repository.hpp"
#include "engine/repository/wal_archive.hpp"
#include "providers/stores/local/local_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

constexpr std::uint32_t kPageBytes = 4096;
const std::string kHexKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const std::string kBase64Key = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=";
const std::string kPassphrase = "correct horse battery staple";

using Content = std::map<std::string, Bytes>;   // A database's files.

// Pages that compress, pages that do not, pages of zeros, by turns of 16.
Bytes some_pages(std::size_t pages, unsigned seed) {
    std::mt19937_64 dice(seed);
    Bytes bytes(pages * kPageBytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t kind = i / kPageBytes / 16 % 3;
        if (kind != 2) bytes[i] = static_cast<std::byte>(kind == 0 ? dice() % 5 : dice());
    }
    return bytes;
}

Bytes some_text(std::size_t size, unsigned seed) {
    std::mt19937_64 dice(seed);
    Bytes bytes(size);
    for (std::byte& b : bytes) b = static_cast<std::byte>('a' + dice() % 20);
    return bytes;
}

void change_page(Bytes& file, std::size_t page, unsigned seed) {
    std::mt19937_64 dice(seed);
    for (std::size_t i = 0; i < kPageBytes; ++i) file[page * kPageBytes + i] = static_cast<std::byte>(dice());
}

// Of which a delta is made.
void change_row(Bytes& file, std::size_t page, unsigned seed) {
    std::mt19937_64 dice(seed);
    for (std::size_t i = 0; i < 40; ++i) file[page * kPageBytes + 1000 + i] = static_cast<std::byte>(dice());
}

ReadPages pages_of(const Bytes& file) {
    return [&file](std::uint64_t first, std::span<std::byte> out) {
        std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(first * kPageBytes), out.size(), out.begin());
    };
}

ReadBytes bytes_of(const Bytes& file) {
    return [&file, at = std::size_t{0}](std::span<std::byte> out) mutable {
        const std::size_t size = std::min(out.size(), file.size() - at);
        std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(at), size, out.begin());
        at += size;
        return size;
    };
}

Bytes read_all(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    return to_bytes(as_bytes(text));
}

// One repository in a folder, and both readers of it.
class Workbench {
public:
    explicit Workbench(std::string key, bool use_aes = true) : key_(std::move(key)) {
        const RepositoryOptions options{.clock = &clock, .cache = folder / "cache", .workers = 2, .use_aes = use_aes};
        repository = Repository::create(*store, MasterKey{Secret(key_)}, options);
    }

    // Files called "main…" are pages, others streams.
    PointId back_up(const std::string& database, const Content& content, const CompressionSpec& compression, std::optional<PointId> base = {}) {
        clock.advance(std::chrono::minutes(1));
        const auto writer = repository->begin_image(DatabaseName(database), compression, base, progress, {});
        for (const auto& [name, bytes] : content) {
            if (name.starts_with("main")) writer->add_pages({name, kPageBytes, bytes.size(), 0600}, pages_of(bytes));
            else writer->add_bytes({name, 0, bytes.size(), 0600}, bytes_of(bytes));
        }
        PointManifest manifest;
        manifest.point.kind = base ? BackupKind::Incremental : BackupKind::Full;
        manifest.point.instant = clock.now();
        manifest.facts["page size"] = "4096";
        return writer->commit(manifest).point.id;
    }

    ProcessResult read(std::vector<std::string> arguments, const std::string& key) const {
        arguments.insert(arguments.begin(), {"/usr/bin/python3", "-B", HOLDFAST_SOURCE_DIR "/tests/reader/read_repository.py", (folder / "store").string()});
        ProcessOptions options;
        options.add_environment["BACKUP_ENCRYPTION_KEY"] = key;
        return run_process(arguments, options);
    }
    ProcessResult read(const std::vector<std::string>& arguments) const { return read(arguments, key_); }

    // What the second reader makes of a point. Fails the test where it refuses.
    Content restored(const std::string& database, const PointId& point) const {
        const TemporaryFolder target;
        const ProcessResult result = read({"restore", database, point.str(), target.path().string()});
        INFO(result.errors);
        REQUIRE(result.ok());
        Content content;
        for (const auto& entry : fs::recursive_directory_iterator(target.path())) {
            if (entry.is_regular_file()) content[fs::relative(entry.path(), target.path()).string()] = read_all(entry.path());
        }
        return content;
    }

    std::vector<fs::path> objects(const std::string& below) const {
        std::vector<fs::path> paths;
        if (!fs::exists(folder / "store" / below)) return paths;
        for (const auto& entry : fs::recursive_directory_iterator(folder / "store" / below)) {
            if (entry.is_regular_file()) paths.push_back(entry.path());
        }
        return paths;
    }

    TemporaryFolder folder;
    ManualClock clock{"2026-03-29T12:00:00Z"};
    NoProgress progress;
    std::unique_ptr<Store> store = open_local_store({StoreName("here"), "file://" + (folder / "store").string(), {}, {}});
    std::unique_ptr<Repository> repository;

private:
    std::string key_;
};

CompressionSpec with(CompressionKind kind) { return {kind, {}}; }

// Two databases that share content; a full, an incremental and a stream.
void check_everything_is_restored(Workbench& bench, const CompressionSpec& compression) {
    const Content full{{"main", some_pages(300, 1)}, {"base/16384/wal", some_text(1'500'000, 2)}, {"empty", {}}, {"main-empty", {}}};
    Content later = full;
    for (const std::size_t page : {0U, 7U, 8U, 50U, 255U, 299U}) change_page(later["main"], page, 3);
    for (const std::size_t page : {1U, 2U, 20U, 70U, 150U, 290U}) change_row(later["main"], page, 6);
    std::fill_n(later["main"].begin() + 100 * kPageBytes, 2 * kPageBytes, std::byte{0});
    const Bytes more = some_pages(40, 4);
    later["main"].insert(later["main"].end(), more.begin(), more.end());
    const Content other{{"main", some_pages(300, 1)}, {"notes", some_text(70'000, 5)}};

    const PointId first = bench.back_up("orders.eu", full, compression);
    const PointId second = bench.back_up("orders.eu", later, compression, first);
    Content last = later;
    for (const std::size_t page : {2U, 3U, 71U, 260U}) change_row(last["main"], page, 7);
    const PointId third = bench.back_up("billing", other, compression);
    const PointId fourth = bench.back_up("orders.eu", last, compression, second);

    CHECK(bench.restored("orders.eu", first) == full);
    CHECK(bench.restored("orders.eu", second) == later);
    CHECK(bench.restored("billing", third) == other);
    CHECK(bench.restored("orders.eu", fourth) == last);
    bench.repository->set_pin(DatabaseName("orders.eu"), first, {.pinned = true, .keep_until = std::nullopt});
    bench.repository->set_pin(DatabaseName("billing"), third, {.pinned = false, .keep_until = parse_rfc3339("2026-12-24T18:00:00Z")});
    const ProcessResult list = bench.read({"list"});
    CHECK(list.errors.empty());
    CHECK(list.output.find("orders.eu " + first.str() + " full 2026-03-29T12:01:00.000Z") != std::string::npos);
    CHECK(list.output.find(" pinned\n") != std::string::npos);
    CHECK(list.output.find(" until:2026-12-24T18:00:00.000Z\n") != std::string::npos);
    CHECK(list.output.find("orders.eu " + second.str() + " incremental 2026-03-29T12:02:00.000Z") != std::string::npos);
    CHECK(list.output.find("billing " + third.str() + " full") != std::string::npos);
}

// Transactions that change, clear, cut off and add pages; half of them merged, the oldest folded.
void check_every_transaction_is_restored(Workbench& bench) {
    const DatabaseName orders("orders.eu");
    Bytes live = some_pages(60, 1);
    const PointId base = bench.back_up("orders.eu", {{"main", live}}, {});
    const auto writer = bench.repository->begin_log(orders, base);
    std::vector<Bytes> states{live};
    Bytes durable = live;
    std::mt19937_64 dice(5);
    for (unsigned number = 1; number <= 30; ++number) {
        if (number % 10 == 4) live.resize((30 + number) * kPageBytes);
        std::set<std::uint64_t> pages;
        for (int i = 0; i < 4; ++i) pages.insert(dice() % (live.size() / kPageBytes));
        for (const std::uint64_t page : pages) {
            if (dice() % 4 == 0) change_page(live, page, number);
            else if (dice() % 4 == 0) std::fill_n(live.begin() + static_cast<std::ptrdiff_t>(page * kPageBytes), kPageBytes, std::byte{0});
            else live[page * kPageBytes + number] ^= std::byte{1};
            writer->add_page(page, ByteView(live).subspan(page * kPageBytes, kPageBytes), pages_of(durable));
        }
        bench.clock.advance(std::chrono::seconds(1));
        writer->commit(bench.clock.now(), bench.clock.now(), live.size() / kPageBytes, "mark");
        writer->make_durable();
        durable = live;
        states.push_back(live);
        if (number == 20) {
            bench.clock.advance(std::chrono::hours(1));
            bench.repository->compact_log(orders, writer->facts().stream, {parse_rfc3339("2026-03-29T12:01:10Z")}, bench.progress, {});
        }
    }
    const std::string stream = writer->facts().stream.str();
    for (const std::size_t number : {9U, 12U, 20U, 24U, 30U}) {
        const TemporaryFolder target;
        const ProcessResult result = bench.read({"restore-log", "orders.eu", stream, std::to_string(number), target.path().string()});
        INFO("transaction " << number << " " << result.errors);
        REQUIRE(result.ok());
        CHECK((read_all(target / "main") == states[number]));
    }
    const TemporaryFolder target;
    CHECK(bench.read({"restore-log", "orders.eu", stream, "31", target.path().string()}).errors.find("is not there") != std::string::npos);
}

struct Shop {
    PointId orders, billing;
    Content orders_content, billing_content;
};

// Two databases share the beginning of one pack, of which the middle is not needed any more; then it is repacked.
Shop repack_what_two_share(Workbench& bench) {
    const Bytes full = some_pages(300, 1);
    Shop shop;
    shop.orders_content["main"] = full;
    for (std::size_t page = 0; page < 192; ++page) change_page(shop.orders_content["main"], page, 3);
    shop.billing_content["main"] = Bytes(full.begin(), full.begin() + 64 * kPageBytes);
    const PointId first = bench.back_up("orders", {{"main", full}}, {});
    shop.orders = bench.back_up("orders", shop.orders_content, {}, first);
    shop.billing = bench.back_up("billing", shop.billing_content, {});
    REQUIRE(bench.repository->forget(DatabaseName("orders"), first));
    std::uint64_t repacked = 0, removed = 0;
    for (int i = 0; i < 3; ++i) {
        bench.clock.advance(std::chrono::hours(1));
        const CollectReport report = bench.repository->collect(Duration(0), 0.99, bench.progress, {});
        repacked += report.packs_repacked;
        removed += report.packs_removed;
    }
    REQUIRE(repacked > 0);
    REQUIRE(removed > 0);
    REQUIRE_FALSE(bench.objects("moved").empty());
    return shop;
}

void flip_a_bit(const fs::path& path, std::uint64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
}

}  // namespace

TEST_CASE("a second reader restores what was sealed with a key in hexadecimal", "[reader]") {
    Workbench bench(kHexKey);
    check_everything_is_restored(bench, with(CompressionKind::Zstd));
}

TEST_CASE("a second reader restores what was sealed with a key in base64 and compressed with gzip", "[reader]") {
    Workbench bench(kBase64Key);
    check_everything_is_restored(bench, with(CompressionKind::Gzip));
}

TEST_CASE("a second reader restores what was sealed with a passphrase and not compressed", "[reader]") {
    Workbench bench(kPassphrase);
    check_everything_is_restored(bench, with(CompressionKind::None));
}

TEST_CASE("a second reader restores what was not sealed at all", "[reader]") {
    Workbench bench("", false);
    check_everything_is_restored(bench, with(CompressionKind::Zstd));
}

TEST_CASE("a second reader follows chunks that were repacked, of its own and of another database", "[reader]") {
    Workbench bench(kHexKey);
    const Shop shop = repack_what_two_share(bench);
    CHECK(bench.restored("orders", shop.orders) == shop.orders_content);
    CHECK(bench.restored("billing", shop.billing) == shop.billing_content);
}

TEST_CASE("what a database shared stays readable when it was repacked and the other's key destroyed", "[reader]") {
    Workbench bench(kHexKey);
    const Shop shop = repack_what_two_share(bench);
    bench.repository->destroy_database_key(DatabaseName("orders"));
    CHECK(bench.restored("billing", shop.billing) == shop.billing_content);
}

TEST_CASE("a second reader opens the repository with every master key and with no other", "[reader]") {
    Workbench bench(kHexKey);
    const Content full{{"main", some_pages(20, 1)}};
    const PointId point = bench.back_up("orders", full, {});
    bench.repository->add_key(MasterKey{Secret(kPassphrase)}, "for the safe");
    CHECK(bench.read({"list"}, kPassphrase).ok());
    CHECK(bench.restored("orders", point) == full);
    CHECK(bench.read({"list"}, "another passphrase").errors == "read_repository: the key does not open the repository\n");
    CHECK_FALSE(bench.read({"list"}, "").ok());
    bench.repository->rotate_key(MasterKey{Secret(kBase64Key + "x")}, "new");
    CHECK_FALSE(bench.read({"list"}, kHexKey).ok());
    CHECK(bench.read({"list"}, kBase64Key + "x").ok());
}

TEST_CASE("a second reader reads nothing of a database whose key was destroyed and everything of the others", "[reader]") {
    Workbench bench(kHexKey);
    const Content full{{"main", some_pages(100, 1)}};
    const PointId gone = bench.back_up("orders", full, {});
    const PointId kept = bench.back_up("billing", full, {});
    bench.repository->destroy_database_key(DatabaseName("orders"));
    const TemporaryFolder target;
    CHECK_FALSE(bench.read({"restore", "orders", gone.str(), target.path().string()}).ok());
    CHECK(bench.restored("billing", kept) == full);
}

TEST_CASE("a second reader refuses every flipped bit", "[reader]") {
    Workbench bench(kHexKey);
    const PointId point = bench.back_up("orders", {{"main", some_pages(20, 1)}}, {});
    const TemporaryFolder target;
    const auto refuses = [&] { return !bench.read({"restore", "orders", point.str(), (target.path() / "x").string()}).ok(); };
    for (const std::string below : {"keys", "data-keys", "points", "packs"}) {
        const fs::path path = bench.objects(below).at(0);
        const std::uint64_t size = fs::file_size(path);
        // In a key object the note, at the end, is not needed and so not looked at.
        for (const std::uint64_t at : {std::uint64_t{0}, size / 4, size / 2}) {
            INFO(path << " at " << at);
            flip_a_bit(path, at);
            CHECK(refuses());
            fs::remove_all(target.path() / "x");
            flip_a_bit(path, at);
        }
    }
    CHECK_FALSE(refuses());
}

TEST_CASE("a second reader refuses a repository of a later format", "[reader]") {
    Workbench bench(kHexKey);
    const fs::path settings = bench.folder / "store" / "repository.json";
    const Bytes bytes = read_all(settings);
    std::string text(as_text(bytes));
    const std::string version = "\"holdfast_repository\": 1";
    REQUIRE(text.find(version) != std::string::npos);
    text.replace(text.find(version), version.size(), "\"holdfast_repository\": 2");
    std::ofstream(settings, std::ios::binary | std::ios::trunc) << text;
    CHECK(bench.read({"list"}).errors == "read_repository: a repository of a format that this reader does not know\n");
}

TEST_CASE("a second reader lays a log over its point, sealed or not", "[reader]") {
    for (const bool sealed : {true, false}) {
        Workbench bench(sealed ? kHexKey : "", sealed);
        check_every_transaction_is_restored(bench);
    }
}

TEST_CASE("a second reader gives a server's log back byte for byte, sealed or not", "[reader]") {
    for (const bool sealed : {true, false}) {
        Workbench bench(sealed ? kHexKey : "", sealed);
        const auto wal = wal_of(*bench.repository, DatabaseName("erp.eu"));
        const Bytes log = some_pages(700, 3);
        constexpr std::size_t kBegin = 8 * kPageBytes, kCut = 300 * kPageBytes + 17;
        WalPieceIndex index;
        index.transactions = {{.at = Lsn{kBegin + 40}, .end = Lsn{kBegin + 80}, .xid = 700, .micros = 1'774'785'600'000'000, .restore_point = "here"}};
        wal->put({7, 1}, Lsn{kBegin}, ByteView(log).first(kCut), index);
        wal->put({7, 1}, Lsn{kBegin + kCut}, ByteView(log).subspan(kCut), {});
        wal->put({7, 2}, Lsn{kBegin}, ByteView(log).first(100), {});
        const fs::path target = bench.folder / "wal";
        const ProcessResult result = bench.read({"restore-wal", "erp.eu", "1", target.string()});
        INFO(result.errors);
        REQUIRE(result.exit_status == 0);
        const Bytes read = read_all(target);
        REQUIRE(read.size() == kBegin + log.size());
        CHECK(std::ranges::equal(ByteView(read).subspan(kBegin), log));
    }
}
