#include "engine/repository/log_image.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kBatchBytes = 32u << 20;    // Frames in memory at a time.
constexpr std::size_t kOpenPiecesMax = 64;
constexpr int kAttempts = 8;

PointFile* file_named(PointManifest& manifest, const std::string& name) {
    const auto found = std::ranges::find(manifest.files, name, &PointFile::name);
    return found == manifest.files.end() ? nullptr : &*found;
}

// A target that is new goes away again where the work on it is not finished.
class RemovedUnlessDone {
public:
    RemovedUnlessDone(const fs::path& path, bool is_new) : path_(path), is_new_(is_new) {}
    ~RemovedUnlessDone() {
        std::error_code ignored;   // What stays is incomplete and will be refused as "already exists".
        if (is_new_ && !done_) fs::remove(path_, ignored);
    }
    void done() { done_ = true; }

private:
    fs::path path_;
    bool is_new_, done_ = false;
};

}  // namespace

class LogImage::Frames {
public:
    explicit Frames(const LogPlace& place) : place_(place) {}
    ByteView frame(const std::vector<OpenedLogPiece>& pieces, const FrameAt& at, bool ahead) {
        if (at.coding == FrameCoding::Zero) return {};
        return blocks(pieces, at.piece).block(at.block, ahead).subspan(at.offset, at.bytes);
    }
    std::uint64_t fetched_bytes() const {
        std::uint64_t bytes = closed_bytes_;
        for (const auto& [piece, blocks] : open_) bytes += blocks.fetched_bytes();
        return bytes;
    }

private:
    LogBlocks& blocks(const std::vector<OpenedLogPiece>& pieces, std::uint32_t piece) {
        if (const auto found = open_.find(piece); found != open_.end()) return found->second;
        if (open_.size() >= kOpenPiecesMax) {
            closed_bytes_ = fetched_bytes();
            open_.clear();
        }
        return open_.try_emplace(piece, *place_.store, *place_.keys, pieces[piece]).first->second;
    }
    const LogPlace& place_;
    std::map<std::uint32_t, LogBlocks> open_;
    std::uint64_t closed_bytes_ = 0;
};

LogImage::LogImage(const LogPlace& place, std::uint64_t until, LogSelection selection, std::unique_ptr<ImageReader> start, std::unique_ptr<ImageReader> base,
                   std::optional<Instant> since)
    : place_(place), until_(until), since_(since), selection_(std::move(selection)), start_(std::move(start)), base_(std::move(base)),
      manifest_(start_->manifest()), frames_(std::make_unique<Frames>(place_)) {
    PointFile* file = file_named(manifest_, selection_.head.file);
    HOLDFAST_CHECK(file != nullptr);
    start_bytes_ = file->bytes;
    file->bytes = selection_.pages * page_bytes();
    manifest_.point.instant = selection_.commit.at;
}

void LogImage::select_again() {
    selection_ = select_versions(place_, until_, since_);
    frames_ = std::make_unique<Frames>(place_);
}

// In the order in which they lie in the store.
std::vector<LogImage::Due> LogImage::due() const {
    std::vector<Due> all;
    all.reserve(selection_.frames.size());
    for (const auto& [page, frame] : selection_.frames) all.push_back({page, frame});
    std::ranges::sort(all, [](const Due& a, const Due& b) {
        return std::tie(a.frame.piece, a.frame.block, a.frame.offset) < std::tie(b.frame.piece, b.frame.block, b.frame.offset);
    });
    return all;
}

RestoreTotals LogImage::restore_file(const std::string& name, const fs::path& target, bool delta, Progress& progress, CancelToken cancel) {
    if (name != selection_.head.file) return start_->restore_file(name, target, delta, progress, cancel);
    const std::lock_guard lock(mutex_);
    const bool is_new = !fs::exists(target);
    RestoreTotals totals = start_->restore_file(name, target, delta, progress, cancel);
    RemovedUnlessDone removed(target, is_new);   // Only from here on is it certain that it is ours.
    File file = File::open(target, File::Mode::ReadWrite);
    overlay(file, totals, progress, cancel);
    file.sync();
    file.close();
    totals.bytes = selection_.pages * page_bytes();
    removed.done();
    return totals;
}

void LogImage::overlay(File& file, RestoreTotals& totals, Progress& progress, const CancelToken& cancel) {
    // What was cut off once is zeros, also where the file is as long again.
    const std::uint64_t cut = selection_.zero_from;
    if (cut < start_bytes_ / page_bytes()) file.resize(cut * page_bytes());
    file.resize(selection_.pages * page_bytes());
    progress.begin("laying the log over it", selection_.frames.size() * page_bytes());
    std::vector<Due> all = due();
    const std::uint64_t fetched_before = totals.fetched_bytes;
    std::vector<std::pair<Due, Bytes>> batch;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0, attempts = 0; i < all.size();) {
        throw_if_cancelled(cancel);
        try {
            batch.emplace_back(all[i], to_bytes(frames_->frame(selection_.pieces, all[i].frame, true)));
        } catch (const Error& error) {
            if (error.code != ErrorCode::Missing || ++attempts == kAttempts) throw;
            // The pieces were merged meanwhile: the pages that are left are elsewhere now.
            const std::vector<Due> left(all.begin() + static_cast<std::ptrdiff_t>(i), all.end());
            select_again();
            all.clear();
            for (const Due& each : left) all.push_back({each.page, selection_.frames.at(each.page)});
            i = 0;
            continue;
        }
        bytes += batch.back().second.size() + sizeof(batch.back());
        ++i;
        if (bytes < kBatchBytes && i < all.size()) continue;
        progress.advance(batch.size() * page_bytes());
        lay(file, batch, totals);
        batch.clear();
        bytes = 0;
    }
    totals.fetched_bytes = fetched_before + frames_->fetched_bytes();
    progress.end();
}

