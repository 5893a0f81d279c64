#include "engine/repository/log_chain.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr int kAttempts = 8;
constexpr std::size_t kKnownMax = 100'000;   // Some tens of megabytes.

// Something that a listing showed is not there any more, or not as it was known.
struct PiecesMoved {};

// The next piece must say that it follows what stands before it.
struct Joint {
    std::uint64_t next_piece = 1, next_transaction = 1;
    LogLink link;
    bool open = false;
    std::optional<LogStreamHead> head;

    std::string complaint_about(const LogPieceSummary& piece) const {
        if (piece.before != link || piece.first_transaction != next_transaction) return "it does not follow the one before it";
        if (piece.begins_inside && !open) return "it goes on with a transaction that was not begun";
        if (head && piece.head != *head) return "it follows another recovery point";
        return {};
    }
    void pass(const LogPieceName& name, const LogPieceSummary& piece) {
        next_piece = name.last + 1;
        next_transaction = piece.last_transaction + 1;
        link = piece.after;
        open = piece.ends_inside;
        head = piece.head;
    }
};

bool is_damage(const Error& error) { return error.code == ErrorCode::Corrupt || error.code == ErrorCode::Missing; }

class ChainWalk {
public:
    explicit ChainWalk(const LogPlace& place) : place_(place) {
        end_.listed = list_log_pieces(place);
        for (const LogPieceFacts& facts : end_.listed) {
            by_first_.emplace(facts.name.first, &facts);
            last_ = std::max(last_, facts.name.last);
        }
    }

    LogChainEnd run(const std::function<bool(ChainPiece&)>& visit) {
        for (;;) {
            auto piece = next();
            if (!piece) break;
            joint_.pass(piece->facts().name, piece->summary());
            ++end_.pieces;
            if (!visit(*piece)) break;
        }
        end_.next_piece = joint_.next_piece;
        return std::move(end_);
    }

private:
    // The largest sound one that begins where the chain has come to.
    std::optional<ChainPiece> next() {
        std::vector<const LogPieceFacts*> candidates;
        const auto [begin, end] = by_first_.equal_range(joint_.next_piece);
        for (auto each = begin; each != end; ++each) candidates.push_back(each->second);
        std::ranges::sort(candidates, [](const auto* a, const auto* b) {
            return std::tie(a->name.last, a->name.generation) > std::tie(b->name.last, b->name.generation);
        });
        std::string complaint;
        for (const LogPieceFacts* facts : candidates) {
            try {
                ChainPiece piece = look_at(*facts);
                const std::string wrong = joint_.complaint_about(piece.summary());
                if (wrong.empty()) return piece;
                complaint = fmt::format("{}: {}", log_piece_object(facts->name), wrong);
            } catch (const Error& error) {
                if (!is_damage(error)) throw;
                if (error.code == ErrorCode::Missing && !place_.store->look_at(log_piece_object(facts->name))) throw PiecesMoved{};
                complaint = error.message;
            }
        }
        if (last_ < joint_.next_piece) return std::nullopt;
        end_.hole = !complaint.empty() ? complaint : fmt::format("piece {} of log stream {} is not there", joint_.next_piece, place_.stream.str());
        return std::nullopt;
    }

    ChainPiece look_at(const LogPieceFacts& facts) {
        if (place_.known == nullptr) return {place_, facts, read_log_piece(*place_.store, *place_.keys, facts.name, facts.bytes)};
        const std::string object = log_piece_object(facts.name);
        if (auto known = place_.known->find(object, facts.bytes)) return {place_, facts, std::move(*known)};
        ChainPiece piece(place_, facts, read_log_piece(*place_.store, *place_.keys, facts.name, facts.bytes));
        place_.known->put(object, facts.bytes, piece.summary());
        return piece;
    }

    const LogPlace& place_;
    LogChainEnd end_;
    std::multimap<std::uint64_t, const LogPieceFacts*> by_first_;
    std::uint64_t last_ = 0;
    Joint joint_;
};

}  // namespace

LogPieceSummary summary_of(const LogPieceIndex& index) {
    LogPieceSummary summary{.head = index.head,
                            .mark = index.mark,
                            .before = index.before,
                            .after = index.after,
                            .begins_inside = index.begins_inside,
                            .ends_inside = index.ends_inside,
                            .first_transaction = index.first_transaction,
                            .last_transaction = index.last_transaction(),
                            .last_at = {}};
    for (const LogCommit& commit : index.commits) {
        summary.last_at = commit.at;
        summary.precision = std::max(summary.precision, commit.at - commit.not_before);
        summary.pages_least = std::min(summary.pages_least, commit.pages_least);
    }
    return summary;
}

std::optional<LogPieceSummary> KnownPieces::find(const std::string& object, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(object);
    return found == known_.end() || found->second.bytes != bytes ? std::nullopt : std::optional(found->second.summary);
}

