#include "engine/repository/wal_archive.hpp"

#include <random>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kFileBytesMost = 1u << 20;

Error other_content(const std::string& what) {
    return Error(ErrorCode::AlreadyExists, fmt::format("{} is in the repository already, with other content", what),
                 "Two servers archive into one database of the policy, or this one was restored and its timeline not changed. Nothing was overwritten: give each server a database of its own.");
}

}  // namespace

std::uint64_t WalArchive::put(const WalBranch& branch, Lsn begin, ByteView bytes, WalPieceIndex index) {
    const WalPieceName name{database_, branch, begin, begin + bytes.size()};
    const std::string object = wal_piece_object(name);
    if (wal_piece_of_object(object) != name) throw Error(ErrorCode::Usage, fmt::format("no piece of a write-ahead log goes from {} to {}", to_text(name.begin), to_text(name.end)));
    const std::vector<WalPieceFacts> there = around(branch, name.begin, name.end);
    for (const WalPieceFacts& piece : there) {
        if (!holds(piece, begin, bytes)) throw other_content(fmt::format("the write-ahead log from {} of timeline {}", to_text(std::max(piece.name.begin, begin)), branch.timeline));
        if (piece.name.covers(name)) return 0;
    }
    index.written = clock_.now();
    const Bytes sealed = seal_wal_piece(keys_, keys_.writing_key(database_), object, begin, bytes, std::move(index));
    fault_point("repository.wal.put.before");
    if (!store_.put_if_absent(object, sealed)) {
        if (read_wal_piece(store_, keys_, object, begin, false).index.digest != sha256(bytes)) throw other_content(object);
        return 0;
    }
    fault_point("repository.wal.put.after");
    const bool replaces = std::ranges::any_of(there, [&](const WalPieceFacts& piece) { return name.covers(piece.name); });
    if (!replaces) return sealed.size();
    read_wal_piece(store_, keys_, object, begin, true);
    for (const WalPieceFacts& piece : there) {
        if (name.covers(piece.name)) store_.remove(wal_piece_object(piece.name));
    }
    return sealed.size();
}

bool WalArchive::put_file(std::uint64_t system, const std::string& name, ByteView bytes) {
    if (bytes.size() > kFileBytesMost) throw Error(ErrorCode::Usage, fmt::format("{} is too large for what it is called", name));
    if (const auto there = file(system, name)) {
        if (*there != to_bytes(bytes)) throw other_content(name);
        return false;
    }
    const std::string object = wal_file_object(database_, system, name);
    WalPieceIndex index;
    index.written = clock_.now();
    const Bytes sealed = seal_wal_piece(keys_, keys_.writing_key(database_), object, {}, bytes, std::move(index));
    return store_.put_if_absent(object, sealed) || put_file(system, name, bytes);
}

std::vector<std::string> WalArchive::files(std::uint64_t system) const {
    std::vector<std::string> names;
    store_.list(wal_file_object(database_, system, ""), [&](const ObjectFacts& facts) { names.emplace_back(last_part(facts.name)); });
    return names;
}

std::optional<Bytes> WalArchive::file(std::uint64_t system, const std::string& name) const {
    const std::string object = wal_file_object(database_, system, name);
    if (!store_.look_at(object)) return std::nullopt;
    return read_wal_piece(store_, keys_, object, {}, true).bytes;
}

std::vector<WalPieceFacts> WalArchive::list(const std::string& prefix) const {
    std::vector<WalPieceFacts> found;
    store_.list(prefix, [&](const ObjectFacts& facts) {
        if (const auto name = wal_piece_of_object(facts.name)) found.push_back({*name, facts.bytes, facts.modified});
    });
    return found;
}

std::vector<WalPieceFacts> WalArchive::pieces() const { return list(wal_prefix(database_)); }

// Those that have bytes between the two. None lies across the border of a folder.
std::vector<WalPieceFacts> WalArchive::around(const WalBranch& branch, Lsn begin, Lsn end) const {
    std::vector<WalPieceFacts> found;
    const std::string last = wal_prefix(database_, branch, Lsn{end.bytes - 1});
    for (Lsn at = begin;; at = at + (std::uint64_t{1} << 28)) {
        const std::string prefix = wal_prefix(database_, branch, at);
        for (WalPieceFacts& piece : list(prefix)) {
            if (piece.name.begin < end && begin < piece.name.end) found.push_back(std::move(piece));
        }
        if (prefix >= last) return found;
    }
}

bool WalArchive::holds(const WalPieceFacts& piece, Lsn begin, ByteView bytes) const {
    const std::string object = wal_piece_object(piece.name);
    if (piece.name.begin == begin && piece.name.bytes() == bytes.size()) {
        return read_wal_piece(store_, keys_, object, begin, false).index.digest == sha256(bytes);
    }
    const Bytes there = read_wal_piece(store_, keys_, object, piece.name.begin, true).bytes;
    const Lsn from = std::max(piece.name.begin, begin), to = std::min(piece.name.end, begin + bytes.size());
    return std::ranges::equal(ByteView(there).subspan(from - piece.name.begin, to - from), bytes.subspan(from - begin, to - from));
}

