#include "engine/repository/settings.hpp"

#include <charconv>
#include <map>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

[[noreturn]] void fail_settings(std::string_view why) {
    throw Error(ErrorCode::Corrupt, fmt::format("repository.json is damaged: {}", why),
                std::string(kRepairHint));
}

// Reads {"key": "text" or number, …}: no nesting, no escapes, which is all that to_json writes.
class FlatObjectReader {
public:
    explicit FlatObjectReader(std::string_view text) : text_(text) {}
    std::map<std::string, std::string> read() {
        std::map<std::string, std::string> values;
        expect('{');
        do {
            const std::string key = quoted();
            expect(':');
            skip_blanks();
            if (!values.emplace(key, text_.starts_with('"') ? quoted() : number()).second) fail_settings("a key twice");
        } while (take(','));
        expect('}');
        skip_blanks();
        if (!text_.empty()) fail_settings("text after the end");
        return values;
    }

private:
    void skip_blanks() {
        while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n' || text_[0] == '\r' || text_[0] == '\t')) text_.remove_prefix(1);
    }
    bool take(char c) {
        skip_blanks();
        if (!text_.starts_with(c)) return false;
        text_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) fail_settings(fmt::format("no '{}' where there must be one", c));
    }
    std::string quoted() {
        expect('"');
        const auto end = text_.find('"');
        if (end == std::string_view::npos) fail_settings("a text without an end");
        const std::string value(text_.substr(0, end));
        if (value.find('\\') != std::string::npos) fail_settings("an escape");
        text_.remove_prefix(end + 1);
        return value;
    }
    std::string number() {
        std::size_t size = 0;
        while (size < text_.size() && text_[size] >= '0' && text_[size] <= '9') ++size;
        if (size == 0) fail_settings("neither a text nor a number");
        const std::string value(text_.substr(0, size));
        text_.remove_prefix(size);
        return value;
    }
    std::string_view text_;
};

class Fields {
public:
    explicit Fields(std::map<std::string, std::string> values) : values_(std::move(values)) {}
    std::string text(const std::string& key) {
        const auto found = values_.find(key);
        if (found == values_.end()) fail_settings(fmt::format("no \"{}\"", key));
        std::string value = found->second;
        values_.erase(found);
        return value;
    }
    std::uint64_t number(const std::string& key, std::uint64_t least, std::uint64_t most) {
        const std::string digits = text(key);
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size() || value < least || value > most) {
            fail_settings(fmt::format("\"{}\" is out of range", key));
        }
        return value;
    }
    std::uint32_t power_of_two(const std::string& key, std::uint32_t least, std::uint32_t most) {
        const auto value = static_cast<std::uint32_t>(number(key, least, most));
        if ((value & (value - 1)) != 0) fail_settings(fmt::format("\"{}\" is not a power of two", key));
        return value;
    }
    void expect_none_left() const {
        if (!values_.empty()) fail_settings(fmt::format("unknown key \"{}\"", values_.begin()->first));
    }

private:
    std::map<std::string, std::string> values_;
};

}  // namespace

std::string to_json(const RepositorySettings& settings) {
    return fmt::format(
        "{{\n  \"holdfast_repository\": {},\n  \"id\": \"{}\",\n  \"created\": \"{}\",\n  \"encryption\": \"{}\",\n"
        "  \"extent_bytes\": {},\n  \"stream_chunk_bytes\": {},\n  \"pack_bytes\": {}\n}}\n",
        kFormatVersion, settings.id, to_rfc3339(settings.created), settings.suite == Suite::Aes256Gcm ? "aes-256-gcm" : "none",
        settings.extent_bytes, settings.stream_chunk_bytes, settings.pack_bytes);
}

RepositorySettings parse_settings(std::string_view json) {
    Fields fields(FlatObjectReader(json).read());
    const std::uint64_t version = fields.number("holdfast_repository", 1, 65535);
    if (version > kFormatVersion) {
        throw Error(ErrorCode::Unavailable, fmt::format("the repository has format {}, this version reads up to {}", version, kFormatVersion),
                    "Use the newest version of runbook for this repository.");
    }
    RepositorySettings settings;
    settings.id = fields.text("id");
    if (settings.id.size() != 26) fail_settings("\"id\" is not an id");
    const auto created = parse_rfc3339(fields.text("created"));
    if (!created) fail_settings("\"created\" is not an instant");
    settings.created = *created;
    const std::string encryption = fields.text("encryption");
    if (encryption != "aes-256-gcm" && encryption != "none") fail_settings("unknown \"encryption\"");
    settings.suite = encryption == "none" ? Suite::Checksum : Suite::Aes256Gcm;
    settings.extent_bytes = fields.power_of_two("extent_bytes", 64u << 10, 2u << 20);
    settings.stream_chunk_bytes = fields.power_of_two("stream_chunk_bytes", 16u << 10, 1u << 20);
    settings.pack_bytes = fields.number("pack_bytes", 1u << 16, 1u << 30);
    fields.expect_none_left();
    if (to_json(settings) != json) fail_settings("it is not written as this version writes it");
    return settings;
}

}  // namespace holdfast
