#include "engine/job/image_bridge.hpp"

namespace holdfast {
namespace {

PointFile point_file_of(const ImageFile& file) {
    return {.name = file.name, .page_bytes = file.page_bytes, .bytes = file.bytes, .mode = file.mode};
}

ReadPages reading(PageSource& source) {
    return [&source](std::uint64_t first_page, std::span<std::byte> out) { source.read(first_page, out); };
}

}  // namespace

class ImageBridge::Base final : public ImageBase, private ArchivedWal {
public:
    explicit Base(OpenedBase base) : reader_(std::move(base.image)), log_(std::move(base.log)) {
        for (const PointFile& file : reader_->manifest().files) files_.push_back({.name = file.name, .page_bytes = file.page_bytes, .bytes = file.bytes, .mode = file.mode});
    }
    const std::map<std::string, std::string>& facts() const override { return reader_->manifest().facts; }
    const std::vector<ImageFile>& files() const override { return files_; }
    void read_at(const std::string& file, std::uint64_t offset, std::span<std::byte> out) override { reader_->read_at(file, offset, out); }
    ArchivedWal* log() override { return log_ ? this : nullptr; }

private:
    void read(const WalBranch& branch, Lsn from, std::span<std::byte> out) override { log_->read(branch, from, out); }

    std::unique_ptr<ImageReader> reader_;
    std::unique_ptr<WalArchive> log_;
    std::vector<ImageFile> files_;
};

ImageBridge::ImageBridge(ImageWriter& writer, OpenBase open_base) : writer_(writer), open_base_(std::move(open_base)) {}
ImageBridge::~ImageBridge() = default;

ImageBase* ImageBridge::base() {
    if (!base_ && open_base_) base_ = std::make_unique<Base>(open_base_());
    return base_.get();
}

void ImageBridge::add_pages(const ImageFile& file, PageSource& source) { writer_.add_pages(point_file_of(file), reading(source)); }

void ImageBridge::add_changed_pages(const ImageFile& file, PageSource& source, const std::vector<PageRange>& changed) {
    std::vector<PageRun> runs;
    runs.reserve(changed.size());
    for (const PageRange& range : changed) runs.push_back({.first = range.first, .count = range.count});
    writer_.add_changed_pages(point_file_of(file), reading(source), runs);
}

void ImageBridge::refresh_pages(const ImageFile& file, PageSource& source) {
    writer_.refresh_pages(point_file_of(file), reading(source));
}

void ImageBridge::add_bytes(const ImageFile& file, ByteSource& source) {
    writer_.add_bytes(point_file_of(file), [&source](std::span<std::byte> out) { return source.read(out); });
}

}  // namespace holdfast