std::vector<WalRun> runs_of(const std::vector<WalPieceFacts>& pieces) {
    std::vector<WalRun> runs;
    for (const WalPieceFacts& piece : pieces) {
        const WalPieceName& name = piece.name;
        const bool goes_on = !runs.empty() && runs.back().branch == name.branch && name.begin <= runs.back().end;
        if (!goes_on) runs.push_back({.branch = name.branch, .begin = name.begin, .end = name.end, .pieces = 0, .stored_bytes = 0});
        runs.back().end = std::max(runs.back().end, name.end);
        ++runs.back().pieces;
        runs.back().stored_bytes += piece.stored_bytes;
    }
    return runs;
}

std::vector<WalRun> WalArchive::runs() const { return runs_of(pieces()); }

WalPieceIndex WalArchive::index_of(const WalPieceFacts& piece) const {
    return read_wal_piece(store_, keys_, wal_piece_object(piece.name), piece.name.begin, false).index;
}

void WalArchive::read(const WalBranch& branch, Lsn from, std::span<std::byte> out) const {
    if (out.empty()) return;
    const Lsn end = from + out.size();
    Lsn at = from;
    for (const WalPieceFacts& piece : around(branch, from, end)) {
        if (piece.name.end <= at) continue;
        if (piece.name.begin > at) break;
        const Bytes bytes = read_wal_piece(store_, keys_, wal_piece_object(piece.name), piece.name.begin, true).bytes;
        if (bytes.size() != piece.name.bytes()) throw Error(ErrorCode::Corrupt, fmt::format("{} is damaged: it is not as long as its name says", wal_piece_object(piece.name)));
        const Lsn to = std::min(end, piece.name.end);
        std::ranges::copy(ByteView(bytes).subspan(at - piece.name.begin, to - at), out.begin() + static_cast<std::ptrdiff_t>(at - from));
        at = to;
        if (at == end) return;
    }
    throw Error(ErrorCode::Missing, fmt::format("the write-ahead log of {} from {} on timeline {} is not in the repository", database_.str(), to_text(at), branch.timeline));
}

void WalArchive::visit_transactions(const WalBranch& branch, Lsn from, Lsn until, const std::function<bool(const WalTransaction&)>& visit) const {
    Lsn seen = from;
    for (const WalPieceFacts& piece : list(wal_prefix(database_, branch))) {
        if (piece.name.end <= seen || piece.name.begin >= until) continue;
        for (const WalTransaction& each : index_of(piece).transactions) {
            // A small piece and the one that was made of it may be there side by side.
            if (each.end <= seen) continue;
            if (each.end > until || !visit(each)) return;
            seen = each.end;
        }
    }
}

bool WalArchive::remove(const WalPieceFacts& piece) {
    return store_.remove(wal_piece_object(piece.name));
}

namespace {

struct WalObject {
    std::string name;
    std::uint64_t bytes = 0;
    Lsn begin;
};

std::vector<WalObject> all_wal(Store& store) {
    std::vector<WalObject> objects;
    store.list(kWalPrefix, [&](const ObjectFacts& facts) {
        const auto name = wal_piece_of_object(facts.name);
        if (name || facts.name.find("/files/") != std::string::npos) objects.push_back({facts.name, facts.bytes, name ? name->begin : Lsn{}});
    });
    return objects;
}

}  // namespace

void check_wal(Store& store, Keyring& keys, double sample, const std::function<void(Damage)>& on_damage, Progress& progress, const CancelToken& cancel) {
    const std::vector<WalObject> objects = all_wal(store);
    if (objects.empty()) return;
    std::uint64_t total = 0;
    for (const WalObject& object : objects) total += object.bytes;
    progress.begin("verifying write-ahead logs", total);
    std::mt19937_64 random(std::random_device{}());
    std::uniform_real_distribution<double> chance(0.0, 1.0);
    for (const WalObject& object : objects) {
        throw_if_cancelled(cancel);
        try {
            read_wal_piece(store, keys, object.name, object.begin, sample >= 1.0 || chance(random) < sample);
        } catch (const Error& error) {
            const bool is_damage = error.code == ErrorCode::Corrupt || error.code == ErrorCode::CannotRecover || error.code == ErrorCode::Missing;
            if (!is_damage) throw;
            // Merged or expired meanwhile.
            if (error.code != ErrorCode::Missing || store.look_at(object.name)) {
                on_damage({.object = object.name, .offset = 0, .bytes = object.bytes, .what = error.message, .touches = {}});
            }
        }
        progress.advance(object.bytes);
    }
    progress.end();
}

RemovedWal remove_destroyed_wal(Store& store, Keyring& keys, const CancelToken& cancel) {
    RemovedWal removed;
    for (const WalObject& object : all_wal(store)) {
        throw_if_cancelled(cancel);
        if (object.bytes < kWalHeadBytes) continue;
        Bytes header(kWalHeadBytes);
        store.get_range(object.name, 0, header);
        if (!keys.is_destroyed(id_from_bytes<KeyId>(ByteView(header).subspan(16, 16))) || !store.remove(object.name)) continue;
        ++removed.objects;
        removed.bytes += object.bytes;
    }
    return removed;
}

}  // namespace holdfast
