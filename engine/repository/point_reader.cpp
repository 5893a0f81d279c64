#include "engine/repository/point_reader.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/repository/restore_chunks.hpp"
#include "engine/repository/restore_windows.hpp"

namespace holdfast {
namespace {

// The target: new, or what is there. A new one that was not finished is removed again.
class RestoreTarget {
public:
    RestoreTarget(const fs::path& path, bool delta, bool synced) : path_(path), synced_(synced), is_new_(!delta || !fs::exists(path)) {
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
        if (synced_) file.sync();
        file.close();
        if (synced_ && is_new_) sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
        finished_ = true;
    }
    File file;

private:
    fs::path path_;
    bool synced_;
    bool is_new_;
    bool finished_ = false;
};

}  // namespace

PointReader::PointReader(Store& store, Keyring& keys, OpenedPoint point, unsigned workers, std::unique_ptr<Lease> lease)
    : lease_(std::move(lease)), keys_(keys), point_(std::move(point)), workers_(workers), packs_(store, keys), chunks_(packs_, point_.map) {}

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
    RestoreTarget into(target, delta, point_.manifest.files.size() == 1);
    progress.begin(fmt::format("restoring {}", name), file.bytes);
    if (into.file.size() != file.bytes) into.file.resize(file.bytes);
    std::uint64_t written = 0;
    if (file.page_bytes != 0 && has_deltas(number)) {
        written = restore_windows({.origin = origin_of(number), .delta = !into.is_new(), .workers = workers_}, into.file, progress, cancel);
    } else {
        const RestoreTask task{.packs = &packs_,
                               .map = &point_.map,
                               .file = &file,
                               .file_map = &point_.map.files[number],
                               .per_chunk = file.page_bytes == 0 ? 1 : pages_per_chunk(keys_.settings().extent_bytes, file.page_bytes),
                               .delta = !into.is_new(),
                               .workers = workers_};
        written = restore_chunks(task, into.file, progress, cancel);
    }
    into.finish();
    progress.end();
    return {.bytes = file.bytes, .fetched_bytes = packs_.fetched_bytes() - fetched_before, .written_bytes = written};
}

void PointReader::lay_over(const std::string& name, std::shared_ptr<PagePatches> patches) {
    const std::size_t number = file_of(name);
    PointFile& file = point_.manifest.files[number];
    HOLDFAST_CHECK(file.page_bytes != 0);
    file.bytes = patches->pages() * file.page_bytes;
    patches_[number] = std::move(patches);
}

StoredRoots PointReader::roots_of(const std::string& name) { return StoredRoots(packs_, point_, file_of(name), keys_.settings().extent_bytes); }

PageOrigin PointReader::origin_of(std::size_t number) {
    const std::uint32_t page_bytes = point_.manifest.files[number].page_bytes;
    const auto patches = patches_.find(number);
    return {.chunks = &chunks_,
            .map = &point_.map.files[number].pages,
            .page_bytes = page_bytes,
            .per_chunk = pages_per_chunk(keys_.settings().extent_bytes, page_bytes),
            .patches = patches == patches_.end() ? nullptr : patches->second.get()};
}

PointChunks::Plain PointReader::chunk(std::uint32_t pack, std::uint32_t entry) { return chunks_.plain(packs_.locate(point_.map.packs[pack], entry)); }

void PointReader::read_at(const std::string& name, std::uint64_t offset, std::span<std::byte> out) {
    const std::size_t number = file_of(name);
    const PointFile& file = point_.manifest.files[number];
    if (offset > file.bytes || out.size() > file.bytes - offset) {
        throw Error(ErrorCode::Usage, fmt::format("\"{}\" of recovery point {} ends at byte {}", name, point_.manifest.point.id.str(), file.bytes));
    }
    if (out.empty()) return;
    if (file.page_bytes == 0) read_stream(number, offset, out);
    else if (has_deltas(number)) assemble_pages(number, offset, out);
    else read_pages(number, offset, out);
}

void PointReader::read_pages(std::size_t number, std::uint64_t offset, std::span<std::byte> out) {
    const std::uint64_t page_bytes = point_.manifest.files[number].page_bytes;
    const std::uint64_t per_chunk = pages_per_chunk(keys_.settings().extent_bytes, static_cast<std::uint32_t>(page_bytes));
    const std::uint64_t first = offset / page_bytes;
    const std::uint64_t count = (offset + out.size() - 1) / page_bytes - first + 1;
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
            const PointChunks::Plain plain = chunk(run.pack, static_cast<std::uint32_t>(address / per_chunk));
            if ((page + pages) * page_bytes > plain->size()) throw Error(ErrorCode::Corrupt, "a recovery point that points beyond the end of a chunk");
            give((run.first + done) * page_bytes, pages * page_bytes, plain->data() + page * page_bytes);
            done += pages;
        }
    });
}

std::unique_ptr<PageAssembly> PointReader::take_assembly(std::size_t number) {
    {
        const std::lock_guard lock(mutex_);
        auto& idle = assemblies_[number];
        if (!idle.empty()) {
            std::unique_ptr<PageAssembly> assembly = std::move(idle.back());
            idle.pop_back();
            return assembly;
        }
    }
    return std::make_unique<PageAssembly>(origin_of(number), true);
}

void PointReader::assemble_pages(std::size_t number, std::uint64_t offset, std::span<std::byte> out) {
    const std::uint64_t page_bytes = point_.manifest.files[number].page_bytes;
    const std::uint64_t first = offset / page_bytes;
    const std::uint64_t end = (offset + out.size() + page_bytes - 1) / page_bytes;
    std::unique_ptr<PageAssembly> assembly = take_assembly(number);
    if (out.size() == (end - first) * page_bytes) {
        assembly->assemble(first, out);
    } else {
        Bytes pages((end - first) * page_bytes);
        assembly->assemble(first, pages);
        std::ranges::copy(ByteView(pages).subspan(offset - first * page_bytes, out.size()), out.begin());
    }
    const std::lock_guard lock(mutex_);
    assemblies_[number].push_back(std::move(assembly));
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
        const PointChunks::Plain plain = chunk(pieces[at].pack, pieces[at].entry);
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
