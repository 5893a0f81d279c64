#include "providers/databases/postgres/file_backup.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/backup_facts.hpp"
#include "providers/databases/postgres/cluster_files.hpp"
#include "providers/databases/postgres/control_file.hpp"
#include "providers/databases/postgres/damaged_pages.hpp"
#include "providers/databases/postgres/local_cluster.hpp"
#include "providers/databases/postgres/log_since_base.hpp"
#include "providers/databases/postgres/manifest.hpp"
#include "providers/databases/postgres/online_backup.hpp"
#include "providers/databases/postgres/page_file.hpp"
#include "providers/databases/postgres/wal_page.hpp"
#include "providers/databases/postgres/wal_parsing.hpp"

namespace holdfast {
namespace {

constexpr int kControlLooks = 20;

class FileBackup {
public:
    FileBackup(PostgresConnection& sql, const ServerFacts& server, fs::path data_folder, ImageSink& sink, const WorkContext& work)
        : server_(server), data_folder_(std::move(data_folder)), sink_(sink), work_(work), online_(sql), damaged_(server.checksums, online_.start()) {}

    BackupFacts run() {
        ClusterFiles cluster = list_cluster_files(data_folder_, work_.cancel);
        for (const std::string& path : cluster.left_out) log_warning("{} is no file and is left out of the backup", printable(path));
        find_changes(cluster);
        for (const std::string& path : cluster.files) {
            throw_if_cancelled(work_.cancel);
            take_file(path);
        }
        take_control_file();
        const Instant instant = work_.clock.now();
        const OnlineBackup::End end = online_.stop();
        take_log(cluster.layout, end);
        add_text(sink_, kLabelFile, end.label);
        taken_[kLabelFile] = {end.label.size(), {}};
        add_text(sink_, kManifestFile, write_manifest(taken_, {.server_major = server_.major, .system = system_of(server_), .timeline = timeline_in_label(end.label), .start = online_.start(), .stop = end.stop}));
        add_text(sink_, kLayoutFile, to_text(cluster.layout));
        return facts(instant, end);
    }

private:
    void find_changes(const ClusterFiles& cluster) {
        ImageBase* base = sink_.base();
        if (base == nullptr) return;
        std::uint64_t bytes = 0;
        for (const std::string& path : cluster.files) {
            std::error_code gone;
            const auto size = fs::file_size(data_folder_ / path, gone);
            if (!gone) bytes += size;
        }
        changes_ = read_log_since(*base, {.server = server_, .data_folder = data_folder_, .start = online_.start(), .cluster_bytes = bytes}, work_.cancel);
        for (const ImageFile& file : base->files()) base_files_[file.name] = &file;
    }

    // One that is gone was removed since the list was made: the log has that.
    void take_file(const std::string& path) {
        File file;
        try {
            file = File::open(data_folder_ / path, File::Mode::Read);
        } catch (const Error& error) {
            if (error.code == ErrorCode::Missing) return;
            throw;
        }
        const ImageFile image{.name = path, .page_bytes = 0, .bytes = file.size(), .mode = mode_of(file)};
        const auto relation = relation_file(path);
        if (relation && image.bytes % server_.page_bytes == 0) take_pages(image, file, *relation);
        else take_bytes(image, file);
    }

    void take_pages(ImageFile image, const File& file, const RelationFile& relation) {
        image.page_bytes = server_.page_bytes;
        PageFile pages(file, image.name, server_.page_bytes, relation.segment * server_.segment_pages, damaged_);
        note(image);
        const auto changed = changed_in(image, relation);
        if (!changed) {
            read_bytes_ += image.bytes;
            return sink_.add_pages(image, pages);
        }
        for (const PageRange& range : *changed) read_bytes_ += range.count * image.page_bytes;
        sink_.add_changed_pages(image, pages, *changed);
    }

    std::optional<std::vector<PageRange>> changed_in(const ImageFile& image, const RelationFile& relation) const {
        const auto before = base_files_.find(image.name);
        if (!changes_.blocks || before == base_files_.end() || before->second->page_bytes != image.page_bytes) return std::nullopt;
        return changes_.blocks->in_file(relation, image.bytes / image.page_bytes, before->second->bytes / image.page_bytes, server_.segment_pages);
    }

    void take_bytes(const ImageFile& image, const File& file) {
        FileBytes bytes(file, image.bytes);
        sink_.add_bytes(image, bytes);
        note(image);
        read_bytes_ += image.bytes;
    }

