#include "providers/databases/sqlite/wal_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

constexpr std::uint32_t kFolderEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;

bool poll_until(std::span<pollfd> descriptors, std::chrono::microseconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    while (true) {
        const auto left = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(until - std::chrono::steady_clock::now()));
        const timespec wait{.tv_sec = left.count() / 1'000'000'000, .tv_nsec = left.count() % 1'000'000'000};
        const int ready = ::ppoll(descriptors.data(), descriptors.size(), &wait, nullptr);
        if (ready >= 0) return ready > 0;
        if (errno != EINTR) throw_errno(errno, "wait for a write to the log");
    }
}

}  // namespace

WalWatch::WalWatch(const fs::path& database, const CancelToken& cancel) : name_(database.filename()), wal_(database.string() + "-wal") {
    cancelled_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    inotify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    try {
        if (cancelled_ < 0 || inotify_ < 0) throw_errno(errno, "watch " + database.string());
        folder_watch_ = ::inotify_add_watch(inotify_, database.parent_path().c_str(), kFolderEvents);
        if (folder_watch_ < 0) throw_errno(errno, "watch " + database.parent_path().string());
        arm();
        if (!armed_) throw_errno(ENOENT, "watch " + wal_.string());
    } catch (Error& error) {
        ::close(inotify_);
        ::close(cancelled_);
        error.code = ErrorCode::Unavailable;
        error.hint = "The machine may be out of file watches: raise fs.inotify.max_user_instances and fs.inotify.max_user_watches.";
        throw;
    }
    on_cancel_.emplace(cancel, [this] {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(cancelled_, &one, sizeof one);
    });
}

WalWatch::~WalWatch() {
    on_cancel_.reset();
    ::close(inotify_);
    ::close(cancelled_);
}

// For one write: every write to a watched file costs whoever writes it, and while we are at work we look by ourselves.
void WalWatch::arm() {
    wal_watch_ = ::inotify_add_watch(inotify_, wal_.c_str(), IN_MODIFY | IN_ONESHOT);
    armed_ = wal_watch_ >= 0;
    if (armed_) return;
    if (errno != ENOENT) throw_errno(errno, "watch " + wal_.string());
    files_changed_ = true;
}

// Returns true where the log was written or one of the files changed its place.
bool WalWatch::drain() {
    alignas(inotify_event) std::array<char, 16384> events;
    bool ours = false;
    while (true) {
        const ssize_t got = ::read(inotify_, events.data(), events.size());
        if (got <= 0) return ours;
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            const auto* event = reinterpret_cast<const inotify_event*>(events.data() + at);
            const std::string_view name(event->len > 0 ? event->name : "");
            const bool of_log = event->wd == wal_watch_;
            // The watch of the log ends with one write; or because the file is gone, which the folder says.
            if (of_log || (event->mask & IN_Q_OVERFLOW) != 0) ours = true, armed_ = false;
            const bool folder_gone = event->wd == folder_watch_ && (event->mask & IN_IGNORED) != 0;
            if (folder_gone || name.starts_with(name_.native()) || (event->mask & (IN_UNMOUNT | IN_Q_OVERFLOW)) != 0) ours = files_changed_ = true;
            at += sizeof(inotify_event) + event->len;
        }
    }
}

bool WalWatch::wait(std::chrono::microseconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    std::array<pollfd, 2> descriptors{{{.fd = inotify_, .events = POLLIN, .revents = 0}, {.fd = cancelled_, .events = POLLIN, .revents = 0}}};
    while (true) {
        if (drain()) return true;
        if (!armed_) {
            arm();
            return true;   // Something may have been written before.
        }
        const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0 || !poll_until(descriptors, left) || descriptors[1].revents != 0) return false;
    }
}

void WalWatch::sleep(std::chrono::microseconds duration) {
    std::array<pollfd, 1> descriptors{{{.fd = cancelled_, .events = POLLIN, .revents = 0}}};
    if (duration.count() > 0) poll_until(descriptors, duration);
}

bool WalWatch::files_changed() { return std::exchange(files_changed_, false); }

}  // namespace holdfast
