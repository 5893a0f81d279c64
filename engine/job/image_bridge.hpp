// Lets a provider write into a repository: the provider's ImageSink over the repository's ImageWriter.
// Neither knows the other; this is the only place where both are seen.
#pragma once

#include "engine/provider/image.hpp"
#include "engine/repository/image_writer.hpp"

namespace holdfast {

class ImageBridge final : public ImageSink {
public:
    explicit ImageBridge(ImageWriter& writer) : writer_(writer) {}

    void add_pages(const ImageFile& file, PageSource& source) override;
    void add_changed_pages(const ImageFile& file, PageSource& source, const std::vector<PageRange>& changed) override;
    void refresh_pages(const ImageFile& file, PageSource& source) override;
    void add_bytes(const ImageFile& file, ByteSource& source) override;
    bool has_base() const override { return writer_.has_base(); }

private:
    ImageWriter& writer_;
};

}  // namespace holdfast
