// Waits until the file system says that a database's log was written, or that its files were replaced; or until the
// work is cancelled. No timer runs while nothing happens.
#pragma once

#include <chrono>
#include <stop_token>

#include "engine/base/cancel.hpp"
#include "engine/base/file.hpp"

namespace holdfast {

class WalWatch {
public:
    // Watches `database`, and -wal and -shm beside it. Throws Unavailable where the machine gives no more watches.
    WalWatch(const fs::path& database, const CancelToken& cancel);
    WalWatch(const WalWatch&) = delete;
    WalWatch& operator=(const WalWatch&) = delete;
    ~WalWatch();

    // Returns true at once where something was or may have been written since the last call, or as soon as it is; false after
    // `at_most` or when cancelled. It costs writers nothing while nobody waits: only the first write after a call is told.
    bool wait(std::chrono::microseconds at_most);
    // Sleeps whatever is written; cut short by a cancel.
    void sleep(std::chrono::microseconds duration);
    // Was one of the files made, removed or renamed since the last call of this?
    bool files_changed();

private:
    void arm();
    bool drain();

    int inotify_ = -1;
    int cancelled_ = -1;          // An eventfd.
    int folder_watch_ = -1, wal_watch_ = -1;
    fs::path name_;               // Of the database's file in its folder.
    fs::path wal_;
    bool armed_ = false;          // The next write to the log is told.
    bool files_changed_ = false;
    std::optional<std::stop_callback<std::function<void()>>> on_cancel_;
};

}  // namespace holdfast
