#include "engine/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

std::string about(std::string_view verb, const fs::path& path) { return std::string(verb) + " " + path.string(); }

fs::path temporary_beside(const fs::path& path) {
    static std::atomic<unsigned> serial{0};
    return path.parent_path() /
           ("." + path.filename().string() + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(serial++));
}

// A synced file under a temporary name; removed again unless it was given its name.
class Draft {
public:
    Draft(const fs::path& path, ByteView bytes, unsigned mode) : temporary_(temporary_beside(path)) {
        File file = File::open(temporary_, File::Mode::CreateNew);
        file.write_at(0, bytes);
        if (::fchmod(file.descriptor(), mode) != 0) throw_errno(errno, about("set the mode of", temporary_));
        file.sync();
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft() {
        if (!temporary_.empty()) ::unlink(temporary_.c_str());
    }
    const fs::path& path() const { return temporary_; }
    void keep() { temporary_.clear(); }

private:
    fs::path temporary_;
};

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

}  // namespace

File File::open(const fs::path& path, Mode mode) {
    int flags = O_CLOEXEC;
    if (mode == Mode::Read) flags |= O_RDONLY;
    if (mode == Mode::ReadWrite) flags |= O_RDWR;
    if (mode == Mode::CreateNew) flags |= O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
    int descriptor = -1;
    do {
        descriptor = ::open(path.c_str(), flags, 0600);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) throw_errno(errno, about(mode == Mode::CreateNew ? "create" : "open", path));
    File file;
    file.descriptor_ = descriptor;
    file.path_ = path;
    return file;
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
    if (this != &other) {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = std::exchange(other.descriptor_, -1);
        path_ = std::move(other.path_);
    }
    return *this;
}

File::~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t File::size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) throw_errno(errno, about("look at", path_));
    return static_cast<std::uint64_t>(status.st_size);
}

std::size_t File::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t got = ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw_errno(errno, about("read", path_));
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void File::read_exactly_at(std::uint64_t offset, std::span<std::byte> out) const {
    if (read_at(offset, out) != out.size()) {
        throw Error(ErrorCode::Corrupt, about("read", path_) + ": it ends before byte " + std::to_string(offset + out.size()));
    }
}

void File::write_at(std::uint64_t offset, ByteView bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t put = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) throw_errno(errno, about("write", path_));
        done += static_cast<std::size_t>(put);
    }
}

void File::resize(std::uint64_t bytes) {
    if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) throw_errno(errno, about("resize", path_));
}

void File::sync() {
    if (::fdatasync(descriptor_) != 0) throw_errno(errno, about("sync", path_));
}

void File::close() {
    if (descriptor_ < 0) return;
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) throw_errno(errno, about("close", path_));
}

Bytes read_file(const fs::path& path, std::uint64_t bytes_max) {
    const File file = File::open(path, File::Mode::Read);
    const std::uint64_t size = file.size();
    if (size > bytes_max) {
        throw Error(ErrorCode::Io, about("read", path) + ": it has " + std::to_string(size) + " bytes, at most " +
                                       std::to_string(bytes_max) + " are allowed");
    }
    // A file of /proc or a pipe has no size of its own, so it is read until it ends.
    Bytes bytes(static_cast<std::size_t>(size) + 1);
    std::size_t have = 0;
    while (true) {
        const std::size_t got = file.read_at(have, std::span(bytes).subspan(have));
        have += got;
        if (have < bytes.size()) break;
        if (have > bytes_max) throw Error(ErrorCode::Io, about("read", path) + ": it is larger than is allowed");
        bytes.resize(bytes.size() * 2);
    }
    bytes.resize(have);
    return bytes;
}

std::string read_text_file(const fs::path& path, std::uint64_t bytes_max) {
    return std::string(as_text(read_file(path, bytes_max)));
}

void write_file_durably(const fs::path& path, ByteView bytes, unsigned mode) {
    Draft draft(path, bytes, mode);
    rename_durably(draft.path(), path);
    draft.keep();
}

bool write_file_if_absent(const fs::path& path, ByteView bytes, unsigned mode) {
    const Draft draft(path, bytes, mode);
    // link() fails where the name is taken, which rename() would silently replace.
    if (::link(draft.path().c_str(), path.c_str()) != 0) {
        if (errno == EEXIST) return false;
        throw_errno(errno, about("create", path));
    }
    sync_folder(folder_of(path));
    return true;
}

void make_private_folders(const fs::path& folder) {
    if (folder.empty() || fs::is_directory(folder)) return;
    const fs::path parent = folder_of(folder);
    if (parent != folder) make_private_folders(parent);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw_errno(errno, about("create folder", folder));
    if (!fs::is_directory(folder)) throw Error(ErrorCode::Io, about("create folder", folder) + ": a file is in its place");
    sync_folder(parent);
}

void sync_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) throw_errno(errno, about("open folder", folder));
    const int result = ::fsync(descriptor);
    const int why = errno;
    ::close(descriptor);
    if (result != 0) throw_errno(why, about("sync folder", folder));
}

void rename_durably(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) throw_errno(errno, about("rename", from) + " to " + to.string());
    sync_folder(folder_of(to));
    if (folder_of(from) != folder_of(to)) sync_folder(folder_of(from));
}

bool remove_durably(const fs::path& path) {
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT) return false;
        throw_errno(errno, about("remove", path));
    }
    sync_folder(folder_of(path));
    return true;
}

fs::path path_inside(const fs::path& root, std::string_view relative) {
    const fs::path part(relative);
    bool sound = !relative.empty() && part.is_relative() && relative.find('\0') == std::string_view::npos;
    for (const fs::path& name : part) sound = sound && name != ".." && name != "." && !name.empty();
    if (!sound) {
        throw Error(ErrorCode::Corrupt, "a file name that leaves its folder: \"" + std::string(relative) + "\"",
                    "Do not restore from this repository before you know who wrote to it.");
    }
    return root / part;
}

std::uint64_t free_bytes_at(const fs::path& path) {
    fs::path existing = fs::absolute(path);
    while (!fs::exists(existing) && existing.has_relative_path()) existing = existing.parent_path();
    struct statvfs status {};
    if (::statvfs(existing.c_str(), &status) != 0) throw_errno(errno, about("look at the file system of", path));
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace holdfast
