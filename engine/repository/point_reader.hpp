// ImageReader over a repository's packs.
#pragma once

#include <list>

#include "engine/repository/image_reader.hpp"
#include "engine/repository/lease.hpp"
#include "engine/repository/pack_source.hpp"

namespace holdfast {

class PointReader final : public ImageReader {
public:
    // `lease` (where there is one) is held as long as this lives, so that no collection takes a pack away.
    PointReader(Store& store, Keyring& keys, OpenedPoint point, unsigned workers, std::unique_ptr<Lease> lease = nullptr);
    const PointManifest& manifest() const override { return point_.manifest; }
    RestoreTotals restore_file(const std::string& name, const fs::path& target, bool delta, Progress& progress, CancelToken cancel) override;
    void read_at(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override;
    std::uint64_t fetched_bytes() const override { return packs_.fetched_bytes(); }

private:
    using Chunk = std::shared_ptr<const Bytes>;   // Shared: a reader may still copy from one that the cache dropped.
    std::size_t file_of(const std::string& name) const;
    Chunk chunk(std::uint32_t pack, std::uint32_t entry);
    void read_pages(std::size_t file, std::uint64_t offset, std::span<std::byte> out);
    void read_stream(std::size_t file, std::uint64_t offset, std::span<std::byte> out);

    std::unique_ptr<Lease> lease_;
    Keyring& keys_;
    OpenedPoint point_;
    unsigned workers_;
    PackSource packs_;
    std::mutex mutex_;
    std::list<std::pair<std::uint64_t, Chunk>> recent_;   // (pack, entry) → plain bytes, newest first.
    std::map<std::size_t, std::vector<std::uint64_t>> stream_ends_;
};

}  // namespace holdfast
