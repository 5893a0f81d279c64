// One run of the replication command BASE_BACKUP (the manual's "Streaming Replication Protocol"), as servers 13 to 18 speak it:
// archives one after the other, the manifest, then where the log ends. Nothing is kept but the manifest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/databases/postgres/connection.hpp"

namespace holdfast {

struct BaseBackupOptions {
    std::string label = "holdfast";
    bool incremental = false;   // 17 and newer, after upload_manifest() on the same connection.
};

struct ServerTablespace {
    std::string oid;            // Empty: the data directory itself.
    std::string location;
};

class BaseBackup {
public:
    // Waits until the server has done its checkpoint. Throws PostgresError.
    BaseBackup(PostgresConnection& connection, const BaseBackupOptions& options);

    Lsn start() const { return start_; }
    std::uint32_t timeline() const { return timeline_; }
    std::uint64_t bytes_expected() const { return bytes_expected_; }   // The server's estimate; for progress alone.

    // Ends what is left of the archive before. Nothing: there is none any more, and the manifest is here.
    std::optional<ServerTablespace> next_archive();
    // The archive's next bytes, at least one; none at its end. Valid until the next call.
    ByteView read(std::size_t most);

    // After the last archive.
    struct End {
        Lsn lsn;
        std::uint32_t timeline = 0;
        bool found_damage = false;   // The server has met pages whose checksum is wrong.
    };
    End finish();
    const std::string& manifest() const { return manifest_; }

private:
    enum class Part : std::uint8_t { Between, Archive, Manifest, Done };
    bool next_message();
    void begin_copy();
    void take_message_of_15();
    void take_message_of_13();

    PostgresConnection& connection_;
    const bool one_copy_;                        // 15 and newer.
    Lsn start_;
    std::uint32_t timeline_ = 0;
    std::uint64_t bytes_expected_ = 0;
    std::vector<ServerTablespace> tablespaces_;
    std::size_t archives_begun_ = 0;             // Before 15.
    Part part_ = Part::Between;
    std::optional<ServerTablespace> announced_;  // By the last message.
    bool in_copy_ = false;
    CopyMessage message_;
    ByteView left_;                              // Of the message, for the archive.
    std::string manifest_;
};

// Tells the server what the base of an incremental backup is. Throws PostgresError.
void upload_manifest(PostgresConnection& connection, std::string_view manifest);

}  // namespace holdfast
