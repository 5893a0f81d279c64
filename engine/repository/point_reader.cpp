#include "engine/repository/point_reader.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/repository/restore_chunks.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kRecentChunks = 32;

// The target: new, or what is there. A new one that was not finished is removed again.
class RestoreTarget {
public:
    RestoreTarget(const fs::path& path, bool delta) : path_(path), is_new_(!delta || !fs::exists(path)) {
        file = File::open(path, is_new_ ? File::Mode::CreateNew : File::Mode::ReadWrite);
    }
    ~RestoreTarget() {
        if (finished_ || !is_new_) return;
        file.close();
        std::error_code ignored;   // What stays is incomplete and will be refused as "already exists".
        fs::remove(path_, ignored);
    }
    bool is_new() const { return is_new_; }
    void finish() {
        file.sync();
        file.close();
        if (is_new_) sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
        finished_ = true;
    }
    File file;

private:
    fs::path path_;
    bool is_new_;
    bool finished_ = false;
};

}  // namespace

PointReader::PointReader(Store& store, Keyring& keys, OpenedPoint point, unsigned workers, std::unique_ptr<Lease> lease)
    : lease_(std::move(lease)), keys_(keys), point_(std::move(point)), workers_(workers), packs_(store, keys) {}

std::size_t PointReader::file_of(const std::string& name) const {
    const auto& files = point_.manifest.files;
    const auto found = std::ranges::find(files, name, &PointFile::name);
    if (found == files.end()) {
        throw Error(ErrorCode::Missing, fmt::format("recovery point {} has no file \"{}\"", point_.manifest.point.id.str(), name));
    }
    return static_cast<std::size_t>(found - files.begin());
}

RestoreTotals PointReader::restore_file(const std::string& name, const fs::path& target, bool delta, Progress& progress, CancelToken cancel) {
    const std::size_t number = file_of(name);
    const PointFile& file = point_.manifest.files[number];
    const std::uint64_t fetched_before = packs_.fetched_bytes();
    RestoreTarget into(target, delta);
    progress.begin(fmt::format("restoring {}", name), file.bytes);
    if (into.file.size() != file.bytes) into.file.resize(file.bytes);
    const RestoreTask task{.packs = &packs_,
                           .map = &point_.map,
                           .file = &file,
                           .file_map = &point_.map.files[number],
                           .per_chunk = file.page_bytes == 0 ? 1 : pages_per_chunk(keys_.settings().extent_bytes, file.page_bytes),
                           .delta = !into.is_new(),
                           .workers = workers_};
    const std::uint64_t written = restore_chunks(task, into.file, progress, cancel);
    into.finish();
    progress.end();
    return {.bytes = file.bytes, .fetched_bytes = packs_.fetched_bytes() - fetched_before, .written_bytes = written};
}

PointReader::Chunk PointReader::chunk(std::uint32_t pack, std::uint32_t entry) {
    const std::uint64_t name = std::uint64_t{pack} << 32 | entry;
    {
        const std::lock_guard lock(mutex_);
        const auto known = std::ranges::find(recent_, name, &std::pair<std::uint64_t, Chunk>::first);
        if (known != recent_.end()) {
            recent_.splice(recent_.begin(), recent_, known);
            return known->second;
        }
    }
    const auto located = packs_.locate(point_.map.packs[pack], entry);
    const PackEntry& facts = PackSource::entry_of(*located.pack, located.entry);
    Bytes stored(facts.stored_bytes);
    packs_.fetch(*located.pack, facts.offset, stored);
    ChunkTools tools;
    auto plain = std::make_shared<Bytes>(facts.plain_bytes);
    packs_.open_chunk(*located.pack, located.entry, stored, tools, *plain);
    const std::lock_guard lock(mutex_);
    recent_.emplace_front(name, plain);
    if (recent_.size() > kRecentChunks) recent_.pop_back();
    return plain;
}

void PointReader::read_at(const std::string& name, std::uint64_t offset, std::span<std::byte> out) {
    const std::size_t number = file_of(name);
    const PointFile& file = point_.manifest.files[number];
    if (offset > file.bytes || out.size() > file.bytes - offset) {
        throw Error(ErrorCode::Usage, fmt::format("\"{}\" of recovery point {} ends at byte {}", name, point_.manifest.point.id.str(), file.bytes));
    }
    if (file.page_bytes != 0) read_pages(number, offset, out);
    else read_stream(number, offset, out);
}

void PointReader::read_pages(std::size_t number, std::uint64_t offset, std::span<std::byte> out) {
    const std::uint64_t page_bytes = point_.manifest.files[number].page_bytes;
    const std::uint64_t per_chunk = pages_per_chunk(keys_.settings().extent_bytes, static_cast<std::uint32_t>(page_bytes));
    const std::uint64_t first = offset / page_bytes;
    const std::uint64_t count = out.empty() ? 0 : (offset + out.size() - 1) / page_bytes - first + 1;
    // Copies the part of [at, at + bytes.size()) that was asked for; without bytes zeros.
    const auto give = [&](std::uint64_t at, std::uint64_t size, const std::byte* bytes) {
        const std::uint64_t from = std::max(at, offset);
        const std::uint64_t to = std::min(at + size, offset + out.size());
        if (from >= to) return;
        std::byte* place = out.data() + (from - offset);
        if (bytes != nullptr) std::memcpy(place, bytes + (from - at), to - from);
        else std::memset(place, 0, to - from);
    };
    point_.map.files[number].pages.each_in(first, count, [&](const MapRun& run) {
        if (run.kind == MapRun::Kind::Zero) return give(run.first * page_bytes, run.count * page_bytes, nullptr);
        for (std::uint64_t done = 0; done < run.count;) {
            const std::uint64_t address = run.address + done;
            const std::uint64_t page = address % per_chunk;
            const std::uint64_t pages = std::min(per_chunk - page, run.count - done);
            const Chunk plain = chunk(run.pack, static_cast<std::uint32_t>(address / per_chunk));
            if ((page + pages) * page_bytes > plain->size()) throw Error(ErrorCode::Corrupt, "a recovery point that points beyond the end of a chunk");
            give((run.first + done) * page_bytes, pages * page_bytes, plain->data() + page * page_bytes);
            done += pages;
        }
    });
}

void PointReader::read_stream(std::size_t number, std::uint64_t offset, std::span<std::byte> out) {
    const std::vector<StreamPiece>& pieces = point_.map.files[number].pieces;
    std::vector<std::uint64_t>* ends = nullptr;
    {
        const std::lock_guard lock(mutex_);
        ends = &stream_ends_[number];
        if (ends->empty()) {
            for (const StreamPiece& piece : pieces) ends->push_back((ends->empty() ? 0 : ends->back()) + piece.bytes);
        }
    }
    auto at = static_cast<std::size_t>(std::ranges::upper_bound(*ends, offset) - ends->begin());
    while (!out.empty()) {
        const Chunk plain = chunk(pieces[at].pack, pieces[at].entry);
        if (plain->size() != pieces[at].bytes) throw Error(ErrorCode::Corrupt, "a recovery point whose chunk has another length");
        const std::uint64_t skip = offset - ((*ends)[at] - pieces[at].bytes);
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), plain->size() - skip));
        std::copy_n(plain->begin() + static_cast<std::ptrdiff_t>(skip), size, out.begin());
        out = out.subspan(size);
        offset += size;
        ++at;
    }
}

}  // namespace holdfast
