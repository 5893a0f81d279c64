#include "providers/databases/postgres/manifest.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "engine/crypto/hash.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

std::string manifest_with(const std::string& files) {
    const std::string text = "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n" + files + "],\n\"WAL-Ranges\": [\n],\n";
    return text + "\"Manifest-Checksum\": \"" + to_hex(sha256(as_bytes(text))) + "\"}\n";
}
std::string file_line(const std::string& path, int size, const std::string& crc) {
    return fmt::format("{{ {}, \"Size\": {}, \"Last-Modified\": \"2026-11-24 20:00:00 GMT\", \"Checksum-Algorithm\": \"CRC32C\", \"Checksum\": \"{}\" }}", path, size, crc);
}
const std::string kTwo = file_line("\"Path\": \"base/1/1259\"", 8192, "0102030a") + ",\n" + file_line("\"Encoded-Path\": \"62ff\"", 3, "ffffffff") + "\n";

}  // namespace

TEST_CASE("a manifest is read line by line", "[postgres][manifest]") {
    const ReceivedFiles files = read_manifest(manifest_with(kTwo));
    CHECK(files.size() == 2);
    CHECK(files.at("base/1/1259") == ReceivedFile{8192, 0x0A030201});
    CHECK(files.at("b\xFF") == ReceivedFile{3, 0xFFFFFFFF});
    CHECK(read_manifest(manifest_with(file_line(R"("Path": "a\"b\\c\u000ad")", 1, "00000000"))).contains("a\"b\\c\nd"));
}

TEST_CASE("a manifest that was changed or cut off is refused", "[postgres][manifest]") {
    std::string text = manifest_with(kTwo);
    CHECK(code_thrown_by([&] { read_manifest(text.substr(0, 100)); }) == ErrorCode::Corrupt);
    text.replace(text.find("8192"), 4, "8193");
    CHECK(code_thrown_by([&] { read_manifest(text); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([&] { read_manifest(manifest_with("{ \"Path\": \"x\", \"Size\": 1, \"Checksum-Algorithm\": \"SHA256\", \"Checksum\": \"00\" }\n")); }) == ErrorCode::Corrupt);
    // One without checksums can be read; what is compared with it was not sent as it says.
    CHECK(code_thrown_by([&] { require_as_sent({{"x", {1, 7}}}, manifest_with("{ \"Path\": \"x\", \"Size\": 1 }\n")); }) == ErrorCode::Corrupt);
}

TEST_CASE("a file that arrived changed, or not at all, is named", "[postgres][manifest]") {
    const std::string text = manifest_with(kTwo);
    const ReceivedFiles all = read_manifest(text);
    CHECK_FALSE(error_thrown_by([&] { require_as_sent(all, text); }));
    ReceivedFiles changed = all;
    changed["base/1/1259"].crc = 1;
    CHECK(thrown_by([&] { require_as_sent(changed, text); }).message == "base/1/1259 arrived changed");
    ReceivedFiles fewer = all;
    fewer.erase("base/1/1259");
    CHECK(thrown_by([&] { require_as_sent(fewer, text); }).message == "base/1/1259 was not received");
    ReceivedFiles more = all;
    more["extra"] = {};
    CHECK(thrown_by([&] { require_as_sent(more, text); }).code == ErrorCode::Corrupt);
}

TEST_CASE("a manifest that is written here is read back, and says what a server looks for", "[postgres][manifest]") {
    const ReceivedFiles files{{"base/1/1259", {8192, {}}}, {"b\xFF", {3, {}}}, {"a \"b\\c", {1, {}}}};
    const ManifestFacts facts{.server_major = 17, .system = 7301234567890123456, .timeline = 2, .start = Lsn{0x2000028}, .stop = Lsn{0x2000100}};
    const std::string text = write_manifest(files, facts);
    CHECK(read_manifest(text) == files);
    CHECK(text.find("\"PostgreSQL-Backup-Manifest-Version\": 2,\n\"System-Identifier\": 7301234567890123456,") != std::string::npos);
    CHECK(text.find("{ \"Timeline\": 2, \"Start-LSN\": \"0/2000028\", \"End-LSN\": \"0/2000100\" }") != std::string::npos);
    ManifestFacts older = facts;
    older.server_major = 16;
    CHECK(write_manifest(files, older).find("System-Identifier") == std::string::npos);
    CHECK(read_manifest(write_manifest({}, facts)).empty());
}
