// An image sink that keeps the files in memory, for tests of providers.
#pragma once

#include <map>
#include <string>

#include "engine/base/file.hpp"
#include "engine/provider/image.hpp"

namespace holdfast {

class MemoryImage final : public ImageSink {
public:
    void add_pages(const ImageFile& file, PageSource& source) override;
    void add_changed_pages(const ImageFile& file, PageSource& source, const std::vector<PageRange>& changed) override;
    void refresh_pages(const ImageFile& file, PageSource& source) override;
    void add_bytes(const ImageFile& file, ByteSource& source) override;
    bool has_base() const override { return false; }

    // Writes one file to disk, as a restore would.
    void write_to(const std::string& name, const fs::path& path) const;
    const Bytes& bytes(const std::string& name = "main") const { return files.at(name).second; }

    std::map<std::string, std::pair<ImageFile, Bytes>> files;
    int refreshes = 0;
    std::uint64_t refreshed_pages = 0;   // That differed from the first pass.
};

}  // namespace holdfast
