#include "engine/repository/copy_point.hpp"

#include "engine/repository/image_reader.hpp"
#include "engine/repository/image_writer.hpp"

namespace holdfast {
namespace {

// What the target has of the same database, to be compared against: the newest point.
std::optional<PointId> newest_of(const std::vector<PointManifest>& points) {
    const PointManifest* newest = nullptr;
    for (const PointManifest& manifest : points) {
        if (newest == nullptr || manifest.point.instant > newest->point.instant) newest = &manifest;
    }
    return newest == nullptr ? std::nullopt : std::optional(newest->point.id);
}

void copy_file(ImageReader& reader, ImageWriter& writer, const PointFile& file) {
    if (file.page_bytes != 0) {
        writer.add_pages(file, [&](std::uint64_t first_page, std::span<std::byte> out) {
            reader.read_at(file.name, first_page * file.page_bytes, out);
        });
        return;
    }
    std::uint64_t at = 0;
    writer.add_bytes(file, [&](std::span<std::byte> out) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), file.bytes - at));
        if (size != 0) reader.read_at(file.name, at, out.first(size));
        at += size;
        return size;
    });
}

}  // namespace

PointManifest copy_point(Repository& from, const DatabaseName& database, const PointId& id, Repository& to, Progress& progress,
                         CancelToken cancel) {
    const std::vector<PointManifest> there = to.points(database);
    for (const PointManifest& manifest : there) {
        if (manifest.point.id == id) return manifest;
    }
    const std::unique_ptr<ImageReader> reader = from.read_image(database, id);
    // A full stands alone in the copy too: what comes after it must not rest on chunks that are older.
    const bool is_full = reader->manifest().point.kind == BackupKind::Full;
    const auto base = is_full ? std::nullopt : newest_of(there);
    const std::unique_ptr<ImageWriter> writer = to.begin_image(database, CompressionSpec{}, base, progress, cancel);
    for (const PointFile& file : reader->manifest().files) {
        throw_if_cancelled(cancel);
        copy_file(*reader, *writer, file);
    }
    return writer->commit(reader->manifest());
}

}  // namespace holdfast
