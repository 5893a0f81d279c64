#include "engine/repository/log_writer.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"

namespace holdfast {
namespace {

// A writer that was still for longer than this asks whether another has taken over. Far less than a small piece stays before
// it may be merged (log_compaction.cpp), so nothing that was taken over can be out of sight.
constexpr std::chrono::seconds kAloneFor(5);

std::uint64_t first_eight(const Digest& digest) { return ByteReader(digest).u64(); }

Error taken_over(const LogPlace& place) {
    return Error(ErrorCode::Changed, fmt::format("another process goes on with log stream {} of {}", place.stream.str(), place.database.str()),
                 "Only one follower of a database may write its log; this one has to begin again.");
}

}  // namespace

StreamWriter::StreamWriter(const LogPlace& place, const KeyId& owner, LogEnd end, PageSet touched, ReadRoot read_root, const LogWriterLimits& limits)
    : place_(place),
      owner_(owner),
      limits_(limits),
      head_(std::move(end.head)),
      facts_(std::move(end.facts)),
      read_root_(std::move(read_root)),
      roots_(place.cache, head_.page_bytes, limits.root_bytes),
      touched_(std::move(touched)),
      pages_least_(end.pages_least),
      next_piece_(end.next_piece),
      next_transaction_(facts_.transactions + 1),
      link_(end.link),
      mark_(facts_.mark),
      last_at_(facts_.until),
      root_(head_.page_bytes) {
    building_.index().first_transaction = next_transaction_;
}

// Fills root_ with the page as the base point has it; false where it has none, or none is at hand.
bool StreamWriter::root_of(std::uint64_t page, const ReadPages& before) {
    if (page >= head_.base_pages) return false;
    if (roots_.get(page, root_)) return true;
    if (page < pages_least_ && !touched_.contains(page)) {
        // Nothing of the stream has written it yet: what it was before is what the base point has.
        before(page, root_);
    } else if (!read_root_ || !read_root_(page, root_)) {
        return false;
    }
    roots_.put(page, root_);
    return true;
}

// Who hands pages over does not always have what they were.
bool StreamWriter::root_at_hand(std::uint64_t page, const ReadPages& before) {
    try {
        return root_of(page, before);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing) throw;
        return read_root_ && read_root_(page, root_);
    }
}

void StreamWriter::add_page(std::uint64_t page, ByteView bytes, const ReadPages& before) {
    HOLDFAST_CHECK(bytes.size() == head_.page_bytes);
    if (lost_) throw *lost_;
    const bool has_root = root_at_hand(page, before);
    const Digest digest = sha256(bytes);
    frame_.clear();
    const FrameCoding coding = coder_.encode(bytes, has_root ? ByteView(root_) : ByteView(), digest, frame_);
    building_.add(page, coding, frame_);
    touched_.insert(page);
    ByteWriter number;
    number.u64(page);
    open_hash_.update(number.bytes());
    open_hash_.update(digest);
    ++open_versions_;
    if (building_.bytes() >= limits_.piece_bytes) put_some();
}

void StreamWriter::commit(Instant at, Instant not_before, std::uint64_t pages_after, const std::string& mark) {
    if (lost_) throw *lost_;
    LogCommit commit;
    commit.at = std::max(at, last_at_);   // A clock that was set back does not turn the order of transactions.
    commit.not_before = std::min(not_before, commit.at);
    commit.pages_after = commit.pages_least = pages_after;
    commit.digest = first_eight(open_hash_.finish());
    commit.versions = open_versions_;
    building_.index().commits.push_back(commit);
    last_at_ = commit.at;
    pages_least_ = std::min(pages_least_, pages_after);
    mark_ = mark;
    ++next_transaction_;
    open_versions_ = 0;
    open_hash_ = Sha256();
    if (building_.bytes() >= limits_.piece_bytes) put_some();
}

// What waits has grown large. Where it cannot be put now it waits on, within bounds: make_durable() says why.
void StreamWriter::put_some() {
    try {
        put();
    } catch (const Error& error) {
        if (error.code == ErrorCode::Changed || waiting_bytes() >= limits_.waiting_bytes) throw;
        log_warning("the log of {} is kept in memory for now: {}", place_.database.str(), error.message);
    }
}

void StreamWriter::announce() {
    if (next_piece_ != 1 || attempt_ || !building_.empty()) return;
    seal();
    store_attempt();
}

void StreamWriter::make_durable() {
    if (lost_) throw *lost_;
    if (attempt_) store_attempt();
    // An open transaction waits for its end, unless it has grown large.
    if (!building_.index().commits.empty()) put();
}

void StreamWriter::put() {
    if (attempt_) store_attempt();
    if (building_.empty()) return;
    seal();
    store_attempt();
}

void StreamWriter::seal() {
    LogPieceIndex& index = building_.index();
    index.head = head_;
    index.made = place_.clock->now();
    index.mark = mark_;
    index.before = link_;
    index.after = random_log_link();
    index.ends_inside = open_versions_ != 0;
    const LogPieceName name{place_.database, place_.stream, next_piece_, next_piece_, 0};
    attempt_ = Attempt{.name = name, .object = building_.seal(*place_.keys, owner_, name, false), .commits = index.commits, .mark = index.mark};
    link_ = index.after;
    ++next_piece_;
    building_ = {};
    building_.index().first_transaction = next_transaction_;
    building_.index().begins_inside = open_versions_ != 0;
    open_versions_ = 0;
}

void StreamWriter::store_attempt() {
    const LogPieceName& name = attempt_->name;
    const std::string object = log_piece_object(name);
    fault_point("repository.log.put.before");
    if (!place_.store->put_if_absent(object, attempt_->object)) {
        // Ours, where the attempt before failed only as it seemed.
        bool ours = false;
        if (const auto there = place_.store->look_at(object); there && there->bytes == attempt_->object.size()) {
            ours = place_.store->get(object, attempt_->object.size()) == attempt_->object;
        }
        if (!ours) throw lost_.emplace(taken_over(place_));
    }
    fault_point("repository.log.put.after");
    require_alone(name);
    facts_.mark = attempt_->mark;
    for (const LogCommit& commit : attempt_->commits) {
        ++facts_.transactions;
        facts_.until = commit.at;
        facts_.precision = std::max(facts_.precision, commit.at - commit.not_before);
    }
    ++facts_.pieces;
    facts_.bytes += attempt_->object.size();
    attempt_.reset();
}

// A name that is free is no proof after a long pause: another writer may have used it, and its piece may have been merged since.
void StreamWriter::require_alone(const LogPieceName& mine) {
    const Duration now = place_.clock->steady();
    const bool recently = alone_since_ != Duration(0) && now - alone_since_ < kAloneFor;
    if (!recently) {
        for (const LogPieceFacts& piece : list_log_pieces(place_)) {
            if (piece.name.last > mine.last || piece.name.covers(mine)) throw lost_.emplace(taken_over(place_));
        }
    }
    alone_since_ = now;
}

}  // namespace holdfast
