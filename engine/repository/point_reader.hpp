// ImageReader over a repository's packs.
#pragma once

#include "engine/repository/image_reader.hpp"
#include "engine/repository/lease.hpp"
#include "engine/repository/page_assembly.hpp"

namespace holdfast {

class PointReader final : public ImageReader {
public:
    // `lease` (where there is one) is held as long as this lives, so that no collection takes a pack away.
    PointReader(Store& store, Keyring& keys, OpenedPoint point, unsigned workers, std::unique_ptr<Lease> lease = nullptr);
    const PointManifest& manifest() const override { return point_.manifest; }
    RestoreTotals restore_file(const std::string& name, const fs::path& target, bool delta, Progress& progress, CancelToken cancel) override;
    void read_at(const std::string& name, std::uint64_t offset, std::span<std::byte> out) override;
    std::uint64_t fetched_bytes() const override { return packs_.fetched_bytes(); }

    // From now on the file is as with these patches. Throws Missing. Requires: it has pages; nothing was read of it yet.
    void lay_over(const std::string& name, std::shared_ptr<PagePatches> patches);   // Shared: with whoever made them.
    // The source of everything that is read here, and the roots of a file's pages: for those who make patches.
    PackSource& packs() { return packs_; }
    StoredRoots roots_of(const std::string& name);

private:
    std::size_t file_of(const std::string& name) const;
    PageOrigin origin_of(std::size_t file);
    bool has_deltas(std::size_t file) const { return !point_.map.bases.empty() || patches_.contains(file); }
    PointChunks::Plain chunk(std::uint32_t pack, std::uint32_t entry);
    void read_pages(std::size_t file, std::uint64_t offset, std::span<std::byte> out);
    void assemble_pages(std::size_t file, std::uint64_t offset, std::span<std::byte> out);
    void read_stream(std::size_t file, std::uint64_t offset, std::span<std::byte> out);
    std::unique_ptr<PageAssembly> take_assembly(std::size_t file);

    std::unique_ptr<Lease> lease_;
    Keyring& keys_;
    OpenedPoint point_;
    unsigned workers_;
    PackSource packs_;
    PointChunks chunks_;
    std::map<std::size_t, std::shared_ptr<PagePatches>> patches_;
    std::mutex mutex_;
    std::map<std::size_t, std::vector<std::unique_ptr<PageAssembly>>> assemblies_;   // By file; those that nobody uses just now.
    std::map<std::size_t, std::vector<std::uint64_t>> stream_ends_;
};

}  // namespace holdfast
