#include "engine/repository/log_check.hpp"

#include <random>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/repository/point_reader.hpp"

namespace holdfast {
namespace {

using StreamName = std::pair<DatabaseName, LogStreamId>;
using DamagedBlocks = std::map<std::uint32_t, std::string>;   // By number: what is wrong.
using Streams = std::map<StreamName, std::vector<LogPieceFacts>>;

Streams all_streams(Store& store) {
    Streams streams;
    store.list(kLogsPrefix, [&](const ObjectFacts& facts) {
        if (auto name = log_piece_of_object(facts.name)) streams[{name->database, name->stream}].push_back({*name, facts.bytes, facts.modified});
    });
    return streams;
}

bool is_damage(const Error& error) {
    return error.code == ErrorCode::Corrupt || error.code == ErrorCode::Missing || error.code == ErrorCode::CannotRecover;
}

std::string transactions_of(const LogPieceIndex& index, std::uint64_t first_version, std::uint64_t end_version) {
    std::uint64_t first = 0, last = 0, number = index.first_transaction - 1, versions = 0;
    for (const LogCommit& commit : index.commits) {
        number += commit.span;
        const std::uint64_t begin = std::exchange(versions, versions + commit.versions);
        if (begin >= end_version || versions <= first_version) continue;
        if (first == 0) first = number;
        last = number;
    }
    // The transaction that goes on in the next piece.
    if (versions < end_version) last = number + 1;
    if (first == 0) first = last;
    return first == last ? fmt::format("transaction {}", first) : fmt::format("transactions {} to {}", first, last);
}

class StreamCheck {
public:
    StreamCheck(Store& store, Keyring& keys, const StreamName& name, const std::function<void(Damage)>& on_damage)
        : store_(store), keys_(keys), name_(name), on_damage_(on_damage) {}

    void check_piece(const LogPieceFacts& facts, bool read_blocks) {
        const std::string object = log_piece_object(facts.name);
        try {
            const OpenedLogPiece piece = read_log_piece(store_, keys_, facts.name, facts.bytes);
            if (read_blocks) check_blocks(piece, object);
        } catch (const Error& error) {
            if (!is_damage(error)) throw;
            if (error.code == ErrorCode::Missing && !store_.look_at(object)) return;   // Merged meanwhile.
            on_damage_({.object = object, .offset = 0, .bytes = facts.bytes, .what = fmt::format("{} ({})", error.message, which()), .touches = {}});
        }
    }

    // Every piece may be sound and one be missing all the same.
    void check_chain() {
        LogPlace place;
        place.store = &store_;
        place.keys = &keys_;
        place.database = name_.first;
        place.stream = name_.second;
        try {
            const LogEnd end = read_log_end(place, {}, {});
            if (end.facts.hole.empty()) return;
            on_damage_({.object = log_stream_prefix(name_.first, name_.second), .offset = 0, .bytes = 0,
                        .what = fmt::format("transactions behind {} cannot be recovered ({}): {}", end.facts.transactions, which(), end.facts.hole), .touches = {}});
        } catch (const Error& error) {
            if (!is_damage(error)) throw;   // Told piece by piece, or forgotten meanwhile.
        }
    }

private:
    std::string which() const { return fmt::format("log stream {} of {}", name_.second.str(), name_.first.str()); }

    void check_blocks(const OpenedLogPiece& piece, const std::string& object) {
        LogBlocks blocks(store_, keys_, piece);
        std::vector<Bytes> plain(piece.index.blocks.size());
        DamagedBlocks damaged;
        for (std::uint32_t i = 0; i < plain.size(); ++i) {
            try {
                plain[i] = to_bytes(blocks.block(i, true));
            } catch (const Error& error) {
                if (error.code != ErrorCode::Corrupt) throw;
                damaged.emplace(i, error.message);
            }
        }
        check_frames(piece.index, plain, damaged);
        std::uint64_t at = piece.blocks_at;
        for (std::uint32_t i = 0; i < plain.size(); ++i) {
            const std::uint64_t bytes = piece.index.blocks[i].stored + kSealOverheadBytes;
            if (const auto found = damaged.find(i); found != damaged.end()) {
                on_damage_({.object = object, .offset = at, .bytes = bytes, .what = fmt::format("{} of {}: {}", touched_by(piece.index, i), which(), found->second), .touches = {}});
            }
            at += bytes;
        }
    }

