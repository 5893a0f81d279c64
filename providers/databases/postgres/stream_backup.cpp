#include "providers/databases/postgres/stream_backup.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/backup_facts.hpp"
#include "providers/databases/postgres/base_backup.hpp"
#include "providers/databases/postgres/cluster_layout.hpp"
#include "providers/databases/postgres/damaged_pages.hpp"
#include "providers/databases/postgres/incremental_file.hpp"
#include "providers/databases/postgres/manifest.hpp"
#include "providers/databases/postgres/member_pages.hpp"
#include "providers/databases/postgres/server_facts.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kSmallBytesMax = 64 << 10;

// A backup that is on its way, and the connection it comes by.
struct Stream {
    PostgresConnection connection;
    ServerFacts server;
    std::unique_ptr<BaseBackup> backup;
    bool incremental = false;
    std::string why_whole;   // There is a base, and the server sends everything all the same.
};

PostgresConnection connect(const ConnectionWords& words, const CancelToken& cancel) {
    return PostgresConnection::open(words, {.replication = true, .purpose = "holdfast backup"}, cancel);
}

// Asks for what has changed alone; false with the reason in `why`, where that cannot be had.
bool begin_incremental(Stream& stream, ImageBase& base, std::string& why) {
    if (stream.server.major < 17) return false;   // Nothing to explain: no such server can.
    if (!stream.server.summarizes_wal) {
        why = "summarize_wal is off on the server";
        return false;
    }
    const auto manifest = text_of_base_file(base, kManifestFile);
    if (!manifest) {
        why = "the backup that it builds on has no manifest of the server's";
        return false;
    }
    try {
        upload_manifest(stream.connection, *manifest);
        stream.backup = std::make_unique<BaseBackup>(stream.connection, BaseBackupOptions{.incremental = true});
        return true;
    } catch (const PostgresError& error) {
        if (error.sqlstate.empty() || error.code == ErrorCode::Cancelled) throw;
        why = error.message;
        return false;
    }
}

Stream begin_stream(const ConnectionWords& words, ImageSink& sink, const CancelToken& cancel) {
    PostgresConnection connection = connect(words, cancel);
    ServerFacts server = ask_server(connection);
    Stream stream{.connection = std::move(connection), .server = std::move(server), .backup = nullptr, .incremental = false, .why_whole = {}};
    if (ImageBase* base = sink.base()) {
        stream.incremental = begin_incremental(stream, *base, stream.why_whole);
        if (stream.incremental) return stream;
        if (stream.why_whole.empty()) stream.why_whole = fmt::format("PostgreSQL {} cannot send changed pages alone", stream.server.major);
        stream.connection = connect(words, cancel);   // The refusal may have left the old one in the middle of something.
    }
    stream.backup = std::make_unique<BaseBackup>(stream.connection, BaseBackupOptions{});
    return stream;
}

class StreamBackup {
public:
    StreamBackup(Stream& stream, ImageSink& sink, const WorkContext& work)
        : stream_(stream), backup_(*stream.backup), sink_(sink), work_(work), damaged_(stream.server.checksums, backup_.start()), instant_(work.clock.now()) {}

    BackupFacts run() {
        while (const auto archive = backup_.next_archive()) take_archive(*archive);
        if (stream_.incremental) require_same_lineage();
        require_as_sent(received_, backup_.manifest());
        add_text(sink_, kManifestFile, backup_.manifest());
        add_text(sink_, kLayoutFile, to_text(layout_));
        return facts(backup_.finish());
    }

private:
    void take_archive(const ServerTablespace& space) {
        const std::string under = space.oid.empty() ? "" : fmt::format("{}/{}/", kTablespaceFolder, space.oid);
        TarReader tar([this](std::size_t most) { return backup_.read(most); });
        while (const auto member = tar.next_member()) {
            throw_if_cancelled(work_.cancel);
            const std::string path = under + member->path;
            path_inside("/", path);
            if (member->kind == TarMember::Kind::Folder) layout_.folders.push_back(path);
            else if (member->kind == TarMember::Kind::Link) take_link(path, *member);
            else take_file(path, *member, tar);
        }
    }

    void take_link(const std::string& path, const TarMember& member) {
        const std::string begin = fmt::format("{}/", kTablespaceFolder);
        if (path.starts_with(begin)) layout_.tablespaces.push_back({path.substr(begin.size()), member.link_to});
        else log_warning("the link {} is left out of the backup", printable(path));
    }

