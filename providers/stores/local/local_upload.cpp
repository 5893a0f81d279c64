#include "providers/stores/local/local_upload.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <random>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kWriteBackBytes = 4 << 20;

// Unlike those of any other process or machine that writes here; being hard to guess does not matter.
std::string new_temporary_name() {
    static std::atomic<unsigned> serial{0};
    std::random_device device;
    return fmt::format("{}/{}-{}-{:08x}{:08x}", kUploadsFolder, ::getpid(), serial++, device(), device());
}

// Gives the file a second name unless that is taken. File systems without hard links (FAT, some network
// ones) rename without replacing instead.
bool name_unless_taken(const ObjectPlace& from, const ObjectPlace& to) {
    if (::linkat(from.folder.get(), from.leaf.c_str(), to.folder.get(), to.leaf.c_str(), 0) == 0) return true;
    if (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK) {
        if (::renameat2(from.folder.get(), from.leaf.c_str(), to.folder.get(), to.leaf.c_str(), RENAME_NOREPLACE) == 0) {
            return true;
        }
    }
    if (errno == EEXIST) return false;
    throw_errno(errno, "name " + to.leaf);
}

}  // namespace

LocalUpload::LocalUpload(const fs::path& root, std::string name)
    : root_(root), name_(std::move(name)), temporary_(make_object_place(root, new_temporary_name())) {
    file_ = Descriptor(::openat(temporary_.folder.get(), temporary_.leaf.c_str(),
                                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_) throw_errno(errno, "create " + name_);
}

LocalUpload::~LocalUpload() {
    if (!is_named_) unlink_temporary();
}

void LocalUpload::append(ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            throw_errno(errno, "write " + name_);
        }
        size_ += static_cast<std::uint64_t>(written);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    if (size_ - handed_over_ >= kWriteBackBytes) write_back();
}

// Starts the writing and does not wait for it. Only a hint, so a failure here is left to the sync.
void LocalUpload::write_back() {
    ::sync_file_range(file_.get(), static_cast<off64_t>(handed_over_), static_cast<off64_t>(size_ - handed_over_),
                      SYNC_FILE_RANGE_WRITE);
    handed_over_ = size_;
}

// After a failed sync the kernel may have dropped the bytes: nothing but giving up is safe then.
void LocalUpload::sync() {
    if (::fdatasync(file_.get()) != 0) throw_errno(errno, "sync " + name_);
}

bool LocalUpload::commit() {
    HOLDFAST_CHECK(!is_named_);
    fault_point("local_store.put.before");
    sync();
    const ObjectPlace place = make_object_place(root_, name_);
    if (!name_unless_taken(temporary_, place)) return false;
    is_named_ = true;
    unlink_temporary();
    sync_descriptor(place.folder.get(), name_);
    fault_point("local_store.put.after");
    return true;
}

void LocalUpload::commit_over() {
    HOLDFAST_CHECK(!is_named_);
    fault_point("local_store.replace.before");
    sync();
    const ObjectPlace place = make_object_place(root_, name_);
    if (::renameat(temporary_.folder.get(), temporary_.leaf.c_str(), place.folder.get(), place.leaf.c_str()) != 0) {
        throw_errno(errno, "replace " + name_);
    }
    is_named_ = true;
    sync_descriptor(place.folder.get(), name_);
    fault_point("local_store.replace.after");
}

void LocalUpload::unlink_temporary() noexcept { ::unlinkat(temporary_.folder.get(), temporary_.leaf.c_str(), 0); }

}  // namespace holdfast
