#include "providers/databases/postgres/server_facts.hpp"

#include <bit>
#include <charconv>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string show(PostgresConnection& connection, std::string_view setting) {
    const PostgresResult result = connection.execute(fmt::format("SHOW {}", setting));
    result.expect(1, 1);
    return std::string(result.text(0, 0));
}

[[noreturn]] void fail_setting(std::string_view setting, std::string_view value) {
    throw Error(ErrorCode::Unavailable, fmt::format("the server's {} is {}, which is not understood", setting, printable(value, 40)));
}

// "8192", "16MB", "1GB".
std::uint64_t show_bytes(PostgresConnection& connection, std::string_view setting) {
    const std::string text = show(connection, setting);
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const auto& [name, shift] : {std::pair<std::string_view, int>{"", 0}, {"B", 0}, {"kB", 10}, {"MB", 20}, {"GB", 30}}) {
        if (fault == std::errc() && unit == name && value > 0 && value < (1ULL << 24)) return value << shift;
    }
    fail_setting(setting, text);
}

int show_count(PostgresConnection& connection, std::string_view setting) {
    const std::string text = show(connection, setting);
    int value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) fail_setting(setting, text);
    return value;
}

}  // namespace

ServerFacts ask_server(PostgresConnection& connection) {
    ServerFacts facts;
    const PostgresResult system = connection.execute("IDENTIFY_SYSTEM");
    system.expect(1, 3);
    facts.system_identifier = system.text(0, 0);
    facts.timeline = static_cast<std::uint32_t>(system.integer(0, 1));
    facts.written = system.lsn(0, 2);
    facts.version = connection.parameter("server_version");
    facts.version = facts.version.substr(0, facts.version.find(' '));
    facts.major = connection.major();
    const std::uint64_t page_bytes = show_bytes(connection, "block_size");
    if (!std::has_single_bit(page_bytes) || page_bytes < 1024 || page_bytes > 32768) fail_setting("block_size", std::to_string(page_bytes));
    facts.page_bytes = static_cast<std::uint32_t>(page_bytes);
    facts.segment_pages = static_cast<std::uint32_t>(show_bytes(connection, "segment_size") / page_bytes);
    facts.wal_segment_bytes = show_bytes(connection, "wal_segment_size");
    facts.checksums = show(connection, "data_checksums") == "on";
    facts.summarizes_wal = facts.major >= 17 && show(connection, "summarize_wal") == "on";
    facts.wal_level = show(connection, "wal_level");
    facts.max_wal_senders = show_count(connection, "max_wal_senders");
    facts.in_recovery = connection.parameter("in_hot_standby") == "on";
    return facts;
}

std::map<std::string, std::string> facts_in_words(const ServerFacts& facts) {
    std::map<std::string, std::string> words{{"version", "PostgreSQL " + facts.version},
                                             {"system identifier", facts.system_identifier},
                                             {"timeline", std::to_string(facts.timeline)},
                                             {"page size", std::to_string(facts.page_bytes)},
                                             {"log segment size", std::to_string(facts.wal_segment_bytes)},
                                             {"page checksums", facts.checksums ? "on" : "off"},
                                             {"wal_level", facts.wal_level},
                                             {"max_wal_senders", std::to_string(facts.max_wal_senders)}};
    if (facts.major >= 17) words["summarize_wal"] = facts.summarizes_wal ? "on" : "off";
    if (facts.in_recovery) words["standby"] = "yes";
    return words;
}

std::uint64_t system_of(const ServerFacts& facts) {
    std::uint64_t system = 0;
    std::from_chars(facts.system_identifier.data(), facts.system_identifier.data() + facts.system_identifier.size(), system);
    return system;
}

std::string identity_of(const ServerFacts& facts) { return "postgres system " + facts.system_identifier; }

}  // namespace holdfast
