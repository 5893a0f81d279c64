#include "engine/crypto/secret_source.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "engine/base/error.hpp"
#include "engine/base/file.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace holdfast;

namespace {

std::string fetched(const SecretSource& source) { return std::string(as_text(fetch_secret(source).reveal())); }

// The message of the refusal; fails the test where there is none.
std::string refusal(const SecretSource& source) {
    try {
        fetch_secret(source);
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::NotPermitted);
        CHECK_FALSE(error.hint.empty());
        return error.message;
    }
    FAIL("was not refused");
    return {};
}

}  // namespace

TEST_CASE("a secret comes from a variable", "[crypto][secret]") {
    ::setenv("HOLDFAST_TEST_SECRET", "hush\n", 1);
    CHECK(fetched({SecretKind::Environment, "HOLDFAST_TEST_SECRET"}) == "hush");
    ::setenv("HOLDFAST_TEST_SECRET", "", 1);
    CHECK(refusal({SecretKind::Environment, "HOLDFAST_TEST_SECRET"}).find("is empty") != std::string::npos);
    ::unsetenv("HOLDFAST_TEST_SECRET");
    CHECK(refusal({SecretKind::Environment, "HOLDFAST_TEST_SECRET"}) == "secret env:HOLDFAST_TEST_SECRET is not set");
}

TEST_CASE("a secret comes from a private file without its line break", "[crypto][secret]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "key", as_bytes(" two words \r\n"));
    CHECK(fetched({SecretKind::File, folder / "key"}) == " two words ");
    CHECK(refusal({SecretKind::File, folder / "none"}).find("is not there") != std::string::npos);
    CHECK(refusal({SecretKind::File, folder.path()}).find("is not a file") != std::string::npos);
}

TEST_CASE("a secret file that others may read is refused and not told", "[crypto][secret]") {
    const TemporaryFolder folder;
    write_file_durably(folder / "key", as_bytes("hush"));
    for (const mode_t mode : {0640U, 0604U, 0620U}) {
        REQUIRE(::chmod((folder / "key").c_str(), mode) == 0);
        const std::string message = refusal({SecretKind::File, folder / "key"});
        CHECK(message.find("can be read by others") != std::string::npos);
        CHECK(message.find("hush") == std::string::npos);
    }
}

TEST_CASE("a secret comes from a command that no shell sees", "[crypto][secret]") {
    CHECK(fetched({SecretKind::Command, "printf  hush\\n"}) == "hush");
    CHECK(fetched({SecretKind::Command, "echo $HOME;id"}) == "$HOME;id");
}

TEST_CASE("a command that fails gives no secret and its output is not told", "[crypto][secret]") {
    CHECK(refusal({SecretKind::Command, "ls /nonexistent"}).find("ended with status") != std::string::npos);
    CHECK(refusal({SecretKind::Command, "/nonexistent/program"}).find("no such program") != std::string::npos);
    CHECK(refusal({SecretKind::Command, "  "}).find("names no command") != std::string::npos);
    CHECK(refusal({SecretKind::Command, "true"}).find("is empty") != std::string::npos);
}
