#include "providers/databases/sqlite/wal_checkpointer.hpp"

#include <sqlite3.h>

#include "engine/base/check.hpp"
#include "engine/sqlite/failure.hpp"

namespace holdfast {
namespace {

constexpr int kCheckpointLock = 1;   // WAL_CKPT_LOCK of SQLite's "WAL-mode File Format".

}  // namespace

// Stands in for the methods of the connection's file, which SQLite reads with every call, and looks on as locks are taken.
struct WalCheckpointer::Watch {
    sqlite3_io_methods methods{};            // First: SQLite has its address.
    const sqlite3_io_methods* real = nullptr;
    const std::function<void()>* once_locked = nullptr;
    std::exception_ptr failure;

    explicit Watch(sqlite3* database) {
        sqlite3_file* file = nullptr;
        const int found = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
        if (found != SQLITE_OK) throw_sqlite(database, found, "find the file of the database");
        real = file->pMethods;
        methods = *real;
        methods.xShmLock = [](sqlite3_file* of, int first, int count, int flags) {
            auto* watch = reinterpret_cast<Watch*>(const_cast<sqlite3_io_methods*>(of->pMethods));
            const int result = watch->real->xShmLock(of, first, count, flags);
            const bool ours = result == SQLITE_OK && first == kCheckpointLock && count == 1 && flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE);
            if (ours && watch->once_locked != nullptr) watch->call();
            return result;
        };
        file->pMethods = &methods;
    }

    void call() noexcept {
        try {
            (*std::exchange(once_locked, nullptr))();
        } catch (...) {   // No exception may pass through SQLite; checkpoint() throws it.
            failure = std::current_exception();
        }
    }
};

WalCheckpointer::WalCheckpointer(Connection connection) : watch_(std::make_unique<Watch>(connection.handle())), connection_(std::move(connection)) {}

WalCheckpointer::~WalCheckpointer() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

CheckpointResult WalCheckpointer::checkpoint(const char* mode, const std::function<void()>& once_locked) {
    Statement statement = connection_.prepare(std::string("PRAGMA wal_checkpoint(") + mode + ")");
    const auto begun = std::chrono::steady_clock::now();
    watch_->once_locked = once_locked ? &once_locked : nullptr;
    const bool answered = statement.step();
    watch_->once_locked = nullptr;
    if (watch_->failure) std::rethrow_exception(std::exchange(watch_->failure, nullptr));
    CheckpointResult result;
    if (!answered) return result;
    // -1: it did not come to look at the log.
    const std::int64_t frames = statement.integer(1);
    const std::int64_t copied = statement.integer(2);
    result.took = std::chrono::steady_clock::now() - begun;
    result.ran = frames >= 0 && copied >= 0;
    if (result.ran) result.frames = static_cast<std::uint32_t>(frames), result.copied = static_cast<std::uint32_t>(copied);
    return result;
}

CheckpointResult WalCheckpointer::run(const std::function<void()>& once_locked) {
    wait();
    return checkpoint("PASSIVE", once_locked);
}

bool WalCheckpointer::truncate() {
    wait();
    const CheckpointResult result = checkpoint("TRUNCATE", {});
    return result.ran && result.frames == 0;
}

bool WalCheckpointer::begin(std::function<void()> once_locked) {
    std::unique_lock lock(mutex_);
    HOLDFAST_CHECK(!asked_);
    result_.reset();
    failure_ = nullptr;
    locked_ = false;
    once_locked_ = std::move(once_locked);
    asked_ = true;
    changed_.notify_all();
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    changed_.wait(lock, [this] { return locked_ || !asked_; });
    return locked_;
}

bool WalCheckpointer::is_at_work() const {
    const std::lock_guard lock(mutex_);
    return asked_;
}

void WalCheckpointer::wait_for(std::chrono::microseconds at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [this] { return !asked_; });
}

void WalCheckpointer::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !asked_; });
}

std::optional<CheckpointResult> WalCheckpointer::take_result() {
    const std::lock_guard lock(mutex_);
    if (asked_) return std::nullopt;
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return std::exchange(result_, std::nullopt);
}

void WalCheckpointer::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return asked_ || ending_; });
        if (!asked_) return;
        lock.unlock();
        CheckpointResult result;
        std::exception_ptr failure;
        try {
            result = checkpoint("PASSIVE", [this] {
                once_locked_();
                const std::lock_guard locked(mutex_);
                locked_ = true;
                changed_.notify_all();
            });
        } catch (...) {
            failure = std::current_exception();   // Whatever it is, it belongs to the thread that asked: take_result() throws it there.
        }
        lock.lock();
        result_ = result;
        failure_ = failure;
        asked_ = false;
        changed_.notify_all();
    }
}

}  // namespace holdfast