// In the order of the file, so that what they are coded against is read in order too.
void LogImage::lay(File& file, std::vector<std::pair<Due, Bytes>>& batch, RestoreTotals& totals) {
    std::ranges::sort(batch, {}, [](const auto& each) { return each.first.page; });
    Bytes root(page_bytes()), page(page_bytes());
    for (const auto& [due, frame] : batch) {
        const std::uint64_t at = due.page * page_bytes();
        if (due.frame.coding == FrameCoding::Delta) {
            if (due.page >= selection_.head.base_pages) throw Error(ErrorCode::Corrupt, "a page in a log that was coded against a page which is not there");
            if (!base_ && due.page < selection_.zero_from) file.read_exactly_at(at, root);
            else base().read_at(selection_.head.file, at, root);
        }
        coder_.decode(due.frame.coding, frame, root, page);
        file.write_at(at, page);
        totals.written_bytes += page.size();
    }
}

void LogImage::read_page(std::uint64_t page, const FrameAt& frame, std::span<std::byte> out) {
    Bytes root;
    if (frame.coding == FrameCoding::Delta) {
        if (page >= selection_.head.base_pages) throw Error(ErrorCode::Corrupt, "a page in a log that was coded against a page which is not there");
        root.resize(page_bytes());
        base().read_at(selection_.head.file, page * page_bytes(), root);
    }
    for (int attempt = 1;; ++attempt) {
        try {
            const FrameAt& at = attempt == 1 ? frame : selection_.frames.at(page);
            return coder_.decode(at.coding, frames_->frame(selection_.pieces, at, false), root, out);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Missing || attempt == kAttempts) throw;
            select_again();
        }
    }
}

void LogImage::read_at(const std::string& name, std::uint64_t offset, std::span<std::byte> out) {
    if (name != selection_.head.file) return start_->read_at(name, offset, out);
    const std::lock_guard lock(mutex_);
    const std::uint64_t size = selection_.pages * page_bytes();
    if (offset > size || out.size() > size - offset) throw Error(ErrorCode::Usage, fmt::format("\"{}\" ends at byte {} behind transaction {}", name, size, until_));
    // What the start has of it, zeros behind; then the pages of the log.
    const std::uint64_t start_end = selection_.zero_from == ~std::uint64_t{0} ? start_bytes_ : std::min(start_bytes_, selection_.zero_from * page_bytes());
    const std::size_t from_start = offset >= start_end ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), start_end - offset));
    if (from_start != 0) start_->read_at(name, offset, out.first(from_start));
    std::ranges::fill(out.subspan(from_start), std::byte{0});
    Bytes page(page_bytes());
    for (std::uint64_t number = offset / page_bytes(); number * page_bytes() < offset + out.size(); ++number) {
        const auto found = selection_.frames.find(number);
        if (found == selection_.frames.end()) continue;
        read_page(number, FrameAt(found->second), page);
        const std::uint64_t begin = std::max(offset, number * page_bytes());
        const std::uint64_t end = std::min(offset + out.size(), (number + 1) * page_bytes());
        std::copy_n(page.begin() + static_cast<std::ptrdiff_t>(begin - number * page_bytes()), end - begin, out.begin() + static_cast<std::ptrdiff_t>(begin - offset));
    }
}

std::uint64_t LogImage::fetched_bytes() const {
    const std::lock_guard lock(mutex_);
    return frames_->fetched_bytes() + start_->fetched_bytes() + (base_ ? base_->fetched_bytes() : 0);
}

std::unique_ptr<ImageReader> open_log_image(const LogPlace& place, const PointId& point, std::uint64_t until,
                                            const std::function<std::unique_ptr<ImageReader>(const PointId&)>& open) {
    std::unique_ptr<ImageReader> start = open(point);
    if (until == 0) return start;
    PointManifest manifest = start->manifest();
    const Instant started = manifest.point.started;
    LogSelection selection = select_versions(place, until, std::nullopt);
    const bool is_base = selection.head.base == point;
    if (!is_base) {
        const PointFile* file = file_named(manifest, selection.head.file);
        const bool suits = manifest.identity == selection.head.identity && file != nullptr && file->page_bytes == selection.head.page_bytes;
        if (!suits || manifest.point.instant > selection.commit.not_before) {
            throw Error(ErrorCode::Usage, fmt::format("transaction {} of log stream {} cannot be recovered from point {}", until, place.stream.str(), point.str()),
                        fmt::format("Start from its base, point {}.", selection.head.base.str()));
        }
        selection = select_versions(place, until, started);
    }
    std::unique_ptr<ImageReader> base = is_base ? nullptr : open(selection.head.base);
    return std::make_unique<LogImage>(place, until, std::move(selection), std::move(start), std::move(base), is_base ? std::nullopt : std::optional(started));
}

}  // namespace holdfast
