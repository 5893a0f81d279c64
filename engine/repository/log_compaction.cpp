#include "engine/repository/log_compaction.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/repository/log_gathering.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kPieceBytes = 32u << 20;        // Pieces grow to about so much.
constexpr std::uint64_t kPlainBytesMax = 96u << 20;     // In memory while they are merged.
constexpr std::uint64_t kVersionsMax = 1u << 20;        // In one piece, so that its index stays small.
constexpr std::size_t kNeighbours = 8;                  // So many of one size become one.
// Much longer than a follower may be still without asking who else is there (log_writer.cpp).
constexpr Duration kYoung = std::chrono::seconds(30);

class Compaction {
public:
    Compaction(const LogPlace& place, const CompactRequest& request, Progress& progress, const CancelToken& cancel)
        : place_(place), request_(request), progress_(progress), cancel_(cancel) {}

    CompactReport run() {
        look();
        if (listed_.empty()) throw Error(ErrorCode::Missing, fmt::format("there is no log stream {} of {}", place_.stream.str(), place_.database.str()));
        report_.pieces_before = listed_.size();
        report_.bytes_before = stored_bytes();
        progress_.begin("merging the log", 0);
        try {
            remove_leftovers();
            if (request_.fold_before) fold();
            while (merge_some()) look();
        } catch (const Error& error) {
            // Somebody else merges too: what is there stays good, and the next time comes soon.
            if (error.code != ErrorCode::Missing && error.code != ErrorCode::Busy) throw;
            log_warning("merging the log of {} stopped: {}", place_.database.str(), error.message);
        }
        progress_.end();
        look();
        report_.pieces_after = listed_.size();
        report_.bytes_after = stored_bytes();
        return report_;
    }

private:
    std::uint64_t stored_bytes() const {
        std::uint64_t bytes = 0;
        for (const LogPieceFacts& piece : listed_) bytes += piece.bytes;
        return bytes;
    }

    // By names alone: large pieces are not opened again and again.
    void look() {
        listed_ = list_log_pieces(place_);
        chain_.clear();
        std::map<std::uint64_t, const LogPieceFacts*> largest;   // By first.
        for (const LogPieceFacts& piece : listed_) {
            const LogPieceFacts*& best = largest[piece.name.first];
            if (best == nullptr || std::tie(piece.name.last, piece.name.generation) > std::tie(best->name.last, best->name.generation)) best = &piece;
        }
        for (auto next = largest.find(1); next != largest.end(); next = largest.find(chain_.back().name.last + 1)) chain_.push_back(*next->second);
    }

    // How many pieces from the oldest on may be merged. The last one always stays: it is where the follower goes on.
    std::size_t eligible() const {
        const Instant now = place_.clock->now();
        std::size_t count = 0;
        while (count + 1 < chain_.size()) {
            const Duration age = now - chain_[count].modified;
            const bool small = chain_[count].name.first == chain_[count].name.last;
            if (small && age < kYoung && age > -kYoung) break;
            ++count;
        }
        return count;
    }

    // What a compaction left that was killed between putting the merged piece and removing those it replaces.
    void remove_leftovers() {
        std::map<std::size_t, std::vector<LogPieceFacts>> covered;   // By who covers them.
        for (const LogPieceFacts& piece : listed_) {
            const auto behind = std::ranges::upper_bound(chain_, piece.name.first, {}, [](const LogPieceFacts& each) { return each.name.first; });
            if (behind == chain_.begin() || !(behind - 1)->name.covers(piece.name)) continue;
            covered[static_cast<std::size_t>(behind - 1 - chain_.begin())].push_back(piece);
        }
        for (const auto& [merged, pieces] : covered) {
            if (is_sound(chain_[merged])) remove(pieces);
        }
    }

    bool is_sound(const LogPieceFacts& facts) {
        try {
            const OpenedLogPiece piece = read_log_piece(*place_.store, *place_.keys, facts.name, facts.bytes);
            LogBlocks blocks(*place_.store, *place_.keys, piece);
            for (std::uint32_t i = 0; i < piece.index.blocks.size(); ++i) blocks.block(i, true);
            return true;
        } catch (const Error& error) {
            if (error.code != ErrorCode::Corrupt) throw;
            log_warning("pieces of the log stay, because the one that they were merged into is damaged: {}", error.message);
            return false;
        }
    }

    void remove(const std::vector<LogPieceFacts>& pieces) {
        for (const LogPieceFacts& piece : pieces) {
            place_.store->remove(log_piece_object(piece.name));
        }
    }

    // True where something was merged, so that there may be more to do.
    bool merge_some() {
        std::vector<std::uint64_t> bytes;
        for (std::size_t i = 0, count = eligible(); i < count; ++i) bytes.push_back(chain_[i].bytes);
        bool merged = false;
        for (auto [first, end] : groups_to_merge(bytes)) {
            while (first < end) {
                throw_if_cancelled(cancel_);
                const std::vector<OpenedLogPiece> pieces = neighbours(first, end);
                if (pieces.empty()) return false;
                first += pieces.size();
                if (pieces.size() == 1) continue;
                LogGathering gathering({}, pieces.front().index.before);
                for (const OpenedLogPiece& piece : pieces) feed(gathering, piece);
                replace(pieces, gathering.take(pieces.back().index.after, place_.clock->now()));
                merged = true;
            }
        }
        return merged;
    }

