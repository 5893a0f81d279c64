// Puts the transactions of several pieces into one: frames verbatim, in new blocks. For merging, folding and copying.
#pragma once

#include "engine/repository/log_piece.hpp"

namespace holdfast {

class LogGathering {
public:
    struct Options {
        std::optional<Instant> fold_before;    // Runs of transactions that ended before it become one each.
        std::uint64_t skip_through = 0;        // Transactions up to this one are left out.
    };
    // The first piece made will say that it follows `before`.
    LogGathering(const Options& options, const LogLink& before) : options_(options), link_(before) {}
    // Takes the next piece of the stream. Throws as LogBlocks::block().
    void feed(const OpenedLogPiece& piece, LogBlocks& blocks);
    // About what the piece would take that take() would give now.
    std::uint64_t bytes() const { return builder_.bytes() + run_bytes_ + tail_bytes_; }
    std::uint64_t versions() const { return builder_.index().versions.size() + run_pages_.size() + tail_.size(); }
    bool empty() const { return builder_.empty() && run_.span == 0 && tail_.empty(); }
    // One piece with all that was fed since the last take(); an open transaction is left open in it.
    LogPieceBuilder take(const LogLink& after, Instant made);

private:
    struct Version {
        std::uint64_t page = 0;
        FrameCoding coding = FrameCoding::Zero;
        Bytes frame;
    };
    void add(std::uint64_t number, LogCommit commit, std::vector<Version> versions);
    void fold(const LogCommit& commit, std::vector<Version> versions);
    void cut_run(std::uint64_t pages);
    void end_run();

    Options options_;
    LogLink link_;
    LogStreamHead head_;
    std::string mark_;
    LogPieceBuilder builder_;
    bool begun_ = false;                       // Something was fed.
    bool begins_inside_ = false;               // What is built now.
    bool partial_ = false;                     // The transaction that comes next began in an earlier piece.
    std::uint64_t first_transaction_ = 0;      // Of what is built now.
    std::uint64_t done_ = 0;                   // Last transaction that was taken or left out.
    // The run that is being folded; span 0: none.
    LogCommit run_{.span = 0, .at = {}, .not_before = {}, .pages_after = 0, .pages_least = 0, .digest = 0, .versions = 0};
    std::map<std::uint64_t, Version> run_pages_;
    std::uint64_t run_bytes_ = 0;
    std::vector<Version> tail_;                // Of a transaction whose end has not come.
    std::uint64_t tail_bytes_ = 0;
};

}  // namespace holdfast
