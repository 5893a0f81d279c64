#include "engine/repository/log_gathering.hpp"

namespace holdfast {

void LogGathering::feed(const OpenedLogPiece& piece, LogBlocks& blocks) {
    const LogPieceIndex& index = piece.index;
    if (!begun_) {
        done_ = std::max(options_.skip_through, index.first_transaction - 1);
        first_transaction_ = done_ + 1;
        partial_ = begins_inside_ = index.begins_inside && index.first_transaction > options_.skip_through;
        begun_ = true;
    } else if (!index.begins_inside) {
        // What a killed writer left open belongs to nothing.
        tail_.clear();
        tail_bytes_ = 0;
        partial_ = false;
        if (builder_.empty() && run_.span == 0) begins_inside_ = false;
    }
    head_ = index.head;
    mark_ = index.mark;
    std::size_t at = 0;
    const auto read = [&](std::size_t count) {
        for (const std::size_t end = at + count; at < end; ++at) {
            const PageVersion& version = index.versions[at];
            Bytes frame;
            if (version.bytes != 0) frame = to_bytes(blocks.block(version.block, true).subspan(version.offset, version.bytes));
            tail_bytes_ += frame.size() + sizeof(Version);
            tail_.push_back({version.page, version.coding, std::move(frame)});
        }
    };
    std::uint64_t number = index.first_transaction - 1;
    for (const LogCommit& commit : index.commits) {
        number += commit.span;
        if (number <= options_.skip_through) {
            at += commit.versions;
            tail_.clear();
        } else {
            read(commit.versions);
            add(number, commit, std::move(tail_));
        }
        tail_ = {};
        tail_bytes_ = 0;
    }
    read(index.versions.size() - at);
}

void LogGathering::add(std::uint64_t number, LogCommit commit, std::vector<Version> versions) {
    commit.span = number - done_;
    done_ = number;
    // A transaction of which a part lies elsewhere cannot be folded with others.
    const bool foldable = options_.fold_before && commit.at < *options_.fold_before && !partial_;
    partial_ = false;
    if (foldable) return fold(commit, std::move(versions));
    end_run();
    for (const Version& version : versions) builder_.add(version.page, version.coding, version.frame);
    commit.versions = versions.size();
    builder_.index().commits.push_back(commit);
}

void LogGathering::fold(const LogCommit& commit, std::vector<Version> versions) {
    const std::uint64_t least = run_.span == 0 ? commit.pages_least : std::min(run_.pages_least, commit.pages_least);
    const std::uint64_t span = run_.span + commit.span;
    run_ = commit;
    run_.span = span;
    run_.pages_least = least;
    cut_run(commit.pages_least);
    for (Version& version : versions) {
        run_bytes_ += version.frame.size() + sizeof(Version);
        const auto [place, is_new] = run_pages_.try_emplace(version.page);
        if (!is_new) run_bytes_ -= place->second.frame.size() + sizeof(Version);
        place->second = std::move(version);
    }
    cut_run(commit.pages_after);
}

void LogGathering::cut_run(std::uint64_t pages) {
    for (auto each = run_pages_.lower_bound(pages); each != run_pages_.end(); each = run_pages_.erase(each)) {
        run_bytes_ -= each->second.frame.size() + sizeof(Version);
    }
}

void LogGathering::end_run() {
    if (run_.span == 0) return;
    for (const auto& [page, version] : run_pages_) builder_.add(page, version.coding, version.frame);
    run_.versions = run_pages_.size();
    builder_.index().commits.push_back(run_);
    run_.span = 0;
    run_pages_.clear();
    run_bytes_ = 0;
}

LogPieceBuilder LogGathering::take(const LogLink& after, Instant made) {
    end_run();
    for (const Version& version : tail_) builder_.add(version.page, version.coding, version.frame);
    LogPieceIndex& index = builder_.index();
    index.head = head_;
    index.made = made;
    index.mark = mark_;
    index.before = link_;
    index.after = after;
    index.begins_inside = begins_inside_;
    index.ends_inside = !tail_.empty();
    index.first_transaction = first_transaction_;
    // What comes next goes on with the open transaction, if there is one.
    partial_ = begins_inside_ = !tail_.empty() || (begins_inside_ && index.commits.empty());
    first_transaction_ = done_ + 1;
    link_ = after;
    tail_.clear();
    tail_bytes_ = 0;
    return std::exchange(builder_, {});
}

}  // namespace holdfast
