// Lets a provider write into a repository: the provider's ImageSink over the repository's ImageWriter.
// Neither knows the other; this is the only place where both are seen.
#pragma once

#include <functional>
#include <memory>

#include "engine/provider/image.hpp"
#include "engine/provider/wal.hpp"
#include "engine/repository/image_reader.hpp"
#include "engine/repository/image_writer.hpp"
#include "engine/repository/wal_archive.hpp"

namespace holdfast {

class ImageBridge final : public ImageSink {
public:
    // The base of a backup as it is opened, and the log that the store has of its database.
    struct OpenedBase {
        std::unique_ptr<ImageReader> image;
        std::unique_ptr<WalArchive> log = nullptr;   // Nothing: none is asked for.
    };
    using OpenBase = std::function<OpenedBase()>;
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
