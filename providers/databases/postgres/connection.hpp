// One connection to a PostgreSQL server: for SQL, or for the replication protocol. Belongs to one thread at a
// time. Whatever waits ends with Error{Cancelled} soon after `cancel` asks for it; the server is told to stop too.
// Failures are PostgresError (failure.hpp), connections that break Error{Unavailable}.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/cancel.hpp"
#include "engine/base/time.hpp"
#include "providers/databases/postgres/connection_words.hpp"
#include "providers/databases/postgres/failure.hpp"
#include "providers/databases/postgres/result.hpp"

struct pg_conn;

namespace holdfast {

struct ConnectOptions {
    bool replication = false;             // A physical walsender.
    std::string database = {};            // Empty: as the words say; "postgres" where they say nothing.
    std::string purpose = "holdfast";     // application_name, where the words give none.
};

// One message of a copy that the server sends; freed when it goes.
class CopyMessage {
public:
    CopyMessage() = default;
    CopyMessage(char* bytes, std::size_t size) : bytes_(bytes), size_(size) {}
    ByteView bytes() const { return std::as_bytes(std::span(bytes_.get(), size_)); }

private:
    struct Free { void operator()(char* bytes) const; };
    std::unique_ptr<char, Free> bytes_;
    std::size_t size_ = 0;
};

class PostgresConnection {
public:
    // Throws PostgresError with what to do: a server that is away, a login that is refused, a right that is missing.
    static PostgresConnection open(const ConnectionWords& words, const ConnectOptions& options, const CancelToken& cancel);

    PostgresConnection(PostgresConnection&&) noexcept;
    PostgresConnection& operator=(PostgresConnection&&) noexcept;
    ~PostgresConnection();

    // ---- statements ----
    // Runs one or several statements, or a replication command; returns what the last gave.
    PostgresResult execute(const std::string& sql);
    // One statement with $1, $2 … given as text; nothing stands for NULL. Not for replication connections.
    PostgresResult query(const std::string& sql, std::span<const std::optional<std::string>> values);
    // The same, planned once and run often.
    void prepare(const std::string& name, const std::string& sql);
    PostgresResult query_prepared(const std::string& name, std::span<const std::optional<std::string>> values);
    // A statement with several results: send it, then take them one by one; None at the end.
    void send(const std::string& sql);
    PostgresResult next_result();

    std::string quoted_literal(std::string_view text) const;

    // ---- copies: after a result of kind CopyIn, CopyOut or CopyBoth ----
    enum class CopyRead : std::uint8_t { Message, Nothing, End };
    // Waits for the next message, at most so long; without `patience` until it comes. At End results follow (next_result()).
    CopyRead read_copy(CopyMessage& message, std::optional<Duration> patience = std::nullopt);
    void write_copy(ByteView bytes);      // Sent when it returns.
    void end_copy();                      // Ours; results follow.

    // ---- facts ----
    int server_version() const;           // 150020
    int major() const { return server_version() / 10000; }
    std::string user() const;
    std::string database() const;
    int backend() const;                  // The process of the server's machine that serves us.
    std::string host() const;             // A name, an address, or the folder of a socket.
    std::string port() const;
    bool by_local_socket() const;
    std::string parameter(const char* name) const;   // What the server reports by itself: "server_version", "TimeZone". Empty: it does not.
    std::vector<std::string> take_notices();         // Since the last call; the newest hundred.
    // Whether the server is there still, without waiting.
    bool is_alive();

private:
    struct Link;
    explicit PostgresConnection(std::unique_ptr<Link> link);
    std::unique_ptr<Link> link_;
};

}  // namespace holdfast
