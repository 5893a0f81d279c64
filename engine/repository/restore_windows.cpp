#include "engine/repository/restore_windows.hpp"

#include <fcntl.h>

#include <atomic>
#include <cstring>
#include <thread>

namespace holdfast {
namespace {

constexpr std::uint64_t kWindowBytes = 4u << 20;   // A worker holds this twice, and the frames of its deltas.

bool is_all_zero(ByteView bytes) { return bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0; }

class WindowRestorer {
public:
    WindowRestorer(const WindowTask& task, File& target) : task_(task), target_(target), assembly_(task.origin, false) {}

    void restore(std::uint64_t first, std::uint64_t count) {
        const std::uint64_t page_bytes = task_.origin.page_bytes;
        pages_.resize(count * page_bytes);
        assembly_.assemble(first, pages_);
        if (task_.delta) {
            there_.resize(pages_.size());
            target_.read_exactly_at(first * page_bytes, there_);
        }
        for (std::uint64_t page = 0; page < count;) {
            std::uint64_t stop = page;
            while (stop < count && is_to_be_written(stop)) ++stop;
            if (stop > page) {
                target_.write_at((first + page) * page_bytes, ByteView(pages_).subspan(page * page_bytes, (stop - page) * page_bytes));
                written += (stop - page) * page_bytes;
            }
            page = std::max(stop, page + 1);
        }
        // Writing to the disk begins now, so that the final sync has little left to wait for.
        ::sync_file_range(target_.descriptor(), static_cast<off64_t>(first * page_bytes), static_cast<off64_t>(pages_.size()), SYNC_FILE_RANGE_WRITE);
    }

    std::uint64_t written = 0;

private:
    // In a new file pages of zeros stay holes.
    bool is_to_be_written(std::uint64_t page) const {
        const std::uint64_t page_bytes = task_.origin.page_bytes;
        const ByteView wanted = ByteView(pages_).subspan(page * page_bytes, page_bytes);
        if (!task_.delta) return !is_all_zero(wanted);
        return std::memcmp(wanted.data(), there_.data() + page * page_bytes, page_bytes) != 0;
    }

    const WindowTask& task_;
    File& target_;
    PageAssembly assembly_;
    Bytes pages_, there_;
};

}  // namespace

std::uint64_t restore_windows(const WindowTask& task, File& target, Progress& progress, const CancelToken& cancel) {
    const std::uint64_t pages = task.origin.pages();
    const std::uint64_t step = std::max<std::uint64_t>(1, kWindowBytes / task.origin.page_bytes);
    std::atomic<std::uint64_t> next = 0;
    std::mutex mutex;
    std::exception_ptr failure;
    std::uint64_t written = 0;
    const auto work = [&] {
        try {
            WindowRestorer restorer(task, target);
            for (std::uint64_t first = next.fetch_add(step); first < pages; first = next.fetch_add(step)) {
                throw_if_cancelled(cancel);
                const std::uint64_t count = std::min(step, pages - first);
                restorer.restore(first, count);
                progress.advance(count * task.origin.page_bytes);
            }
            const std::lock_guard lock(mutex);
            written += restorer.written;
        } catch (...) {   // Anything at all is carried to the thread that waits.
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
            next = pages;
        }
    };
    {
        std::vector<std::jthread> workers;
        for (unsigned i = 0; i < task.workers; ++i) workers.emplace_back(work);
    }
    if (failure) std::rethrow_exception(failure);
    return written;
}

}  // namespace holdfast
