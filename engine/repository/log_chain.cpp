#include "engine/repository/log_chain.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr int kAttempts = 8;

// Something that a listing showed is not there any more.
struct PiecesMoved {};

// The next piece must say that it follows what stands before it.
struct Joint {
    std::uint64_t next_piece = 1, next_transaction = 1;
    LogLink link;
    bool open = false;
    std::optional<LogStreamHead> head;

    std::string complaint_about(const LogPieceIndex& index) const {
        if (index.before != link || index.first_transaction != next_transaction) return "it does not follow the one before it";
        if (index.begins_inside && !open) return "it goes on with a transaction that was not begun";
        if (head && index.head != *head) return "it follows another recovery point";
        return {};
    }
    void pass(const LogPieceName& name, const LogPieceIndex& index) {
        next_piece = name.last + 1;
        next_transaction = index.last_transaction() + 1;
        link = index.after;
        open = index.ends_inside;
        head = index.head;
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

    LogChainEnd run(const std::function<bool(OpenedLogPiece&)>& visit) {
        for (;;) {
            auto piece = next();
            if (!piece) break;
            joint_.pass(piece->name, piece->index);
            ++end_.pieces;
            if (!visit(*piece)) break;
        }
        end_.next_piece = joint_.next_piece;
        return std::move(end_);
    }

private:
    // The largest sound one that begins where the chain has come to.
    std::optional<OpenedLogPiece> next() {
        std::vector<const LogPieceFacts*> candidates;
        const auto [begin, end] = by_first_.equal_range(joint_.next_piece);
        for (auto each = begin; each != end; ++each) candidates.push_back(each->second);
        std::ranges::sort(candidates, [](const auto* a, const auto* b) {
            return std::tie(a->name.last, a->name.generation) > std::tie(b->name.last, b->name.generation);
        });
        std::string complaint;
        for (const LogPieceFacts* facts : candidates) {
            try {
                OpenedLogPiece piece = read_log_piece(*place_.store, *place_.keys, facts->name, facts->bytes);
                const std::string wrong = joint_.complaint_about(piece.index);
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

    const LogPlace& place_;
    LogChainEnd end_;
    std::multimap<std::uint64_t, const LogPieceFacts*> by_first_;
    std::uint64_t last_ = 0;
    Joint joint_;
};

}  // namespace

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

LogChainEnd walk_log_chain(const LogPlace& place, const std::function<void()>& begin, const std::function<bool(OpenedLogPiece&)>& visit) {
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
    const LogChainEnd chain = walk_log_chain(place, restart, [&](OpenedLogPiece& piece) {
        end.head = piece.index.head;
        end.link = piece.index.after;
        end.facts.mark = piece.index.mark;
        end.facts.transactions = piece.index.last_transaction();
        for (const LogCommit& commit : piece.index.commits) {
            end.last_at = commit.at;
            end.pages_least = std::min(end.pages_least, commit.pages_least);
            end.facts.precision = std::max(end.facts.precision, commit.at - commit.not_before);
        }
        if (each) joiner.feed(piece.index, 0, each);
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

}  // namespace holdfast
