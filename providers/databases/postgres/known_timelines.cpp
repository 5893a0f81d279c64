#include "providers/databases/postgres/known_timelines.hpp"

#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "engine/model/wal_names.hpp"
#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/control_file.hpp"
#include "providers/databases/postgres/server_facts.hpp"

namespace holdfast {
namespace {

void keep(const fs::path& folder, std::uint32_t timeline, std::string_view text) {
    const fs::path file = folder / history_name(timeline);
    if (!fs::exists(file)) write_file_durably(file, as_bytes(text));
}

bool is_same_cluster(const ServerFacts& server, const fs::path& copy) { return server.system_identifier == std::to_string(read_control_file(copy).system_identifier); }

void ask_server_for_histories(const Place& live, const fs::path& copy, const CancelToken& cancel) {
    PostgresConnection connection = PostgresConnection::open(connection_words(live.location), {.replication = true}, cancel);
    const ServerFacts server = ask_server(connection);
    if (server.timeline < 2 || !is_same_cluster(server, copy)) return;
    const PostgresResult newest = connection.execute(fmt::format("TIMELINE_HISTORY {}", server.timeline));
    newest.expect(1, 2);
    const std::string text(newest.text(0, 1));
    keep(copy / "pg_wal", server.timeline, text);
    for (std::uint32_t timeline = 2; timeline < server.timeline; ++timeline) {
        if (const auto ancestor = history_of_ancestor(text, timeline)) keep(copy / "pg_wal", timeline, *ancestor);
    }
}

// A server that is down has them in its files.
void read_histories(const fs::path& data_folder, const fs::path& copy) {
    if (read_control_file(data_folder).system_identifier != read_control_file(copy).system_identifier) return;
    for (const auto& entry : fs::directory_iterator(data_folder / "pg_wal")) {
        const std::string name = entry.path().filename();
        const fs::path there = copy / "pg_wal" / name;
        if (name.ends_with(".history") && !fs::exists(there)) write_file_durably(there, as_bytes(read_text_file(entry.path(), 1 << 20)));
    }
}

}  // namespace

std::optional<std::string> history_of_ancestor(std::string_view history, std::uint32_t timeline) {
    std::string before;
    for (const std::string& line : split(history, '\n')) {
        std::uint32_t parent = 0;
        const std::string_view word = trim(line);
        if (std::from_chars(word.data(), word.data() + word.size(), parent).ec == std::errc() && parent == timeline) return before;
        if (!line.empty()) before += line + "\n";
    }
    return std::nullopt;
}

std::optional<Lsn> left_timeline_at(std::string_view history, std::uint32_t timeline) {
    for (const std::string& line : split(history, '\n')) {
        const std::string_view word = trim(line);
        std::uint32_t parent = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), parent);
        if (error != std::errc() || parent != timeline) continue;
        const std::string_view rest = trim(word.substr(static_cast<std::size_t>(end - word.data())));
        return parse_lsn(rest.substr(0, rest.find_first_of(" \t")));
    }
    return std::nullopt;
}

void learn_timelines(const CopyOpening& opening, const CancelToken& cancel) {
    const fs::path copy = opening.copy.location;
    try {
        if (!opening.live.location.empty()) return ask_server_for_histories(opening.live, copy, cancel);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        log_debug("the live server is not asked for its timelines: {}", error.message);
    }
    try {
        if (!opening.live.server.data.empty()) read_histories(opening.live.server.data, copy);
    } catch (const Error& error) {
        log_debug("the live cluster's timelines are not read: {}", error.message);   // Where it is gone nothing of it can get mixed up.
    }
}

CopyLocation location_with_port(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return {.path = text};
    const std::string_view digits = std::string_view(text).substr(colon + 1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return {.path = text};
    unsigned port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) {
        throw Error(ErrorCode::Usage, fmt::format("{} is no port", printable(digits, 20)), "A port is a number from 1 to 65535, behind the data directory: /srv/pg/data:5433");
    }
    return {.path = text.substr(0, colon), .port = static_cast<std::uint16_t>(port)};
}

}  // namespace holdfast
