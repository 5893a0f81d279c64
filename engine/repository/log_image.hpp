// ImageReader of a point with a log laid over it: the start is restored as ever, then the last version of every page that the
// log has goes over it.
#pragma once

#include <mutex>

#include "engine/repository/image_reader.hpp"
#include "engine/repository/log_selection.hpp"

namespace holdfast {

class LogImage final : public ImageReader {
public:
    // `start` is the stream's base (then `base` is nothing), or a later point, and `base` reads the stream's.
    LogImage(const LogPlace& place, std::uint64_t until, LogSelection selection, std::unique_ptr<ImageReader> start, std::unique_ptr<ImageReader> base,
             std::optional<Instant> since);
    const PointManifest& manifest() const override { return manifest_; }
    RestoreTotals restore_file(const std::string& name, const fs::path& target, bool delta, Progress& progress, CancelToken cancel) override;
    void read_at(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override;
    std::uint64_t fetched_bytes() const override;

private:
    // Opened pieces and their blocks, for one thread.
    class Frames;
    struct Due { std::uint64_t page = 0; FrameAt frame; };
    std::vector<Due> due() const;
    void overlay(File& file, RestoreTotals& totals, Progress& progress, const CancelToken& cancel);
    void lay(File& file, std::vector<std::pair<Due, Bytes>>& batch, RestoreTotals& totals);
    void read_page(std::uint64_t page, const FrameAt& frame, std::span<std::byte> out);
    void select_again();
    ImageReader& base() { return base_ ? *base_ : *start_; }
    std::uint64_t page_bytes() const { return selection_.head.page_bytes; }

    LogPlace place_;
    std::uint64_t until_;
    std::optional<Instant> since_;
    mutable std::mutex mutex_;       // Of everything below, for read_at().
    LogSelection selection_;
    std::unique_ptr<ImageReader> start_, base_;
    std::uint64_t start_bytes_ = 0;
    PointManifest manifest_;
    FrameCoder coder_;
    std::unique_ptr<Frames> frames_;
};

// Throws Usage where `point` does not suit that transaction as a start, otherwise as select_versions().
std::unique_ptr<ImageReader> open_log_image(const LogPlace& place, const PointId& point, std::uint64_t until,
                                            const std::function<std::unique_ptr<ImageReader>(const PointId&)>& open);

}  // namespace holdfast
