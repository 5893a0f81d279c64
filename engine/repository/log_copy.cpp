#include "engine/repository/log_copy.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kPieceBytes = 32u << 20;

}  // namespace

LogIntake::LogIntake(const LogPlace& target, const KeyId& owner, const LogEnd& end)
    : place_(target), owner_(owner), have_(end.facts.transactions), next_piece_(end.next_piece),
      gathering_({.fold_before = std::nullopt, .skip_through = have_}, end.link) {}

void LogIntake::feed(const OpenedLogPiece& piece, LogBlocks& blocks) {
    gathering_.feed(piece, blocks);
    if (gathering_.bytes() >= kPieceBytes) put();
}

void LogIntake::put() {
    const LogPieceName name{place_.database, place_.stream, next_piece_, next_piece_, 0};
    const Bytes object = gathering_.take(random_log_link(), place_.clock->now()).seal(*place_.keys, owner_, name, true);
    fault_point("repository.log.copy.before");
    if (!place_.store->put_if_absent(log_piece_object(name), object)) {
        throw Error(ErrorCode::Changed, fmt::format("another process copies log stream {} of {} too", place_.stream.str(), place_.database.str()), "Try again when it has ended.");
    }
    fault_point("repository.log.copy.after");
    ++next_piece_;
    stored_ += object.size();
}

std::uint64_t LogIntake::finish() {
    if (!gathering_.empty()) put();
    return stored_;
}

}  // namespace holdfast
