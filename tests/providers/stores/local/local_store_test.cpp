#include "providers/stores/local/local_store.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "engine/base/error.hpp"
#include "engine/base/file.hpp"
#include "providers/stores/local/local_folder.hpp"
#include "providers/stores/local/local_upload.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

std::unique_ptr<Store> store_at(const std::string& url) {
    return open_local_store({.name = StoreName("here"), .url = url, .site = {}, .lock = std::nullopt});
}

std::unique_ptr<Store> store_in(const TemporaryFolder& folder) { return store_at("file://" + (folder / "s").string()); }

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

std::size_t files_below(const fs::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) if (entry.is_regular_file()) ++count;
    return count;
}

Error error_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    FAIL("nothing was thrown");
    throw;
}

// Files of this process may not grow beyond so many bytes, as long as this lives: writes fail half way.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, SIG_DFL);
    }

private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("folders are 0700 and objects 0600 whatever the umask", "[local]") {
    const TemporaryFolder folder;
    const mode_t before = ::umask(0);
    const auto store = store_in(folder);
    REQUIRE(store->put_if_absent("packs/3f/3f9c", as_bytes("x")));
    ::umask(before);
    CHECK(mode_of(folder / "s") == 0700);
    CHECK(mode_of(folder / "s/packs") == 0700);
    CHECK(mode_of(folder / "s/packs/3f") == 0700);
    CHECK(mode_of(folder / "s/packs/3f/3f9c") == 0600);
}

TEST_CASE("looking does not make the folder", "[local]") {
    const TemporaryFolder folder;
    const auto store = store_in(folder);
    store->list("", [](const ObjectFacts&) { FAIL("listed something"); });
    CHECK_FALSE(store->look_at("a"));
    CHECK(store->sweep_leftovers(Instant::max()) == 0);
    CHECK(store->free_bytes().value() > 0);
    CHECK_FALSE(fs::exists(folder / "s"));
}

TEST_CASE("leftovers of killed uploads are swept once they are old", "[local]") {
    const TemporaryFolder folder;
    const auto store = store_in(folder);
    REQUIRE(store->put_if_absent("a", as_bytes("1")));
    const auto running = store->begin_upload("b");
    running->append(as_bytes("2"));
    write_file_durably(folder / "s/~uploads/99-0-killed", as_bytes("rubbish"));
    const timespec long_ago[2] = {{.tv_sec = 1000, .tv_nsec = 0}, {.tv_sec = 1000, .tv_nsec = 0}};
    REQUIRE(::utimensat(AT_FDCWD, (folder / "s/~uploads/99-0-killed").c_str(), long_ago, 0) == 0);
    CHECK(store->sweep_leftovers(from_millis(2'000'000)) == 1);
    CHECK_FALSE(fs::exists(folder / "s/~uploads/99-0-killed"));
    CHECK(running->commit());
}

TEST_CASE("no temporary file stays behind", "[local]") {
    const TemporaryFolder folder;
    const auto store = store_in(folder);
    REQUIRE(store->put_if_absent("a", as_bytes("1")));
    CHECK_FALSE(store->put_if_absent("a", as_bytes("2")));
    store->put("a", as_bytes("3"));
    store->begin_upload("b")->append(as_bytes("4"));
    const auto taken = store->begin_upload("a");
    CHECK_FALSE(taken->commit());
    CHECK(files_below(folder.path()) == 2);
}

TEST_CASE("a write that fails half way leaves nothing", "[local]") {
    const TemporaryFolder folder;
    const auto store = store_in(folder);
    REQUIRE(store->put_if_absent("a", as_bytes("1")));
    {
        const FileSizeLimit limit(1 << 16);
        CHECK(error_of([&] { (void)store->put_if_absent("b", Bytes(1 << 17)); }).code == ErrorCode::Io);
        CHECK(error_of([&] { store->begin_upload("b")->append(Bytes(1 << 17)); }).code == ErrorCode::Io);
        CHECK(error_of([&] { store->put("a", Bytes(1 << 17)); }).code == ErrorCode::Io);
    }
    CHECK(files_below(folder.path()) == 1);
    CHECK(as_text(store->get("a", 10)) == "1");
}

TEST_CASE("a link inside the store leads nowhere", "[local]") {
    const TemporaryFolder folder;
    const auto store = store_in(folder);
    REQUIRE(store->put_if_absent("packs/a", as_bytes("1")));
    fs::create_directory(folder / "outside");
    write_file_durably(folder / "outside/secret", as_bytes("outside"));
    fs::create_directory_symlink(folder / "outside", folder / "s/points");
    fs::create_symlink(folder / "outside/secret", folder / "s/packs/link");

    CHECK(error_of([&] { store->get("packs/link", 100); }).code == ErrorCode::Missing);
    Bytes out(1);
    CHECK(error_of([&] { store->get_range("packs/link", 0, out); }).code == ErrorCode::Missing);
    CHECK(error_of([&] { store->get("points/secret", 100); }).code == ErrorCode::Io);
    CHECK(error_of([&] { store->put("points/new", {}); }).code == ErrorCode::Io);
    CHECK_FALSE(store->look_at("packs/link"));
    CHECK_FALSE(store->remove("packs/link"));
    std::vector<std::string> names;
    store->list("", [&](const ObjectFacts& facts) { names.push_back(facts.name); });
    CHECK(names == std::vector<std::string>{"packs/a"});
    CHECK(files_below(folder / "outside") == 1);
}

TEST_CASE("more objects than may be open at once are read", "[local]") {
    const TemporaryFolder folder;
    const auto store = store_in(folder);
    for (int at = 0; at < 100; ++at) {
        const std::string name = "p/" + std::to_string(at);
        REQUIRE(store->put_if_absent(name, as_bytes(name)));
    }
    for (int at = 0; at < 200; ++at) {
        const std::string name = "p/" + std::to_string(at % 100);
        Bytes out(name.size());
        store->get_range(name, 0, out);
        CHECK(as_text(out) == name);
    }
}

TEST_CASE("errors name the folder and the object", "[local]") {
    const TemporaryFolder folder;
    const Error error = error_of([&] { store_in(folder)->get("packs/1", 1); });
    CHECK(error.message == "folder " + (folder / "s").string() + ": there is no object packs/1");
}

TEST_CASE("a URL names an absolute path of this machine", "[local]") {
    const TemporaryFolder folder;
    const auto store = store_at("file://" + folder.path().string() + "/with%20blank/");
    REQUIRE(store->put_if_absent("a", {}));
    CHECK(fs::exists(folder / "with blank/a"));
    for (const char* bad : {"", "/srv/backups", "file:/srv", "file://host/srv", "file://", "file://./x", "file:///a%2", "file:///a%zz",
                            "s3://bucket", "file:///a%00b"}) {
        INFO(bad);
        CHECK(error_of([&] { store_at(bad); }).code == ErrorCode::Usage);
    }
}
