// Keeps a server's files fit for being copied while it runs (the manual's "Making a Base Backup Using the Low Level API"): a checkpoint,
// whole pages in the log from there on, and at the end the label that a restored cluster recovers by. It lasts as long as the connection.
#pragma once

#include "providers/databases/postgres/connection.hpp"

namespace holdfast {

class OnlineBackup {
public:
    // Which right the role lacks for this, with the statements that grant it; empty: none.
    static std::string missing_right(PostgresConnection& sql);

    // Waits until the server has done its checkpoint. `sql` must outlive it. Throws PostgresError.
    explicit OnlineBackup(PostgresConnection& sql);

    Lsn start() const { return start_; }   // Replay begins here.

    struct End {
        Lsn stop;            // The state is consistent from here on.
        std::string label;   // What is to stand in backup_label.
    };
    // After the last file. The segment of the log that `stop` is in is complete then; archiving is not waited for.
    End stop();

private:
    PostgresConnection& sql_;
    Lsn start_;
};

// Of a label: "START TIMELINE: 1". Throws Corrupt.
std::uint32_t timeline_in_label(std::string_view label);

}  // namespace holdfast