    // Every page as a restore would make it, in the order of the file: what deltas are made against is read once.
    void check_frames(const LogPieceIndex& index, const std::vector<Bytes>& plain, DamagedBlocks& damaged) {
        if (!open_base(index.head.base)) return;
        std::vector<std::uint32_t> order;
        for (std::uint32_t i = 0; i < index.versions.size(); ++i) {
            if (index.versions[i].bytes != 0 && !damaged.contains(index.versions[i].block)) order.push_back(i);
        }
        std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return index.versions[i].page; });
        Bytes root, page(index.head.page_bytes);
        std::uint64_t root_page = ~std::uint64_t{0};   // Whose page `root` is.
        for (const std::uint32_t i : order) {
            const PageVersion& version = index.versions[i];
            try {
                if (version.coding == FrameCoding::Delta && root_page != version.page) {
                    root_page = ~std::uint64_t{0};
                    if (version.page >= index.head.base_pages) throw Error(ErrorCode::Corrupt, "a page that was coded against one which its recovery point does not have");
                    root.resize(index.head.page_bytes);
                    base_->read_at(index.head.file, version.page * root.size(), root);
                    root_page = version.page;
                }
                coder_.decode(version.coding, ByteView(plain[version.block]).subspan(version.offset, version.bytes), root, page);
            } catch (const Error& error) {
                if (!is_damage(error)) throw;
                damaged.try_emplace(version.block, fmt::format("page {} cannot be made from recovery point {}: {}", version.page, index.head.base.str(), error.message));
            }
        }
    }

    // What is wrong with the point itself is told by whoever checks points.
    bool open_base(const PointId& point) {
        if (tried_base_) return base_ != nullptr;
        tried_base_ = true;
        try {
            base_ = std::make_unique<PointReader>(store_, keys_, read_point(store_, keys_, {name_.first, point}), 1);
        } catch (const Error& error) {
            if (!is_damage(error)) throw;
        }
        return base_ != nullptr;
    }

    static std::string touched_by(const LogPieceIndex& index, std::uint32_t block) {
        std::uint64_t first = index.versions.size(), end = 0;
        for (std::uint64_t i = 0; i < index.versions.size(); ++i) {
            if (index.versions[i].bytes == 0 || index.versions[i].block != block) continue;
            first = std::min(first, i);
            end = i + 1;
        }
        return transactions_of(index, first, end);
    }

    Store& store_;
    Keyring& keys_;
    const StreamName& name_;
    std::unique_ptr<PointReader> base_;
    bool tried_base_ = false;
    FrameCoder coder_;
    const std::function<void(Damage)>& on_damage_;
};

// Of the first piece that tells; nothing where none does.
std::optional<PointId> base_of(Store& store, Keyring& keys, const std::vector<LogPieceFacts>& pieces) {
    for (const LogPieceFacts& facts : pieces) {
        try {
            return read_log_piece(store, keys, facts.name, facts.bytes).index.head.base;
        } catch (const Error& error) {
            if (!is_damage(error)) throw;
        }
    }
    return std::nullopt;
}

bool is_destroyed(Store& store, Keyring& keys, const LogPieceFacts& piece) {
    Bytes header(kLogHeaderBytes);
    try {
        store.get_range(log_piece_object(piece.name), 0, header);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Corrupt || error.code == ErrorCode::Missing) return false;
        throw;
    }
    return keys.is_destroyed(id_from_bytes<KeyId>(ByteView(header).subspan(16, 16)));
}

}  // namespace

void check_logs(Store& store, Keyring& keys, const LogCheckOptions& options, const std::function<void(Damage)>& on_damage, Progress& progress,
                const CancelToken& cancel) {
    Streams streams = all_streams(store);
    if (!options.bases.empty()) {
        std::erase_if(streams, [&](const auto& each) {
            const auto base = base_of(store, keys, each.second);
            return !base || !options.bases.contains(*base);
        });
    }
    std::uint64_t total = 0;
    for (const auto& [name, pieces] : streams) {
        for (const LogPieceFacts& piece : pieces) total += piece.bytes;
    }
    if (streams.empty()) return;
    progress.begin("verifying logs", total);
    std::mt19937_64 random(std::random_device{}());
    std::uniform_real_distribution<double> chance(0.0, 1.0);
    for (const auto& [name, pieces] : streams) {
        StreamCheck check(store, keys, name, on_damage);
        for (const LogPieceFacts& piece : pieces) {
            throw_if_cancelled(cancel);
            check.check_piece(piece, options.sample >= 1.0 || chance(random) < options.sample);
            progress.advance(piece.bytes);
        }
        check.check_chain();
    }
    progress.end();
}

RemovedLogs remove_dead_logs(Store& store, Keyring& keys, Instant now, Duration grace, const CancelToken& cancel) {
    RemovedLogs removed;
    for (const auto& [name, pieces] : all_streams(store)) {
        throw_if_cancelled(cancel);
        Instant newest{};
        for (const LogPieceFacts& piece : pieces) newest = std::max(newest, piece.modified);
        bool dead = is_destroyed(store, keys, pieces.front());
        if (!dead && now >= newest && now - newest >= grace) {
            const auto base = base_of(store, keys, pieces);
            dead = base && !store.look_at(point_object(name.first, *base));
            if (dead) log_warning("log stream {} of {} is removed: the recovery point that it follows is gone", name.second.str(), name.first.str());
        }
        if (!dead) continue;
        // The newest first, as everywhere.
        for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
            if (!store.remove(log_piece_object(piece->name))) continue;
            ++removed.objects;
            removed.bytes += piece->bytes;
        }
    }
    return removed;
}

}  // namespace holdfast
