#include "providers/databases/sqlite/raw_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "providers/databases/sqlite/database_file.hpp"

namespace holdfast {
namespace {

constexpr const char* kMain = "main";
constexpr std::uint64_t kSharedMemoryMax = 256ull << 20;
constexpr std::size_t kSectorBytes = 4096;   // What a disk that fails to read loses at once.

class RawBytes final : public ByteSource {
public:
    RawBytes(const File& file, const CancelToken& cancel) : file_(file), cancel_(cancel) {}

    std::size_t read(std::span<std::byte> out) override {
        throw_if_cancelled(cancel_);
        std::size_t got = 0;
        try {
            got = file_.read_at(at_, out);
        } catch (const Error&) {   // The disk cannot read all of it: piece by piece then.
            got = read_by_sectors(out);
        }
        at_ += got;
        return got;
    }
    std::uint64_t unreadable_bytes() const { return unreadable_; }

private:
    std::size_t read_by_sectors(std::span<std::byte> out) {
        const std::uint64_t left = file_.size() - std::min(file_.size(), at_);
        const std::size_t whole = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left));
        for (std::size_t done = 0; done < whole; done += kSectorBytes) {
            const auto piece = out.subspan(done, std::min(kSectorBytes, whole - done));
            try {
                file_.read_exactly_at(at_ + done, piece);
            } catch (const Error&) {   // Gone for good: evidence of that is kept as zeros.
                std::ranges::fill(piece, std::byte{0});
                unreadable_ += piece.size();
            }
        }
        return whole;
    }

    const File& file_;
    const CancelToken& cancel_;
    std::uint64_t at_ = 0;
    std::uint64_t unreadable_ = 0;
};

struct Kept {
    std::uint64_t bytes = 0, unreadable = 0;
    std::string names;
};

void keep_one(const File& file, const std::string& name, ImageSink& sink, const WorkContext& work, Kept& kept) {
    struct stat status {};
    if (::fstat(file.descriptor(), &status) != 0) throw_errno(errno, "look at " + file.path().string());
    RawBytes bytes(file, work.cancel);
    const std::uint64_t size = static_cast<std::uint64_t>(status.st_size);
    sink.add_bytes({.name = name, .page_bytes = 0, .bytes = size, .mode = static_cast<std::uint32_t>(status.st_mode & 0777U)}, bytes);
    kept.bytes += size;
    kept.unreadable += bytes.unreadable_bytes();
    kept.names += (kept.names.empty() ? "" : ", ") + name;
}

class HeldBytes final : public ByteSource {
public:
    explicit HeldBytes(const Bytes& bytes) : left_(bytes) {}
    std::size_t read(std::span<std::byte> out) override {
        const std::size_t size = std::min(out.size(), left_.size());
        std::ranges::copy(left_.first(size), out.begin());
        left_ = left_.subspan(size);
        return size;
    }

private:
    ByteView left_;
};

void keep_shared_memory(const Bytes& shared, ImageSink& sink, Kept& kept) {
    const std::string name = std::string(kMain) + "-shm";
    HeldBytes bytes(shared);
    sink.add_bytes({.name = name, .page_bytes = 0, .bytes = shared.size(), .mode = 0600}, bytes);
    kept.bytes += shared.size();
    kept.names += (kept.names.empty() ? "" : ", ") + name;
}

}  // namespace

fs::path target_beside(const std::string& location, const std::string& image_file) {
    if (image_file == kMain) return location;
    for (const char* side : kSideFiles) {
        if (image_file == std::string(kMain) + side) return location + side;
    }
    throw Error(ErrorCode::Corrupt, "a SQLite backup has no file called '" + image_file + "'");
}

BackupFacts keep_raw_files(const fs::path& path, ImageSink& sink, const WorkContext& work) {
    std::error_code ignored;
    const fs::path real = fs::exists(path, ignored) ? fs::canonical(path) : path;
    const Instant now = work.clock.now();
    Kept kept;
    std::uint64_t inode = 0;
    const auto shared = read_shared_memory_file(real, kSharedMemoryMax);   // Before the database counts as open here.
    std::optional<DatabaseFile> main;
    if (fs::exists(real, ignored)) {
        main.emplace(real);
        inode = main->inode();
        keep_one(main->file(), kMain, sink, work, kept);
    }
    for (const char* side : kSideFiles) {
        const fs::path file = real.string() + side;
        if (fs::is_regular_file(file, ignored) && side != std::string_view("-shm")) keep_one(File::open(file, File::Mode::Read), std::string(kMain) + side, sink, work, kept);
    }
    if (shared) keep_shared_memory(*shared, sink, kept);
    if (kept.names.empty()) {
        throw Error(ErrorCode::Missing, "there is nothing at " + path.string() + " to keep",
                    "The files are gone as a whole: bring the database up with `runbook run total-failure --help`.");
    }
    return {.instant = now,
            .source_bytes = kept.bytes,
            .read_bytes = kept.bytes,
            .identity = fmt::format("files of inode {} at {}", inode, real.string()),
            .facts = {{"state", "files as they were found"}, {"files", kept.names}, {"unreadable bytes", std::to_string(kept.unreadable)}}};
}

}  // namespace holdfast
