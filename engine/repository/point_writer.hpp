// ImageWriter: one backup into one repository, from the first page to the committed point.
#pragma once

#include "engine/repository/image_writer.hpp"
#include "engine/repository/page_intake.hpp"
#include "engine/repository/stream_cutter.hpp"
#include "engine/repository/write_session.hpp"

namespace holdfast {

class PointWriter final : public ImageWriter {
public:
    PointWriter(const SessionPlace& place, const CompressionSpec& compression, const std::optional<PointId>& base, Progress& progress,
                CancelToken cancel);
    bool has_base() const override { return session_.base() != nullptr; }
    void add_pages(const PointFile& file, const ReadPages& read) override;
    void add_changed_pages(const PointFile& file, const ReadPages& read, const std::vector<PageRun>& changed) override;
    void refresh_pages(const PointFile& file, const ReadPages& read) override;
    void add_bytes(const PointFile& file, const ReadBytes& read) override;
    ImageTotals totals() const override;
    bool is_as_base() const override;
    PointManifest commit(PointManifest manifest) override;

private:
    struct AddedFile {
        PointFile file;
        FileMap map;
    };
    void begin(const PointFile& file);
    void take_pages(PageInput input);
    void take_from_base(const PointFile& file, PageInput& input);
    AddedFile* added(const std::string& name);
    void write_index_of(std::size_t packs_least);
    PointMap point_map();
    DeltaBases bases_of_files() const;
    void fill_in(PointManifest& manifest) const;
    void list_point(const PointManifest& manifest);
    void keep_fingerprints(const PointId& point);

    mutable WriteSession session_;
    Progress& progress_;
    CancelToken cancel_;
    Instant started_;
    PackSink sink_;
    ChunkIntake chunks_;
    PageIntake pages_;
    std::unique_ptr<FingerprintFileWriter> fingerprints_;
    std::vector<AddedFile> files_;
    DeltaBases bases_;                     // Of the chunks of deltas that were written, in the session's numbers.
    std::vector<PackContents> unlisted_;   // Durable, not in an index object yet.
    std::uint64_t read_bytes_ = 0, changed_bytes_ = 0;
    bool committed_ = false;
};

}  // namespace holdfast