    void take_file(const std::string& path, const TarMember& member, TarReader& tar) {
        MemberStream content(tar);
        const auto incremental = stream_.incremental ? path_of_incremental(path) : std::nullopt;
        const std::uint32_t page_bytes = stream_.server.page_bytes;
        const ImageFile file{.name = incremental.value_or(path), .page_bytes = 0, .bytes = member.bytes, .mode = member.mode & 0777};
        if (incremental) add_changed(file, member, content);
        else if (relation_file(path) && member.bytes % page_bytes == 0) add_whole(file, content);
        else if (path == kLabelFile) add_text(sink_, path, label_of_whole(small_text(member, content)));
        else if (path == kLineageFile) add_text(sink_, path, lineage_ = small_text(member, content));
        else add_bytes(file, content);
        while (!content.read(1 << 20).empty()) {}   // What nobody asked for is in the manifest's checksum all the same.
        read_bytes_ += content.bytes();
        if (is_log_segment(path)) return layout_.log_segments.push_back(path);
        received_[path] = {content.bytes(), content.crc()};
        instant_ = work_.clock.now();
    }

    MemberPages::Look look_at(const std::string& name) {
        const std::uint32_t first_block = relation_file(name).value_or(RelationFile{}).segment * stream_.server.segment_pages;
        return [this, name, first_block](std::uint64_t page, ByteView bytes) { damaged_.look(name, first_block, page, bytes); };
    }

    void add_whole(ImageFile file, MemberStream& content) {
        file.page_bytes = stream_.server.page_bytes;
        MemberPages pages(content, file.page_bytes, look_at(file.name));
        source_bytes_ += file.bytes;
        sink_.add_pages(file, pages);
    }

    void add_changed(ImageFile file, const TarMember& member, MemberStream& content) {
        file.page_bytes = stream_.server.page_bytes;
        IncrementalFile changed = read_incremental_header(content, member.bytes, file.page_bytes, stream_.server.segment_pages);
        const std::uint64_t base_pages = pages_in_base(*sink_.base(), file);
        file.bytes = changed.pages_after * file.page_bytes;
        std::vector<PageRange> ranges;
        for (const std::uint32_t page : changed.pages) {
            if (!ranges.empty() && ranges.back().first + ranges.back().count == page) ++ranges.back().count;
            else ranges.push_back({page, 1});
        }
        MemberPages pages(content, file.page_bytes, look_at(file.name), std::move(changed.pages), base_pages);
        source_bytes_ += file.bytes;
        sink_.add_changed_pages(file, pages, ranges);
    }

    void add_bytes(const ImageFile& file, MemberStream& content) {
        MemberBytes bytes(content);
        source_bytes_ += file.bytes;
        sink_.add_bytes(file, bytes);
    }

    std::string small_text(const TarMember& member, MemberStream& content) {
        if (member.bytes > kSmallBytesMax) throw Error(ErrorCode::Corrupt, member.path + " is far too large");
        std::string text(static_cast<std::size_t>(member.bytes), '\0');
        content.read_exactly(std::as_writable_bytes(std::span(text)));
        return text;
    }

    void require_same_lineage() {
        if (lineage_ == text_of_base_file(*sink_.base(), kLineageFile).value_or("")) return;
        throw Error(ErrorCode::Changed, "the cluster was restored since the backup that this one would build on", "Take a full backup; incremental ones build on that.");
    }

    BackupFacts facts(const BaseBackup::End& end) {
        BackupFacts facts{.instant = instant_,
                          .source_bytes = source_bytes_,
                          .read_bytes = read_bytes_,
                          .identity = identity_of(stream_.server),
                          .facts = facts_in_words(stream_.server)};
        add_places(facts.facts, {backup_.start(), backup_.timeline(), end.lsn, end.timeline});
        facts.facts[kTakenByFact] = stream_.incremental ? "BASE_BACKUP, changed pages" : "BASE_BACKUP";
        if (!stream_.why_whole.empty()) facts.facts["read whole because"] = stream_.why_whole;
        facts.damage = damaged_.problems();
        facts.damage_count = damaged_.count();
        if (end.found_damage && facts.damage.empty()) {
            facts.damage.push_back({"the server", join(stream_.connection.take_notices(), "; ")});
            facts.damage_count = 1;
        }
        return facts;
    }

    Stream& stream_;
    BaseBackup& backup_;
    ImageSink& sink_;
    const WorkContext& work_;
    DamagedPages damaged_;
    ClusterLayout layout_;
    ReceivedFiles received_;
    std::string lineage_;
    std::uint64_t source_bytes_ = 0, read_bytes_ = 0;
    Instant instant_;   // The server ends the backup right after the last file that is no log.
};

}  // namespace

BackupFacts back_up_by_stream(const ConnectionWords& words, ImageSink& sink, const WorkContext& work, const std::string& why) {
    Stream stream = begin_stream(words, sink, work.cancel);
    BackupFacts facts = StreamBackup(stream, sink, work).run();
    if (!why.empty()) facts.facts["streamed because"] = why;
    return facts;
}

}  // namespace holdfast
