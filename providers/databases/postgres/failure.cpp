#include "providers/databases/postgres/failure.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

struct Meaning {
    std::string_view begins;   // With the code, or with its class.
    ErrorCode code;
    std::string_view hint;
};

// The first line that fits decides.
constexpr Meaning kMeanings[] = {
    {"28P01", ErrorCode::NotPermitted, "Put the right password into ~/.pgpass (one line, host:port:database:user:password, mode 0600), or where the policy's connection points."},
    {"28", ErrorCode::NotPermitted, ""},
    {"42501", ErrorCode::NotPermitted, ""},
    {"3D000", ErrorCode::NotADatabase, "Name a database of this server with dbname=."},
    {"53100", ErrorCode::DiskFull, "The server's disk is full; free some space there."},
    {"53300", ErrorCode::Busy, "Raise max_connections (for replication max_wal_senders) on the server, or try again when fewer are connected."},
    {"53400", ErrorCode::Unavailable, "Raise the setting that the message names on the server."},
    {"53", ErrorCode::Busy, "The server has run out of something; look at its log."},
    {"55006", ErrorCode::Busy, "Somebody else uses it; try again in a moment."},
    {"55P03", ErrorCode::Busy, "Another session holds the lock; try again in a moment."},
    {"55", ErrorCode::Unavailable, "The server is not set up for this; the message says what it lacks."},
    {"57014", ErrorCode::Cancelled, ""},
    {"57P03", ErrorCode::Unavailable, "The server is starting or stopping; try again in a moment."},
    {"57P", ErrorCode::Unavailable, "The server was stopped; start it, or try again in a moment."},
    {"40", ErrorCode::Busy, "Another transaction was in the way; try again."},
    {"08", ErrorCode::Unavailable, "The connection broke; look at the network and at the server's log."},
    {"42710", ErrorCode::AlreadyExists, ""},
    {"42P07", ErrorCode::AlreadyExists, ""},
    {"42704", ErrorCode::Missing, ""},
    {"42P01", ErrorCode::Missing, ""},
    {"42703", ErrorCode::Missing, ""},
    {"0A", ErrorCode::Unavailable, "This server cannot do that."},
    {"22", ErrorCode::Changed, ""},
    {"23505", ErrorCode::AlreadyExists, ""},
    {"23", ErrorCode::Changed, "The row does not fit the table as it is now."},
    {"58P01", ErrorCode::Missing, "A file of the server is not there; look at the server's log."},
    {"58", ErrorCode::Io, "The server's disk or file system failed; look at the server's log."},
    {"XX001", ErrorCode::Corrupt, "The server found damaged pages; look at its log and keep your backups."},
    {"XX002", ErrorCode::Corrupt, "The server found a damaged index; REINDEX mends it, where its table is sound."},
};

const Meaning* meaning_of(std::string_view sqlstate) {
    const auto found = std::ranges::find_if(kMeanings, [&](const Meaning& meaning) { return sqlstate.starts_with(meaning.begins); });
    return found == std::end(kMeanings) ? nullptr : found;
}

bool says(std::string_view said, std::string_view words) { return said.find(words) != std::string_view::npos; }

// "permission denied for function pg_backup_start": the statement that mends it. Servers that speak another language give nothing.
std::optional<std::string> grant_for(std::string_view said, const std::string& role) {
    struct Grant { std::string_view kind, statement; };
    static constexpr std::array<Grant, 5> kGrants{{{"function ", "EXECUTE ON FUNCTION"}, {"table ", "SELECT ON"}, {"view ", "SELECT ON"},
                                                   {"schema ", "USAGE ON SCHEMA"}, {"sequence ", "SELECT ON SEQUENCE"}}};
    constexpr std::string_view kDenied = "permission denied for ";
    const auto at = said.find(kDenied);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view what = said.substr(at + kDenied.size());
    for (const Grant& grant : kGrants) {
        if (!what.starts_with(grant.kind)) continue;
        const std::string_view name = what.substr(grant.kind.size());
        return fmt::format("GRANT {} {} TO {};", grant.statement, quote_name(name.substr(0, name.find_first_of(" \n"))), role);
    }
    return std::nullopt;
}

