// What a server says about itself over a replication connection, before anything is asked of it.
#pragma once

#include <map>
#include <string>

#include "providers/databases/postgres/connection.hpp"

namespace holdfast {

struct ServerFacts {
    std::string system_identifier;
    std::uint32_t timeline = 0;
    Lsn written;                       // How far its log is.
    std::string version;               // "15.18"
    int major = 0;
    std::uint32_t page_bytes = 8192;
    std::uint32_t segment_pages = 131072;      // Pages in each file of a relation.
    std::uint64_t wal_segment_bytes = 16 << 20;
    bool checksums = false;            // Of pages.
    bool summarizes_wal = false;       // 17 and newer: it can send what changed alone.
    std::string wal_level;
    int max_wal_senders = 0;
    bool in_recovery = false;          // A standby.
};

// Requires: a replication connection. Throws PostgresError.
ServerFacts ask_server(PostgresConnection& connection);

// In words, for people and for a point's facts.
std::map<std::string, std::string> facts_in_words(const ServerFacts& facts);

// The system identifier as its number.
std::uint64_t system_of(const ServerFacts& facts);

// Stays the same while it is the same cluster, restored copies of it among them.
std::string identity_of(const ServerFacts& facts);

}  // namespace holdfast
