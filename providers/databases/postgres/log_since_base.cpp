#include "providers/databases/postgres/log_since_base.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/provider/provider.hpp"
#include "engine/provider/wal.hpp"
#include "providers/databases/postgres/backup_facts.hpp"
#include "providers/databases/postgres/wal_parsing.hpp"
#include "providers/databases/postgres/wal_records.hpp"

namespace holdfast {
namespace {

std::string fact_of(const ImageBase& base, const char* name) {
    const auto found = base.facts().find(name);
    return found == base.facts().end() ? std::string() : found->second;
}

std::string lineage_in(const fs::path& data_folder) {
    const fs::path path = data_folder / kLineageFile;
    return fs::exists(path) ? read_text_file(path, 4096) : std::string();
}

// Empty: the base is of the same cluster as it is now, and what the log says since then holds.
std::string why_base_does_not_fit(ImageBase& base, const BackupPlaces& places, const BackupBegun& begun) {
    const auto now = facts_in_words(begun.server);
    for (const char* name : {"page checksums", "page size", "log segment size", "system identifier"}) {
        if (fact_of(base, name) != now.at(name)) return fmt::format("{} changed since the backup before", name);
    }
    if (places.start_timeline != begun.server.timeline || places.stop_timeline != begun.server.timeline) return "the timeline changed since the backup before";
    if (lineage_in(begun.data_folder) != text_of_base_file(base, kLineageFile).value_or("")) return "the cluster was restored since the backup before";
    if (!fact_of(base, kSourceDamageFact).empty()) return "the backup before has damaged pages";
    if (places.start > begun.start) return "the log is behind the backup before";
    if (begun.start - places.start > begun.cluster_bytes) return "the log since the backup before is longer than the cluster";
    return {};
}

class LogReader {
public:
    LogReader(ImageBase& base, const BackupBegun& begun) : base_(base), begun_(begun), segment_bytes_(static_cast<std::uint32_t>(begun.server.wal_segment_bytes)), bytes_(segment_bytes_) {
        branch_.system = system_of(begun.server);
        branch_.timeline = begun.server.timeline;
    }

    ChangedBlocks read(Lsn from, const CancelToken& cancel) {
        ChangedBlocks changed;
        WalRecords records(from, segment_bytes_);
        records.assume_version(static_cast<unsigned>(begun_.server.major));
        for (Lsn segment = floor_to(from, segment_bytes_); segment < begun_.start; segment = segment + segment_bytes_) {
            throw_if_cancelled(cancel);
            const Lsn begin = std::max(segment, from), end = std::min(segment + segment_bytes_, begun_.start);
            const std::span<std::byte> out = std::span(bytes_).subspan(begin - segment, end - begin);
            if (!read_here(segment, begin, out)) read_store(begin, out);
            records.feed(out, [&](const WalRecord& record) { changed.take(record); });
            if (!records.ended().empty()) throw Error(ErrorCode::Corrupt, records.ended());
        }
        if (records.resume_at() != begun_.start) throw Error(ErrorCode::Corrupt, fmt::format("no record of the log ends at {}", to_text(begun_.start)));
        return changed;
    }

private:
    // A segment that was removed is soon another one's: what its first page says is looked at after it was read.
    bool read_here(Lsn segment, Lsn begin, std::span<std::byte> out) {
        const fs::path path = begun_.data_folder / "pg_wal" / segment_name({branch_.timeline, segment}, segment_bytes_);
        try {
            const File file = File::open(path, File::Mode::Read);
            if (file.read_at(begin - segment, out) != out.size()) return false;
            Bytes first(kWalLongHeaderBytes);
            file.read_exactly_at(0, first);
            const WalHead head = head_of_segment(first);
            return head.begin == segment && head.branch == branch_ && head.segment_bytes == segment_bytes_;
        } catch (const Error&) {
            return false;   // It is gone, or what is there is not it: the store may have it.
        }
    }

    void read_store(Lsn begin, std::span<std::byte> out) {
        ArchivedWal* log = base_.log();
        if (log == nullptr) throw Error(ErrorCode::Missing, fmt::format("the log at {} is gone from the server", to_text(begin)));
        log->read(branch_, begin, out);
    }

    ImageBase& base_;
    const BackupBegun& begun_;
    const std::uint32_t segment_bytes_;
    WalBranch branch_;
    Bytes bytes_;
};

}  // namespace

KnownChanges read_log_since(ImageBase& base, const BackupBegun& begun, const CancelToken& cancel) {
    const auto places = places_of(base.facts());
    if (!places) return {{}, "the backup before does not say where in the log it begins"};
    if (std::string why = why_base_does_not_fit(base, *places, begun); !why.empty()) return {{}, std::move(why)};
    try {
        return {LogReader(base, begun).read(places->start, cancel), {}};
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        return {{}, error.message};
    }
}

}  // namespace holdfast
