#include "engine/repository/restore_chunks.hpp"

#include <fcntl.h>

#include <thread>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kBatchBytes = 2u << 20;      // Stored bytes fetched at a time, and target bytes flushed at a time.
constexpr std::uint64_t kComparedBytes = 64u << 10;  // Step of comparing streams with what is there.

// Gives out batches of parts that lie near each other in one pack. Thread-safe.
class PartQueue {
public:
    explicit PartQueue(const RestoreTask& task) : task_(task) {
        const auto& runs = task.file_map->pages.runs();
        for (std::uint32_t i = 0; i < runs.size(); ++i) {
            if (runs[i].kind == MapRun::Kind::Stored) order_.push_back(i);
        }
        std::ranges::sort(order_, [&](std::uint32_t a, std::uint32_t b) {
            return std::tie(runs[a].pack, runs[a].address, runs[a].first) < std::tie(runs[b].pack, runs[b].address, runs[b].first);
        });
    }

    std::vector<ChunkPart> next() {
        const std::lock_guard lock(mutex_);
        std::vector<ChunkPart> batch;
        std::uint64_t bytes = 0;
        while (bytes < kBatchBytes) {
            const auto part = peek();
            if (!part || (!batch.empty() && part->pack != batch.front().pack)) break;
            batch.push_back(*part);
            bytes += part->bytes;
            advance(*part);
        }
        return batch;
    }

private:
    // The next part: what one run takes from one entry, or one piece of a stream.
    std::optional<ChunkPart> peek() const {
        const auto& pieces = task_.file_map->pieces;
        if (task_.file->page_bytes == 0) {
            if (at_ == pieces.size()) return std::nullopt;
            return ChunkPart{pieces[at_].pack, pieces[at_].entry, 0, pieces[at_].bytes, done_};
        }
        if (at_ == order_.size()) return std::nullopt;
        const MapRun& run = task_.file_map->pages.runs()[order_[at_]];
        const std::uint64_t address = run.address + done_;
        const std::uint64_t page = address % task_.per_chunk;
        const std::uint64_t count = std::min(task_.per_chunk - page, run.count - done_);
        const std::uint32_t page_bytes = task_.file->page_bytes;
        return ChunkPart{run.pack, static_cast<std::uint32_t>(address / task_.per_chunk), static_cast<std::uint32_t>(page * page_bytes),
                         static_cast<std::uint32_t>(count * page_bytes), (run.first + done_) * page_bytes};
    }
    void advance(const ChunkPart& part) {
        if (task_.file->page_bytes == 0) {
            done_ += part.bytes;
            ++at_;
            return;
        }
        done_ += part.bytes / task_.file->page_bytes;
        if (done_ == task_.file_map->pages.runs()[order_[at_]].count) {
            ++at_;
            done_ = 0;
        }
    }

    const RestoreTask& task_;
    std::vector<std::uint32_t> order_;   // Runs by pack and address.
    std::mutex mutex_;
    std::size_t at_ = 0;
    std::uint64_t done_ = 0;
};

class ChunkRestorer {
public:
    ChunkRestorer(const RestoreTask& task, File& target, Progress& progress) : task_(task), target_(target), progress_(progress) {}

    void restore(const std::vector<ChunkPart>& batch) {
        std::uint64_t first = ~std::uint64_t{0}, end = 0;
        for (std::size_t i = 0; i < batch.size();) i = restore_from_one_pack(batch, i);
        for (const ChunkPart& part : batch) {
            first = std::min(first, part.target);
            end = std::max(end, part.target + part.bytes);
            progress_.advance(part.bytes);
        }
        // Writing to the disk begins now, so that the final sync has little left to wait for.
        if (end - first <= 4 * kBatchBytes) {
            ::sync_file_range(target_.descriptor(), static_cast<off64_t>(first), static_cast<off64_t>(end - first), SYNC_FILE_RANGE_WRITE);
        }
    }

