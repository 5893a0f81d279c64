// Lets a provider write into a repository: the provider's ImageSink over the repository's ImageWriter.
// Neither knows the other; this is the only place where both are seen.
#pragma once

#include <functional>
#include <memory>

#include "engine/provider/image.hpp"
#include "engine/repository/image_reader.hpp"
#include "engine/repository/image_writer.hpp"

namespace holdfast {

class ImageBridge final : public ImageSink {
public:
    using OpenBase = std::function<std::unique_ptr<ImageReader>()>;
    // `open_base` is called when a provider asks for the base; empty: there is none.
    explicit ImageBridge(ImageWriter& writer, OpenBase open_base = {});
    ~ImageBridge() override;

    void add_pages(const ImageFile& file, PageSource& source) override;
    void add_changed_pages(const ImageFile& file, PageSource& source, const std::vector<PageRange>& changed) override;
    void refresh_pages(const ImageFile& file, PageSource& source) override;
    void add_bytes(const ImageFile& file, ByteSource& source) override;
    bool has_base() const override { return writer_.has_base(); }
    ImageBase* base() override;

private:
    class Base;
    ImageWriter& writer_;
    OpenBase open_base_;
    std::unique_ptr<Base> base_;
};

}  // namespace holdfast
