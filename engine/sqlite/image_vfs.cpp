#include "engine/sqlite/image_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <exception>
#include <string>

#include "engine/base/check.hpp"
#include "engine/base/format.hpp"

namespace holdfast {

struct ImageVfs::State {
    ImageBytes& bytes;
    std::string name;
    sqlite3_vfs vfs{};
    std::exception_ptr failure{};
};

namespace {

constexpr int kSectorBytes = 4096;
// SQLite's "Database File Format": the two version numbers that say "WAL", and what they are without it.
constexpr std::uint64_t kWriteVersionAt = 18;
constexpr std::uint64_t kReadVersionAt = 19;
constexpr std::byte kRollbackVersion{1};
constexpr std::byte kWalVersion{2};

struct ImageFileHandle {
    sqlite3_file base;
    ImageVfs::State* state;
};

ImageVfs::State& state_of(sqlite3_file* file) { return *reinterpret_cast<ImageFileHandle*>(file)->state; }

// An image has no -wal: what was in it is in the pages already.
void show_rollback_mode(std::uint64_t offset, std::span<std::byte> out) {
    for (const std::uint64_t at : {kWriteVersionAt, kReadVersionAt}) {
        if (at >= offset && at < offset + out.size() && out[at - offset] == kWalVersion) out[at - offset] = kRollbackVersion;
    }
}

int read_image(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
    ImageVfs::State& state = state_of(file);
    const std::span<std::byte> out(static_cast<std::byte*>(to), static_cast<std::size_t>(amount));
    const auto at = static_cast<std::uint64_t>(offset);
    try {
        const std::uint64_t size = state.bytes.size();
        const std::size_t there = at >= size ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size - at));
        if (there > 0) state.bytes.read_at(at, out.first(there));
        show_rollback_mode(at, out.first(there));
        if (there == out.size()) return SQLITE_OK;
        std::memset(out.data() + there, 0, out.size() - there);
        return SQLITE_IOERR_SHORT_READ;
    } catch (...) {   // No exception may pass through SQLite; throw_failure() gives it to the caller.
        if (!state.failure) state.failure = std::current_exception();
        return SQLITE_IOERR_READ;
    }
}

int size_of_image(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(state_of(file).bytes.size());
    return SQLITE_OK;
}

int close_image(sqlite3_file*) { return SQLITE_OK; }
int refuse_write(sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; }
int refuse_truncate(sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; }
int sync_nothing(sqlite3_file*, int) { return SQLITE_OK; }
int lock_nothing(sqlite3_file*, int) { return SQLITE_OK; }
int nobody_reserved(sqlite3_file*, int* reserved) {
    *reserved = 0;
    return SQLITE_OK;
}
int no_file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_bytes(sqlite3_file*) { return kSectorBytes; }
int is_immutable(sqlite3_file*) { return SQLITE_IOCAP_IMMUTABLE; }

const sqlite3_io_methods& image_methods() {
    static const sqlite3_io_methods methods = [] {
        sqlite3_io_methods made{};
        made.iVersion = 1;   // No shared memory and no mapping.
        made.xClose = close_image;
        made.xRead = read_image;
        made.xWrite = refuse_write;
        made.xTruncate = refuse_truncate;
        made.xSync = sync_nothing;
        made.xFileSize = size_of_image;
        made.xLock = lock_nothing;
        made.xUnlock = lock_nothing;
        made.xCheckReservedLock = nobody_reserved;
        made.xFileControl = no_file_control;
        made.xSectorSize = sector_bytes;
        made.xDeviceCharacteristics = is_immutable;
        return made;
    }();
    return methods;
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    file->pMethods = nullptr;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
        auto* handle = reinterpret_cast<ImageFileHandle*>(file);
        handle->state = static_cast<ImageVfs::State*>(vfs->pAppData);
        file->pMethods = &image_methods();
        if (flags_out != nullptr) *flags_out = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
        return SQLITE_OK;
    }
    // Sorting and temporary tables: files without a name, which are the real file system's.
    if (name != nullptr) return SQLITE_CANTOPEN;
    sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    return real->xOpen(real, name, file, flags, flags_out);
}

int refuse_delete(sqlite3_vfs*, const char*, int) { return SQLITE_IOERR_DELETE_NOENT; }
int nothing_is_there(sqlite3_vfs*, const char*, int, int* answer) {
    *answer = 0;
    return SQLITE_OK;
}
int same_path(sqlite3_vfs*, const char* name, int size, char* out) {
    const std::size_t length = std::strlen(name) + 1;
    if (length > static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::memcpy(out, name, length);
    return SQLITE_OK;
}

std::string next_name() {
    static std::atomic<std::uint64_t> count{0};
    return fmt::format("holdfast-image-{}", ++count);
}

}  // namespace

ImageVfs::ImageVfs(ImageBytes& bytes) : state_(std::make_unique<State>(State{.bytes = bytes, .name = next_name()})) {
    const sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    HOLDFAST_CHECK(real != nullptr);
    sqlite3_vfs& vfs = state_->vfs;
    vfs = *real;   // Its clock, its randomness, its sleep.
    vfs.iVersion = std::min(real->iVersion, 2);
    vfs.szOsFile = std::max(real->szOsFile, static_cast<int>(sizeof(ImageFileHandle)));
    vfs.pNext = nullptr;
    vfs.zName = state_->name.c_str();
    vfs.pAppData = state_.get();
    vfs.xOpen = open_file;
    vfs.xDelete = refuse_delete;
    vfs.xAccess = nothing_is_there;
    vfs.xFullPathname = same_path;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw Error(ErrorCode::Internal, "SQLite takes no further file system");
}

ImageVfs::~ImageVfs() { sqlite3_vfs_unregister(&state_->vfs); }

const char* ImageVfs::name() const { return state_->name.c_str(); }

void ImageVfs::throw_failure() {
    if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, nullptr));
}

}  // namespace holdfast
