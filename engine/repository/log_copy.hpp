// Copies a stream to another repository. Frames go as they are, because they are made against pages that the copy of the base
// point has too; the pieces are sealed with the other repository's keys and count on there.
#pragma once

#include "engine/repository/log_chain.hpp"
#include "engine/repository/log_gathering.hpp"

namespace holdfast {

// Takes transactions of a stream as another repository has them, behind those that are there already.
class LogIntake {
public:
    // `end`: of the stream in the target; of a new one nothing but facts.transactions = 0.
    LogIntake(const LogPlace& target, const KeyId& owner, const LogEnd& end);
    // Transactions up to this one are there.
    std::uint64_t have() const { return have_; }
    void feed(const OpenedLogPiece& piece, LogBlocks& blocks);
    // Puts what is left. Returns the bytes stored in all.
    std::uint64_t finish();

private:
    void put();
    LogPlace place_;
    KeyId owner_;
    std::uint64_t have_, next_piece_, stored_ = 0;
    LogGathering gathering_;
};

}  // namespace holdfast
