#include "engine/recovery/wal_walk.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/recovery/restore.hpp"

namespace holdfast {
namespace {

// Written by root, what stands in the folder belongs to whom the folder belongs to: the server that reads it.
void give_to_owner_of(const fs::path& folder, const fs::path& file) {
    struct stat owner {};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &owner) != 0) return;
    if (::lchown(file.c_str(), owner.st_uid, owner.st_gid) != 0) throw_errno(errno, "give " + file.string() + " to its server");
}

}  // namespace

WalWalk::WalWalk(const Installation& installation, const WalLog& log, const WalStart& start, Progress& progress, const CancelToken& cancel)
    : log_(log), start_(start), room_(installation, start.point.engine), given_(floor_to(start.start, log.segment_bytes())) {
    const RestoreRequest request{.point = start.point, .to = (room_.folder() / start.point.database.str()).string(), .store = log.store()};
    Place copy = restore_point(installation, request, progress, cancel).copy;
    copy.is_copy = true;
    WalEngine& engine = wal_engine_of(installation.providers.of(start.point.engine));
    folder_ = engine.wal_folder(copy.location);
    prepare_folder();
    give(start.stop);
    const WorkContext work{.clock = installation.clock, .progress = progress, .cancel = cancel};
    const DatabaseSpec* spec = installation.policy.database(start.point.database);
    server_ = engine.step_through({.copy = copy, .live = spec == nullptr ? Place{} : live_place_of(*spec), .room = installation.state}, work);
    fault_point("recovery.walk.started");
    server_->wait_for(start.stop);
}

// What a backup brings along reaches farther than where it is whole: the copy gets its log from us alone.
void WalWalk::prepare_folder() {
    std::vector<fs::path> brought;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        if (entry.is_regular_file()) brought.push_back(entry.path());
    }
    for (const fs::path& file : brought) fs::remove(file);
    for (const auto& [name, bytes] : log_.histories()) write_file_durably(folder_ / name, bytes);
}

void WalWalk::go_to(Lsn end) {
    give(end);
    server_->wait_for(end);
}

void WalWalk::give(Lsn until) {
    if (until <= given_) return;
    for (const WalSegment& segment : log_.segments(start_, Lsn{until.bytes - 1})) {
        if (segment.begin + log_.segment_bytes() > given_) write_part(segment, until);
    }
    given_ = until;
}

void WalWalk::write_part(const WalSegment& segment, Lsn until) {
    const bool is_new = !segment_ || segment_->begin != segment.begin;
    if (is_new) {
        bytes_.resize(log_.segment_bytes());
        log_.read_segment(segment, bytes_);
        segment_ = segment;
    }
    const fs::path file = folder_ / segment_name(segment, log_.segment_bytes());
    const std::size_t end = std::min<std::uint64_t>(until.bytes - segment.begin.bytes, bytes_.size());
    if (!is_new) {
        const std::size_t from = given_.bytes - segment.begin.bytes;
        File::open(file, File::Mode::ReadWrite).write_at(from, ByteView(bytes_).subspan(from, end - from));
        return;
    }
    // The server may look at any moment: the file is there whole, with nothing but zeros behind what it shall replay.
    const fs::path draft = room_.folder() / "segment";
    {
        File out = File::open(draft, File::Mode::CreateNew);
        out.write_at(0, ByteView(bytes_).first(end));
        out.resize(bytes_.size());
    }
    give_to_owner_of(folder_, draft);
    fs::rename(draft, file);
}

}  // namespace holdfast
