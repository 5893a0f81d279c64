#include "engine/repository/settings.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

std::optional<ErrorCode> code_for(const std::string& json) {
    return code_thrown_by([&] { parse_settings(json); });
}

}  // namespace

TEST_CASE("settings are read as they were written", "[repository][settings]") {
    for (const Suite suite : {Suite::Aes256Gcm, Suite::Checksum}) {
        RepositorySettings settings = settings_with(suite);
        settings.extent_bytes = 128u << 10;
        settings.pack_bytes = 12'345'678;
        CHECK(parse_settings(to_json(settings)) == settings);
    }
    CHECK(to_json(settings_with()).starts_with("{\n  \"holdfast_repository\": 1,\n  \"id\": \"01jznk8w3xq5m9c2v7b4h6t0ra\""));
}

TEST_CASE("a repository of a newer format is left alone", "[repository][settings]") {
    const std::string json = to_json(settings_with());
    for (const char* version : {"2", "65535"}) {
        CHECK(code_for(replaced(json, "\"holdfast_repository\": 1", std::string("\"holdfast_repository\": ") + version)) == ErrorCode::Unavailable);
    }
    for (const char* version : {"0", "65536", "99999999999999999999", "-1", "\"\"", "1.0"}) {
        CHECK(code_for(replaced(json, "\"holdfast_repository\": 1", std::string("\"holdfast_repository\": ") + version)) == ErrorCode::Corrupt);
    }
}

TEST_CASE("sizes that a writer could not work with are refused", "[repository][settings]") {
    const std::string json = to_json(settings_with());
    for (const char* extent : {"0", "1", "65535", "262145", "4194304", "4294967296", "18446744073709551616"}) {
        INFO(extent);
        CHECK(code_for(replaced(json, "\"extent_bytes\": 262144", std::string("\"extent_bytes\": ") + extent)) == ErrorCode::Corrupt);
        CHECK(code_for(replaced(json, "\"stream_chunk_bytes\": 262144", std::string("\"stream_chunk_bytes\": ") + extent)) == ErrorCode::Corrupt);
    }
    for (const char* pack : {"0", "65535", "1073741825"}) {
        INFO(pack);
        CHECK(code_for(replaced(json, "\"pack_bytes\": 33554432", std::string("\"pack_bytes\": ") + pack)) == ErrorCode::Corrupt);
    }
}

TEST_CASE("an unknown or missing or doubled key is refused", "[repository][settings]") {
    const std::string json = to_json(settings_with());
    CHECK(code_for(replaced(json, "\"id\": ", "\"colour\": \"red\",\n  \"id\": ")) == ErrorCode::Corrupt);
    CHECK(code_for(replaced(json, "  \"encryption\": \"aes-256-gcm\",\n", "")) == ErrorCode::Corrupt);
    CHECK(code_for(replaced(json, "  \"extent_bytes\"", "  \"extent_bytes\": 262144,\n  \"extent_bytes\"")) == ErrorCode::Corrupt);
    CHECK(code_for(replaced(json, "aes-256-gcm", "rot13")) == ErrorCode::Corrupt);
    CHECK(code_for(replaced(json, "2026-03-01T00:00:00Z", "yesterday")) == ErrorCode::Corrupt);
    CHECK(code_for(replaced(json, "01jznk8w3xq5m9c2v7b4h6t0ra", "01jznk")) == ErrorCode::Corrupt);
}

TEST_CASE("settings that are cut or changed anywhere are refused or others", "[repository][settings]") {
    const RepositorySettings settings = settings_with();
    const std::string json = to_json(settings);
    each_truncation(as_bytes(json), [&](const Bytes& part) { CHECK(refuses([&] { parse_settings(as_text(part)); })); });
    each_flipped_bit(as_bytes(json), [&](const Bytes& flipped) {
        // What is read after all says something else: the wrapped key is made for the right one alone.
        refuses([&] {
            const RepositorySettings read = parse_settings(as_text(flipped));
            CHECK_FALSE(read == settings);
        });
    });
    for (const char* text : {"", "{", "{}", "[]", "null", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"\\u0061\":1}"}) {
        CHECK(code_for(text) == ErrorCode::Corrupt);
    }
    CHECK(code_for(json + "x") == ErrorCode::Corrupt);
}