    // As it was at one moment: the server writes it in one go, and it ends with a checksum of itself.
    void take_control_file() {
        Bytes bytes;
        for (int look = 1;; ++look) {
            bytes = read_file(data_folder_ / kControlFile, kControlFileBytesMax);
            try {
                parse_control_file(bytes);
                break;
            } catch (const Error&) {
                if (look == kControlLooks) throw;   // It is not being written: it is damaged.
            }
        }
        const ImageFile image{.name = kControlFile, .page_bytes = 0, .bytes = bytes.size(), .mode = 0600};
        add_text(sink_, image.name, as_text(bytes));
        note(image);
    }

    // The log that makes the state consistent, so that the point needs nothing else.
    void take_log(ClusterLayout& layout, const OnlineBackup::End& end) {
        const auto segment_bytes = static_cast<std::uint32_t>(server_.wal_segment_bytes);
        const TimelineNumber timeline = timeline_in_label(end.label);
        for (Lsn at = floor_to(online_.start(), segment_bytes); at < end.stop; at = at + segment_bytes) {
            const std::string path = "pg_wal/" + segment_name({timeline, at}, segment_bytes);
            const File file = File::open(data_folder_ / path, File::Mode::Read);
            FileBytes bytes(file, segment_bytes);
            sink_.add_bytes({.name = path, .page_bytes = 0, .bytes = segment_bytes, .mode = 0600}, bytes);
            require_still(file, at);
            layout.log_segments.push_back(path);
            read_bytes_ += segment_bytes;
            source_bytes_ += segment_bytes;
        }
        if (timeline == 1) return;
        const std::string history = "pg_wal/" + history_name(timeline);
        if (fs::exists(data_folder_ / history)) take_file(history);
    }

    // The server writes a new segment over one that it needs no more.
    static void require_still(const File& file, Lsn at) {
        Bytes first(kWalLongHeaderBytes);
        file.read_exactly_at(0, first);
        if (head_of_segment(first).begin == at) return;
        throw Error(ErrorCode::Changed, "the server removed log that the backup needs while it was taken", "Let it keep more (wal_keep_size), or keep its log with Holdfast (log: continuous).");
    }

    static std::uint32_t mode_of(const File& file) { return static_cast<std::uint32_t>(fs::status(file.path()).permissions()) & 0777; }
    void note(const ImageFile& image) {
        taken_[image.name] = {image.bytes, {}};
        source_bytes_ += image.bytes;
    }

    BackupFacts facts(Instant instant, const OnlineBackup::End& end) const {
        BackupFacts facts{.instant = instant, .source_bytes = source_bytes_, .read_bytes = read_bytes_, .identity = identity_of(server_), .facts = facts_in_words(server_)};
        const std::uint32_t timeline = timeline_in_label(end.label);
        add_places(facts.facts, {online_.start(), timeline, end.stop, timeline});
        facts.facts[kTakenByFact] = changes_.blocks ? "reading files, changed pages" : "reading files";
        if (!changes_.why_not.empty()) facts.facts["read whole because"] = changes_.why_not;
        facts.damage = damaged_.problems();
        facts.damage_count = damaged_.count();
        return facts;
    }

    const ServerFacts& server_;
    const fs::path data_folder_;
    ImageSink& sink_;
    const WorkContext& work_;
    OnlineBackup online_;
    DamagedPages damaged_;
    KnownChanges changes_;
    std::map<std::string, const ImageFile*> base_files_;
    ReceivedFiles taken_;
    std::uint64_t source_bytes_ = 0, read_bytes_ = 0;
};

ServerFacts facts_over_replication(const ConnectionWords& words, const CancelToken& cancel) {
    PostgresConnection connection = PostgresConnection::open(words, {.replication = true, .purpose = "holdfast backup"}, cancel);
    return ask_server(connection);
}

// Empty: files can be read.
std::string why_not_files(PostgresConnection& sql, const ServerFacts& server, fs::path& data_folder) {
    if (server.in_recovery) return "the server is a standby";
    if (std::string missing = OnlineBackup::missing_right(sql); !missing.empty()) return missing;
    LocalCluster local = find_local_cluster(sql);
    data_folder = std::move(local.data_folder);
    return local.why_not;
}

}  // namespace

std::optional<BackupFacts> back_up_by_files(const ConnectionWords& words, ImageSink& sink, const WorkContext& work, std::string& why) {
    const ServerFacts server = facts_over_replication(words, work.cancel);
    fs::path data_folder;
    std::optional<PostgresConnection> sql;
    try {
        sql = PostgresConnection::open(words, {.purpose = "holdfast backup"}, work.cancel);
        why = why_not_files(*sql, server, data_folder);
    } catch (const PostgresError& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        why = error.message;   // It may replicate and nothing else.
    }
    if (!why.empty()) return std::nullopt;
    return FileBackup(*sql, server, std::move(data_folder), sink, work).run();
}

}  // namespace holdfast
