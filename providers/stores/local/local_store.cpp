#include "providers/stores/local/local_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <list>
#include <mutex>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "providers/stores/local/local_folder.hpp"
#include "providers/stores/local/local_upload.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kOpenFilesMax = 64;

[[noreturn]] void throw_missing(const std::string& name) {
    throw Error(ErrorCode::Missing, "there is no object " + name);
}

Instant modified_at(const struct stat& status) {
    return from_millis(std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000);
}

ObjectFacts facts_of(std::string name, const struct stat& status) {
    return {.name = std::move(name), .bytes = static_cast<std::uint64_t>(status.st_size), .modified = modified_at(status)};
}

// Nothing where it is missing or no plain file (a link is none).
std::optional<struct stat> look_in(int folder, const std::string& leaf) {
    struct stat status {};
    if (::fstatat(folder, leaf.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return std::nullopt;
        throw_errno(errno, "look at " + leaf);
    }
    if (!S_ISREG(status.st_mode)) return std::nullopt;
    return status;
}

void read_fully(int file, std::uint64_t offset, std::span<std::byte> out, const std::string& name) {
    while (!out.empty()) {
        const ssize_t got = ::pread(file, out.data(), out.size(), static_cast<off_t>(offset));
        if (got < 0) {
            if (errno == EINTR) continue;
            throw_errno(errno, "read " + name);
        }
        if (got == 0) throw Error(ErrorCode::Corrupt, name + " ends too early");
        offset += static_cast<std::uint64_t>(got);
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

struct FolderEntry {
    std::string name;   // With a '/' behind it where it is a folder, so that sorting gives the order of whole names.
    struct stat status {};
};

std::vector<FolderEntry> entries_of(const Descriptor& folder) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0)), ::closedir);
    if (!stream) throw_errno(errno, "list a folder");
    std::vector<FolderEntry> entries;
    while (true) {
        errno = 0;
        const dirent* const entry = ::readdir(stream.get());
        if (entry == nullptr) break;
        FolderEntry found{.name = entry->d_name};
        if (found.name == "." || found.name == "..") continue;
        // What is gone again was removed meanwhile.
        if (::fstatat(folder.get(), entry->d_name, &found.status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (S_ISDIR(found.status.st_mode)) found.name += '/';
        else if (!S_ISREG(found.status.st_mode)) continue;
        entries.push_back(std::move(found));
    }
    if (errno != 0) throw_errno(errno, "list a folder");
    std::ranges::sort(entries, {}, &FolderEntry::name);
    return entries;
}

// Files that were read last stay open: restoring reads many ranges of one pack after the other.
class OpenFiles {
public:
    using Shared = std::shared_ptr<Descriptor>;  // Shared: a reader may still use what was dropped from the list.

    Shared find(const std::string& name) {
        const std::lock_guard lock(mutex_);
        for (auto at = files_.begin(); at != files_.end(); ++at) {
            if (at->first != name) continue;
            struct stat status {};
            // Without a name it was removed or replaced, by whomever.
            if (::fstat(at->second->get(), &status) != 0 || status.st_nlink == 0) {
                files_.erase(at);
                return nullptr;
            }
            files_.splice(files_.begin(), files_, at);
            return files_.front().second;
        }
        return nullptr;
    }
    Shared keep(const std::string& name, Descriptor file) {
        const std::lock_guard lock(mutex_);
        files_.emplace_front(name, std::make_shared<Descriptor>(std::move(file)));
        if (files_.size() > kOpenFilesMax) files_.pop_back();
        return files_.front().second;
    }

private:
    std::mutex mutex_;
    std::list<std::pair<std::string, Shared>> files_;
};

class LocalStore final : public Store {
public:
    explicit LocalStore(fs::path root) : root_(std::move(root)) {}

    StoreTraits traits() const override {
        return {.description = "folder " + root_.string(), .put_if_absent_is_atomic = true, .can_lock = false, .cheap_reads = true};
    }
    std::unique_ptr<Upload> begin_upload(const std::string& name) override {
        require_object_name(name);
        return located([&] { return std::make_unique<LocalUpload>(root_, name); });
    }
    bool put_if_absent(const std::string& name, ByteView bytes) override;
    void put(const std::string& name, ByteView bytes) override;
    Bytes get(const std::string& name, std::uint64_t bytes_max) override;
    void get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override;
    std::optional<ObjectFacts> look_at(const std::string& name) override;
    void list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) override;
    bool remove(const std::string& name) override;
    std::size_t sweep_leftovers(Instant older_than) override;
    std::optional<std::uint64_t> free_bytes() override { return free_bytes_at(root_); }

private:
    struct Listing {
        std::string_view prefix;
        const std::function<void(const ObjectFacts&)>& visit;
    };

    // Names the store in every failure.
    template <typename Work>
    std::invoke_result_t<Work> located(Work&& work) const {
        return within(traits().description, std::forward<Work>(work));
    }
    Descriptor open_object(const std::string& name) const;
    static void list_folder(const Descriptor& folder, const std::string& path, const Listing& listing);

    const fs::path root_;
    OpenFiles open_files_;
};

bool LocalStore::put_if_absent(const std::string& name, ByteView bytes) {
    require_object_name(name);
    return located([&] {
        if (look_at(name)) return false;   // Saves the writing; the link decides.
        LocalUpload upload(root_, name);
        upload.append(bytes);
        return upload.commit();
    });
}

