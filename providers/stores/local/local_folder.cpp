#include "providers/stores/local/local_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/base/error.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// The root itself may be a link: that is the operator's own choice.
std::optional<Descriptor> open_root(const fs::path& root) {
    Descriptor folder(::open(root.c_str(), kFolderFlags));
    if (folder) return folder;
    if (errno == ENOENT) return std::nullopt;
    throw_errno(errno, "open folder " + root.string());
}

Descriptor make_folder_in(const Descriptor& parent, const std::string& name) {
    if (std::optional<Descriptor> existing = open_folder_in(parent.get(), name)) return std::move(*existing);
    if (::mkdirat(parent.get(), name.c_str(), 0700) != 0 && errno != EEXIST) throw_errno(errno, "create folder " + name);
    sync_descriptor(parent.get(), name);
    std::optional<Descriptor> made = open_folder_in(parent.get(), name);
    if (!made) throw Error(ErrorCode::Io, "folder " + name + " was removed while it was made");
    return std::move(*made);
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : descriptor_(other.release()) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = other.release();
    }
    return *this;
}

Descriptor::~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int Descriptor::release() { return std::exchange(descriptor_, -1); }

std::optional<ObjectPlace> find_object_place(const fs::path& root, std::string_view name) {
    std::vector<std::string> parts = split(name, '/');
    std::optional<Descriptor> folder = open_root(root);
    for (std::size_t at = 0; folder && at + 1 < parts.size(); ++at) folder = open_folder_in(folder->get(), parts[at]);
    if (!folder) return std::nullopt;
    return ObjectPlace{.folder = std::move(*folder), .leaf = std::move(parts.back())};
}

ObjectPlace make_object_place(const fs::path& root, std::string_view name) {
    std::vector<std::string> parts = split(name, '/');
    std::optional<Descriptor> top = open_root(root);
    if (!top) {
        make_private_folders(root);
        top = open_root(root);
        if (!top) throw Error(ErrorCode::Io, "folder " + root.string() + " was removed while it was made");
    }
    Descriptor folder = std::move(*top);
    for (std::size_t at = 0; at + 1 < parts.size(); ++at) folder = make_folder_in(folder, parts[at]);
    return {.folder = std::move(folder), .leaf = std::move(parts.back())};
}

std::optional<Descriptor> open_folder_in(int folder, const std::string& name) {
    Descriptor opened(::openat(folder, name.c_str(), kFolderFlags | O_NOFOLLOW));
    if (opened) return opened;
    if (errno == ENOENT) return std::nullopt;
    if (errno == ELOOP || errno == ENOTDIR) {
        throw Error(ErrorCode::Io, "\"" + name + "\" in the store is a link or a file where a folder must be",
                    "Find out who put it there; remove it when it is not part of the store.");
    }
    throw_errno(errno, "open folder " + name);
}

void sync_descriptor(int descriptor, std::string_view what) {
    if (::fsync(descriptor) != 0) throw_errno(errno, "sync the folder of " + std::string(what));
}

}  // namespace holdfast