    std::uint64_t written = 0;

private:
    // Fetches the parts from `from` on whose entries follow each other closely in one pack; returns where the next begin.
    std::size_t restore_from_one_pack(const std::vector<ChunkPart>& batch, std::size_t from) {
        const auto begin = locate(batch[from]);
        const std::uint64_t offset = PackSource::entry_of(*begin.pack, begin.entry).offset;
        std::uint64_t end = offset;
        std::vector<std::uint32_t> entries;
        std::size_t to = from;
        for (; to < batch.size(); ++to) {
            const auto here = locate(batch[to]);
            const PackEntry& entry = PackSource::entry_of(*here.pack, here.entry);
            const bool near = here.pack == begin.pack && entry.offset >= offset && entry.offset <= end + kBatchBytes / 8 &&
                              entry.offset + entry.stored_bytes <= offset + 2 * kBatchBytes;
            if (!near && to > from) break;
            end = std::max(end, entry.offset + entry.stored_bytes);
            entries.push_back(here.entry);
        }
        if (fetched_.size() < end - offset) fetched_.resize(end - offset);
        const std::span<std::byte> bytes = std::span(fetched_).first(end - offset);
        task_.packs->fetch(*begin.pack, offset, bytes);
        std::optional<std::uint32_t> opened;
        for (std::size_t i = from; i < to; ++i) {
            const PackEntry& entry = begin.pack->entries[entries[i - from]];
            if (opened != entries[i - from]) {
                plain_.resize(entry.plain_bytes);
                task_.packs->open_chunk(*begin.pack, entries[i - from], bytes.subspan(entry.offset - offset, entry.stored_bytes), tools_, plain_);
                opened = entries[i - from];
            }
            if (std::uint64_t{batch[i].skip} + batch[i].bytes > plain_.size()) {
                throw Error(ErrorCode::Corrupt, "a recovery point that points beyond the end of a chunk");
            }
            put(batch[i].target, ByteView(plain_).subspan(batch[i].skip, batch[i].bytes));
        }
        return to;
    }

    PackSource::Located locate(const ChunkPart& part) { return task_.packs->locate(task_.map->packs[part.pack], part.entry); }

    void put(std::uint64_t offset, ByteView bytes) {
        if (!task_.delta) {
            target_.write_at(offset, bytes);
            written += bytes.size();
            return;
        }
        there_.resize(bytes.size());
        target_.read_exactly_at(offset, there_);
        const std::size_t step = task_.file->page_bytes != 0 ? task_.file->page_bytes : kComparedBytes;
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            const std::size_t size = std::min(step, bytes.size() - at);
            if (std::memcmp(bytes.data() + at, there_.data() + at, size) == 0) continue;
            target_.write_at(offset + at, bytes.subspan(at, size));
            written += size;
        }
    }

    const RestoreTask& task_;
    File& target_;
    Progress& progress_;
    ChunkTools tools_;
    Bytes fetched_, plain_, there_;
};

// Zero pages: nothing in a new file, where they are holes; with delta written where something else is.
std::uint64_t restore_zeros(const RestoreTask& task, File& target, Progress& progress) {
    std::uint64_t written = 0;
    const Bytes zeros(256u << 10);
    Bytes there(zeros.size());
    for (const MapRun& run : task.file_map->pages.runs()) {
        if (run.kind != MapRun::Kind::Zero) continue;
        std::uint64_t left = run.count * task.file->page_bytes;
        progress.advance(left);
        if (!task.delta) continue;
        for (std::uint64_t at = run.first * task.file->page_bytes; left > 0;) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, zeros.size()));
            target.read_exactly_at(at, std::span(there).first(size));
            if (std::memcmp(there.data(), zeros.data(), size) != 0) {
                target.write_at(at, ByteView(zeros).first(size));
                written += size;
            }
            at += size;
            left -= size;
        }
    }
    return written;
}

}  // namespace

std::uint64_t restore_chunks(const RestoreTask& task, File& target, Progress& progress, const CancelToken& cancel) {
    PartQueue queue(task);
    std::mutex mutex;
    std::exception_ptr failure;
    std::uint64_t written = restore_zeros(task, target, progress);
    const auto work = [&] {
        try {
            ChunkRestorer restorer(task, target, progress);
            while (true) {
                throw_if_cancelled(cancel);
                {
                    const std::lock_guard lock(mutex);
                    if (failure) return;
                }
                const std::vector<ChunkPart> batch = queue.next();
                if (batch.empty()) break;
                restorer.restore(batch);
            }
            const std::lock_guard lock(mutex);
            written += restorer.written;
        } catch (...) {   // Anything at all is carried to the thread that waits.
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
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