void LocalStore::put(const std::string& name, ByteView bytes) {
    require_object_name(name);
    located([&] {
        LocalUpload upload(root_, name);
        upload.append(bytes);
        upload.commit_over();
    });
}

Descriptor LocalStore::open_object(const std::string& name) const {
    require_object_name(name);
    const std::optional<ObjectPlace> place = find_object_place(root_, name);
    if (!place || !look_in(place->folder.get(), place->leaf)) throw_missing(name);
    Descriptor file(::openat(place->folder.get(), place->leaf.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file) return file;
    if (errno == ENOENT) throw_missing(name);
    throw_errno(errno, "open " + name);
}

Bytes LocalStore::get(const std::string& name, std::uint64_t bytes_max) {
    return located([&] {
        const Descriptor file = open_object(name);
        struct stat status {};
        if (::fstat(file.get(), &status) != 0) throw_errno(errno, "look at " + name);
        const auto size = static_cast<std::uint64_t>(status.st_size);
        if (size > bytes_max) {
            throw Error(ErrorCode::Corrupt, fmt::format("{} has {} bytes where at most {} can be", name, size, bytes_max));
        }
        Bytes bytes(static_cast<std::size_t>(size));
        read_fully(file.get(), 0, bytes, name);
        return bytes;
    });
}

void LocalStore::get_range(const std::string& name, std::uint64_t offset, std::span<std::byte> out) {
    located([&] {
        OpenFiles::Shared file = open_files_.find(name);
        if (!file) file = open_files_.keep(name, open_object(name));
        read_fully(file->get(), offset, out, name);
    });
}

std::optional<ObjectFacts> LocalStore::look_at(const std::string& name) {
    require_object_name(name);
    return located([&]() -> std::optional<ObjectFacts> {
        const std::optional<ObjectPlace> place = find_object_place(root_, name);
        if (!place) return std::nullopt;
        const std::optional<struct stat> status = look_in(place->folder.get(), place->leaf);
        if (!status) return std::nullopt;
        return facts_of(name, *status);
    });
}

void LocalStore::list(std::string_view prefix, const std::function<void(const ObjectFacts&)>& visit) {
    const Descriptor folder(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) {
        if (errno == ENOENT) return;
        throw_errno(errno, "open folder " + root_.string());
    }
    list_folder(folder, "", {.prefix = prefix, .visit = visit});
}

void LocalStore::list_folder(const Descriptor& folder, const std::string& path, const Listing& listing) {
    for (const FolderEntry& entry : entries_of(folder)) {
        const std::string name = path + entry.name;
        if (!name.ends_with('/')) {
            if (name.starts_with(listing.prefix) && is_object_name(name)) listing.visit(facts_of(name, entry.status));
            continue;
        }
        const std::string bare = entry.name.substr(0, entry.name.size() - 1);
        const bool can_match = name.starts_with(listing.prefix) || listing.prefix.starts_with(name);
        if (!can_match || !is_object_name(bare)) continue;
        if (const std::optional<Descriptor> inner = open_folder_in(folder.get(), bare)) list_folder(*inner, name, listing);
    }
}

bool LocalStore::remove(const std::string& name) {
    require_object_name(name);
    return located([&] {
        const std::optional<ObjectPlace> place = find_object_place(root_, name);
        if (!place || !look_in(place->folder.get(), place->leaf)) return false;
        fault_point("local_store.remove.before");
        if (::unlinkat(place->folder.get(), place->leaf.c_str(), 0) != 0) {
            if (errno == ENOENT) return false;
            throw_errno(errno, "remove " + name);
        }
        sync_descriptor(place->folder.get(), name);
        fault_point("local_store.remove.after");
        return true;
    });
}

std::size_t LocalStore::sweep_leftovers(Instant older_than) {
    return located([&]() -> std::size_t {
        const std::optional<ObjectPlace> place = find_object_place(root_, std::string(kUploadsFolder) + "/x");
        if (!place) return 0;
        std::size_t swept = 0;
        for (const FolderEntry& entry : entries_of(place->folder)) {
            // An upload in progress is written to again and again, which makes it younger.
            if (modified_at(entry.status) >= older_than || entry.name.ends_with('/')) continue;
            if (::unlinkat(place->folder.get(), entry.name.c_str(), 0) == 0) ++swept;
        }
        return swept;
    });
}

int hex_digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// RFC 3986, section 2.1. Nothing where a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded += text[at];
            continue;
        }
        if (at + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit_value(text[at + 1]);
        const int low = hex_digit_value(text[at + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        decoded += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return decoded;
}

// RFC 8089: "file://", no host, an absolute path.
fs::path folder_of_url(const std::string& url) {
    static constexpr std::string_view kBegin = "file://";
    std::optional<std::string> path;
    if (url.starts_with(kBegin)) path = percent_decoded(std::string_view(url).substr(kBegin.size()));
    if (!path || !path->starts_with('/') || path->find('\0') != std::string::npos) {
        throw Error(ErrorCode::Usage, fmt::format("\"{}\" does not name a folder of this machine", url),
                    "Write file:// and an absolute path, as in file:///srv/backups.");
    }
    return fs::path(*path).lexically_normal();
}

}  // namespace

std::unique_ptr<Store> open_local_store(const StoreSpec& spec) {
    return std::make_unique<LocalStore>(folder_of_url(spec.url));
}

}  // namespace holdfast
