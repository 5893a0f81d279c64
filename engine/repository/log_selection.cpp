#include "engine/repository/log_selection.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kWholePiecesMax = 32u << 20;   // Of small pieces that stay in memory, so that they are not fetched twice.

class Selecting {
public:
    Selecting(std::uint64_t until, std::optional<Instant> since) : until_(until), since_(since) {}

    bool take(OpenedLogPiece& piece) {
        if (!begun_) begin(piece.index.head);
        const auto number = static_cast<std::uint32_t>(selection_.pieces.size());
        const bool more = joiner_.feed(piece.index, number, [&](std::uint64_t transaction, const LogCommit& commit, auto versions) {
            return add(transaction, commit, versions);
        });
        piece.index.versions = {};
        piece.index.commits = {};
        whole_bytes_ += piece.whole.size();
        if (whole_bytes_ > kWholePiecesMax) piece.whole = {};
        selection_.pieces.push_back(std::move(piece));
        return more;
    }

    LogSelection finish(const LogPlace& place, const std::string& hole) {
        if (!found_) {
            const std::string position = fmt::format("transaction {} of log stream {} of {}", until_, place.stream.str(), place.database.str());
            if (folded_) {
                throw Error(ErrorCode::CannotRecover, position + " was folded into a later one", "Name another transaction; `runbook catalog list` shows what can be recovered.");
            }
            throw Error(ErrorCode::CannotRecover, hole.empty() ? position + " is not in the store" : fmt::format("{} cannot be read: {}", position, hole));
        }
        return std::move(selection_);
    }

private:
    void begin(const LogStreamHead& head) {
        begun_ = true;
        selection_.head = head;
        selection_.pages = head.base_pages;
        selection_.zero_from = ~std::uint64_t{0};
        size_ = head.base_pages;
    }

    bool add(std::uint64_t transaction, const LogCommit& commit, std::span<const TransactionJoiner::Version> versions) {
        if (transaction > until_) {
            folded_ = transaction - commit.span < until_ && !found_;
            return false;
        }
        if (!since_ || commit.at >= *since_) {
            cut(commit.pages_least);
            for (const TransactionJoiner::Version& each : versions) {
                const PageVersion& version = each.version;
                selection_.frames[version.page] = {each.piece, version.block, version.offset, version.bytes, version.coding};
            }
            cut(commit.pages_after);
        }
        size_ = commit.pages_after;
        selection_.pages = commit.pages_after;
        if (transaction != until_) return true;
        selection_.commit = commit;
        found_ = true;
        return false;
    }

    // The file was so short once: what stood behind is gone, also where it grew again.
    void cut(std::uint64_t pages) {
        const bool shorter = pages < size_;
        size_ = pages;
        if (!shorter) return;
        std::erase_if(selection_.frames, [&](const auto& each) { return each.first >= pages; });
        selection_.zero_from = std::min(selection_.zero_from, pages);
    }

    std::uint64_t until_;
    std::optional<Instant> since_;
    LogSelection selection_;
    TransactionJoiner joiner_;
    std::uint64_t size_ = 0;           // Pages behind the transaction before.
    std::uint64_t whole_bytes_ = 0;
    bool begun_ = false, found_ = false, folded_ = false;
};

}  // namespace

LogSelection select_versions(const LogPlace& place, std::uint64_t until, std::optional<Instant> since) {
    std::optional<Selecting> selecting;
    const LogChainEnd end = walk_log_chain(place, [&] { selecting.emplace(until, since); }, [&](ChainPiece& piece) { return selecting->take(piece.opened()); });
    if (end.listed.empty()) throw Error(ErrorCode::Missing, fmt::format("there is no log stream {} of {}", place.stream.str(), place.database.str()));
    return selecting->finish(place, end.hole);
}

}  // namespace holdfast
