// A database's write-ahead log in the repository: kept as its bytes, by cluster, timeline and place. Whoever brings bytes may be a
// receiver of the server's stream, which puts a little at a time, or the server's own archive_command, which puts whole segments;
// both may be at work at once. What is there is never replaced by something else.
#pragma once

#include "engine/repository/wal_piece.hpp"

namespace holdfast {

struct WalPieceFacts {
    WalPieceName name;
    std::uint64_t stored_bytes = 0;
    Instant modified;
};

// Bytes of one branch without a gap.
struct WalRun {
    WalBranch branch;
    Lsn begin, end;
    std::uint64_t pieces = 0, stored_bytes = 0;
    bool operator==(const WalRun&) const = default;
};

class WalArchive {
public:
    WalArchive(Store& store, Keyring& keys, const Clock& clock, DatabaseName database)
        : store_(store), keys_(keys), clock_(clock), database_(std::move(database)) {}

    // Durable when it returns: how many bytes that took, 0 where these very bytes were there already. Throws AlreadyExists where others are. Pieces that
    // lie in the new one go once it was read back. `bytes` must not lie across a multiple of kWalPieceBytesMost.
    std::uint64_t put(const WalBranch& branch, Lsn begin, ByteView bytes, WalPieceIndex index);
    // The same for a small file of the cluster (a timeline's history): whether it was new.
    bool put_file(std::uint64_t system, const std::string& name, ByteView bytes);
    std::optional<Bytes> file(std::uint64_t system, const std::string& name) const;
    std::vector<std::string> files(std::uint64_t system) const;

    std::vector<WalPieceFacts> pieces() const;                       // By branch and place.
    std::vector<WalRun> runs() const;
    WalPieceIndex index_of(const WalPieceFacts& piece) const;
    // Fills `out` with what begins at `from`. Throws Missing that says where bytes are missing.
    void read(const WalBranch& branch, Lsn from, std::span<std::byte> out) const;
    // Calls `visit` for the transactions whose records end behind `from` and not behind `until`, in order; false ends it.
    void visit_transactions(const WalBranch& branch, Lsn from, Lsn until, const std::function<bool(const WalTransaction&)>& visit) const;
    bool remove(const WalPieceFacts& piece);

private:
    std::vector<WalPieceFacts> list(const std::string& prefix) const;
    std::vector<WalPieceFacts> around(const WalBranch& branch, Lsn begin, Lsn end) const;
    bool holds(const WalPieceFacts& piece, Lsn begin, ByteView bytes) const;

    Store& store_;
    Keyring& keys_;
    const Clock& clock_;
    DatabaseName database_;
};

// Of a repository that is open; that must outlive it.
std::unique_ptr<WalArchive> wal_of(Repository& repository, const DatabaseName& database);

// What makes up each unbroken stretch, of pieces in order.
std::vector<WalRun> runs_of(const std::vector<WalPieceFacts>& pieces);

// Reads every piece of every database back.
void check_wal(Store& store, Keyring& keys, double sample, const std::function<void(Damage)>& on_damage, Progress& progress, const CancelToken& cancel);
// Removes what was sealed with keys that are destroyed. Returns how many objects, and their bytes.
struct RemovedWal { std::uint64_t objects = 0, bytes = 0; };
RemovedWal remove_destroyed_wal(Store& store, Keyring& keys, const CancelToken& cancel);

}  // namespace holdfast