void KnownPieces::put(const std::string& object, std::uint64_t bytes, const LogPieceSummary& summary) {
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kKnownMax) known_.clear();   // Mostly of pieces that were merged since.
    known_.insert_or_assign(object, Known{bytes, summary});
}

void KnownPieces::drop(const std::string& object) {
    const std::lock_guard lock(mutex_);
    known_.erase(object);
}

OpenedLogPiece& ChainPiece::opened() {
    if (opened_) return *opened_;
    try {
        opened_ = read_log_piece(*place_.store, *place_.keys, facts_.name, facts_.bytes);
    } catch (const Error& error) {
        if (!is_damage(error)) throw;
        place_.known->drop(log_piece_object(facts_.name));
        throw PiecesMoved{};
    }
    return *opened_;
}

std::vector<LogPieceFacts> list_log_pieces(const LogPlace& place) {
    std::vector<LogPieceFacts> pieces;
    place.store->list(log_stream_prefix(place.database, place.stream), [&](const ObjectFacts& facts) {
        if (auto name = log_piece_of_object(facts.name)) pieces.push_back({std::move(*name), facts.bytes, facts.modified});
    });
    return pieces;
}

std::vector<LogStreamId> list_log_streams(Store& store, const DatabaseName& database) {
    std::vector<LogStreamId> streams;
    store.list(logs_prefix(database), [&](const ObjectFacts& facts) {
        const auto name = log_piece_of_object(facts.name);
        if (name && (streams.empty() || streams.back() != name->stream)) streams.push_back(name->stream);
    });
    return streams;
}

LogChainEnd walk_log_chain(const LogPlace& place, const std::function<void()>& begin, const std::function<bool(ChainPiece&)>& visit) {
    for (int attempt = 1;; ++attempt) {
        if (begin) begin();
        try {
            return ChainWalk(place).run(visit);
        } catch (const PiecesMoved&) {
            if (attempt == kAttempts) {
                throw Error(ErrorCode::Busy, fmt::format("the pieces of log stream {} change while they are read", place.stream.str()), "Try again.");
            }
        }
    }
}

bool TransactionJoiner::feed(const LogPieceIndex& index, std::uint32_t piece, const Visit& visit) {
    // What a writer left open that was killed is no part of anything.
    if (!index.begins_inside) open_.clear();
    std::uint64_t number = index.first_transaction - 1;
    std::size_t at = 0;
    for (const LogCommit& commit : index.commits) {
        for (const std::size_t end = at + commit.versions; at < end; ++at) open_.push_back({piece, index.versions[at]});
        number += commit.span;
        const bool more = visit(number, commit, open_);
        open_.clear();
        if (!more) return false;
    }
    for (; at < index.versions.size(); ++at) open_.push_back({piece, index.versions[at]});
    return true;
}

LogEnd read_log_end(const LogPlace& place, const TransactionJoiner::Visit& each, const std::function<void()>& begin) {
    LogEnd end;
    TransactionJoiner joiner;
    const auto restart = [&] {
        end = {};
        joiner = {};
        if (begin) begin();
    };
    const LogChainEnd chain = walk_log_chain(place, restart, [&](ChainPiece& piece) {
        const LogPieceSummary& summary = piece.summary();
        end.head = summary.head;
        end.link = summary.after;
        end.facts.mark = summary.mark;
        end.facts.transactions = summary.last_transaction;
        end.last_at = summary.last_at.value_or(end.last_at);
        end.pages_least = std::min(end.pages_least, summary.pages_least);
        end.facts.precision = std::max(end.facts.precision, summary.precision);
        if (each) joiner.feed(piece.opened().index, 0, each);
        return true;
    });
    if (chain.listed.empty()) throw Error(ErrorCode::Missing, fmt::format("there is no log stream {} of {}", place.stream.str(), place.database.str()));
    end.next_piece = chain.next_piece;
    end.facts.stream = place.stream;
    end.facts.base = end.head.base;
    end.facts.from = end.head.from;
    end.facts.identity = end.head.identity;
    end.facts.until = end.facts.transactions == 0 ? end.facts.from : end.last_at;
    end.facts.hole = chain.hole;
    end.facts.pieces = chain.listed.size();
    for (const LogPieceFacts& facts : chain.listed) end.facts.bytes += facts.bytes;
    return end;
}

std::optional<Instant> newest_in_stream(const LogPlace& place) {
    std::vector<LogPieceFacts> pieces = list_log_pieces(place);
    std::ranges::sort(pieces, std::greater{}, [](const LogPieceFacts& facts) { return facts.name.last; });
    std::optional<Instant> base;
    for (const LogPieceFacts& facts : pieces) {
        try {
            const LogPieceIndex index = read_log_piece(*place.store, *place.keys, facts.name, facts.bytes).index;
            if (!index.commits.empty()) return index.commits.back().at;
            base = index.head.from;
        } catch (const Error& error) {
            if (!is_damage(error) && error.code != ErrorCode::CannotRecover) throw;   // Told by whoever reads the log.
        }
    }
    return base;
}

}  // namespace holdfast