    // Those from `first` on that fit into one. Their indexes say how much there is in them.
    std::vector<OpenedLogPiece> neighbours(std::size_t first, std::size_t end) {
        std::vector<OpenedLogPiece> pieces;
        std::uint64_t stored = 0, plain = 0, versions = 0;
        for (; first < end; ++first) {
            OpenedLogPiece piece = open(chain_[first]);
            stored += piece.bytes;
            versions += piece.index.versions.size();
            for (const LogBlock& block : piece.index.blocks) plain += block.bytes;
            if (!pieces.empty() && (stored > kPieceBytes * 3 / 2 || plain > kPlainBytesMax || versions > kVersionsMax)) break;
            if (!pieces.empty() && !follows(piece, pieces.back().index.after)) break;
            pieces.push_back(std::move(piece));
        }
        return pieces;
    }

    OpenedLogPiece open(const LogPieceFacts& facts) { return read_log_piece(*place_.store, *place_.keys, facts.name, facts.bytes); }
    bool follows(const OpenedLogPiece& piece, const LogLink& link) {
        if (piece.index.before == link) return true;
        log_warning("{} does not follow the piece before it and is not merged", log_piece_object(piece.name));
        return false;
    }
    void feed(LogGathering& gathering, const OpenedLogPiece& piece) {
        LogBlocks blocks(*place_.store, *place_.keys, piece);
        gathering.feed(piece, blocks);
        progress_.advance(piece.bytes);
    }

    void replace(const std::vector<OpenedLogPiece>& sources, const LogPieceBuilder& merged) {
        LogPieceName name = sources.front().name;
        name.last = sources.back().name.last;
        name.generation = 0;
        for (const LogPieceFacts& piece : listed_) {
            if (piece.name.first == name.first && piece.name.last == name.last) name.generation = std::max(name.generation, piece.name.generation + 1);
        }
        const Bytes object = merged.seal(*place_.keys, place_.keys->writing_key(place_.database), name, true);
        const std::string text = log_piece_object(name);
        fault_point("repository.log.merge.before");
        if (!place_.store->put_if_absent(text, object)) throw Error(ErrorCode::Busy, fmt::format("{} was put by another process", text));
        if (place_.store->get(text, kLogPieceBytesMax) != object) {
            throw Error(ErrorCode::Corrupt, fmt::format("{} cannot be read back as it was written; what it was merged from stays", text),
                        "The store does not keep what is written to it; look at its disk.");
        }
        // Of two compactions that overlap each puts first and looks then: at least one sees the other.
        for (const LogPieceFacts& other : list_log_pieces(place_)) {
            const bool apart = other.name.last < name.first || other.name.first > name.last;
            if (apart || other.name == name || name.covers(other.name) || other.name.covers(name)) continue;
            place_.store->remove(text);
            throw Error(ErrorCode::Busy, fmt::format("{} was put by another process", log_piece_object(other.name)));
        }
        fault_point("repository.log.merge.after");
        std::vector<LogPieceFacts> replaced;
        for (const OpenedLogPiece& piece : sources) replaced.push_back({piece.name, piece.bytes, {}});
        remove(replaced);
    }

    // The oldest pieces, as far as they have transactions to fold.
    void fold() {
        const std::size_t count = eligible();
        for (std::size_t first = 0; first < count;) {
            throw_if_cancelled(cancel_);
            std::vector<OpenedLogPiece> pieces;
            std::optional<LogGathering> gathering;
            std::size_t commits = 0;
            while (first < count && (!gathering || (gathering->bytes() < kPieceBytes && gathering->versions() < kVersionsMax))) {
                OpenedLogPiece piece = open(chain_[first]);
                const bool later = !piece.index.commits.empty() && piece.index.commits.front().at >= *request_.fold_before;
                if (later || (gathering && !follows(piece, pieces.back().index.after))) {
                    first = count;
                    break;
                }
                if (!gathering) gathering.emplace(LogGathering::Options{.fold_before = request_.fold_before}, piece.index.before);
                feed(*gathering, piece);
                commits += piece.index.commits.size();
                piece.index.versions = {};
                piece.whole = {};
                pieces.push_back(std::move(piece));
                ++first;
            }
            if (pieces.empty()) break;
            const LogPieceBuilder folded = gathering->take(pieces.back().index.after, place_.clock->now());
            if (folded.index().commits.size() < commits) replace(pieces, folded);
        }
        look();
    }

    const LogPlace& place_;
    const CompactRequest& request_;
    Progress& progress_;
    const CancelToken& cancel_;
    CompactReport report_;
    std::vector<LogPieceFacts> listed_, chain_;
};

// 0 up to 32 KiB, 1 up to 256 KiB, and so on.
unsigned level_of(std::uint64_t bytes) {
    unsigned level = 0;
    for (std::uint64_t bound = 32u << 10; bytes > bound; bound *= kNeighbours) ++level;
    return level;
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> groups_to_merge(const std::vector<std::uint64_t>& bytes) {
    std::vector<std::pair<std::size_t, std::size_t>> groups;
    for (unsigned level = 0; groups.empty() && level < level_of(kPieceBytes); ++level) {
        for (std::size_t i = 0; i < bytes.size();) {
            std::size_t end = i;
            while (end < bytes.size() && level_of(bytes[end]) <= level) ++end;
            if (end - i >= kNeighbours) groups.emplace_back(i, end);
            i = std::max(end, i + 1);
        }
    }
    return groups;
}

CompactReport compact_log_stream(const LogPlace& place, const CompactRequest& request, Progress& progress, const CancelToken& cancel) {
    return Compaction(place, request, progress, cancel).run();
}

}  // namespace holdfast