std::string hint_for_missing_right(std::string_view said, const PostgresAsker& asker) {
    const std::string role = quote_name(asker.user);
    if (says(said, "replication") || says(said, "WAL sender") || says(said, "walsender")) {
        return fmt::format("Let the role replicate: ALTER ROLE {} REPLICATION;", role);
    }
    if (const auto grant = grant_for(said, role)) return "Grant it as an administrator: " + *grant;
    return "Grant the role what the message names; `runbook doctor` lists every right that is missing.";
}

std::string hint_for_refused_login(std::string_view said, const PostgresAsker& asker) {
    if (says(said, "does not exist")) {
        return fmt::format("Make the role: CREATE ROLE {} LOGIN{};", quote_name(asker.user), asker.replication ? " REPLICATION" : "");
    }
    if (says(said, "not permitted to log in")) return fmt::format("Let it: ALTER ROLE {} LOGIN;", quote_name(asker.user));
    const std::string_view database = asker.replication ? "replication" : "all";
    const std::string line = says(said, "[local]") ? fmt::format("local {} {} scram-sha-256", database, asker.user)
                                                   : fmt::format("host {} {} samehost scram-sha-256", database, asker.user);
    return fmt::format("Let pg_hba.conf on the server admit it, with a line such as `{}`, and reload: SELECT pg_reload_conf();", line);
}

bool is_code(std::string_view text) {
    return text.size() == 5 && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

struct Said {
    std::string sqlstate, text;
};

// `…failed: FATAL:  28P01: password authentication failed for user "x"`: the code stands between the severity, in whatever
// language, and the message. Several hosts give several lines; the last one that has a code counts.
Said split_code(std::string_view said) {
    Said found;
    for (const std::string& line : split(said, '\n')) {
        const auto at = line.find(":  ");
        if (at == std::string::npos || line.size() < at + 10 || line.compare(at + 8, 2, ": ") != 0 || !is_code(std::string_view(line).substr(at + 3, 5))) continue;
        found = {line.substr(at + 3, 5), line.substr(at + 10)};
    }
    return found;
}

std::string first_line(std::string_view said) { return printable(trim(said.substr(0, said.find('\n'))), 400); }

std::string hint_for_no_server(std::string_view said) {
    if (says(said, "certificate") || says(said, "SSL")) return "Check sslmode, sslrootcert and the names in the server's certificate.";
    if (says(said, "translate host name")) return "Check the host's name in the connection.";
    if (says(said, "service")) return "Check the service's name, and ~/.pg_service.conf or what PGSERVICEFILE names.";
    if (says(said, "no password supplied")) return std::string(kMeanings[0].hint);
    return "Is the server running, and does it listen there? `pg_isready` tells.";
}

}  // namespace

PostgresError postgres_failure(std::string_view sqlstate, std::string_view said, const PostgresAsker& asker) {
    const Meaning* meaning = meaning_of(sqlstate);
    std::string hint(meaning == nullptr ? "" : meaning->hint);
    if (sqlstate == "42501") hint = hint_for_missing_right(said, asker);
    else if (sqlstate.starts_with("28") && sqlstate != "28P01") hint = hint_for_refused_login(said, asker);
    return {meaning == nullptr ? ErrorCode::Internal : meaning->code, first_line(said), std::move(hint), std::string(sqlstate)};
}

PostgresError connect_failure(std::string_view said, const PostgresAsker& asker) {
    const Said server = split_code(said);
    if (!server.sqlstate.empty()) return postgres_failure(server.sqlstate, server.text, asker);
    const bool refused = says(said, "no password supplied") || says(said, "authentication");
    return {refused ? ErrorCode::NotPermitted : ErrorCode::Unavailable, first_line(said), hint_for_no_server(said), ""};
}

std::string quote_name(std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

}  // namespace holdfast
