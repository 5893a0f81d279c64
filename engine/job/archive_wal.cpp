#include "engine/job/archive_wal.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/job/open_repository.hpp"
#include "engine/job/receive_wal.hpp"
#include "engine/job/wal_care.hpp"
#include "engine/provider/wal.hpp"
#include "engine/repository/wal_archive.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kSmallFileBytesMost = 1u << 20;

Error no_such_file(const fs::path& file) {
    return Error(ErrorCode::Usage, fmt::format("{} is no file of a write-ahead log", printable(file.filename().string(), 80)),
                 "Let the server name it: archive_command = 'runbook wal push %p'");
}

// Puts a segment piece by piece, each with the transactions that end in it.
class SegmentPush {
public:
    SegmentPush(WalArchive& archive, WalEngine& engine, const WalHead& head) : archive_(archive), head_(head), parsing_(begin_wal_reading(archive, engine, head, head.begin)) {}

    void push(ByteView segment, bool is_partial, WalPushed& pushed) {
        pushed.was_there = true;
        for (Lsn at = head_.begin; at < head_.begin + segment.size();) {
            const std::uint64_t from = at - head_.begin;
            ByteView bytes = segment.subspan(from, std::min<std::uint64_t>(segment.size() - from, kWalPieceBytesMost - at.bytes % kWalPieceBytesMost));
            WalPart part = parsing_->feed(bytes);
            // Behind the end of a partial segment stands what an earlier one has left.
            const bool last = is_partial && part.ended;
            if (last) bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), part.resume_at > at ? part.resume_at - at : 0));
            pushed.transactions += part.transactions.size();
            WalPieceIndex index;
            index.segment_bytes = head_.segment_bytes;
            index.version = head_.version;
            index.resume_at = part.resume_at;
            index.transactions = std::move(part.transactions);
            if (!bytes.empty() && archive_.put(head_.branch, at, bytes, std::move(index)) != 0) pushed.was_there = false;
            if (last) return;
            at = at + bytes.size();
        }
    }

private:
    WalArchive& archive_;
    WalHead head_;
    std::unique_ptr<WalParsing> parsing_;
};

void push_segment(WalArchive& archive, WalEngine& engine, const fs::path& file, const WalFileName& name, WalPushed& pushed) {
    const Bytes segment = read_file(file, kWalSegmentBytesMost);
    const WalHead head = engine.look_at_wal(ByteView(segment).first(std::min<std::size_t>(segment.size(), kWalPageBytes)));
    const auto named = segment_of(name, head.segment_bytes);
    if (!named || *named != WalSegment{head.branch.timeline, head.begin} || segment.size() != head.segment_bytes) {
        throw Error(ErrorCode::Corrupt, fmt::format("{} is not the segment that it is called", file.string()), "Was it renamed, or cut short by a full disk?");
    }
    SegmentPush(archive, engine, head).push(segment, name.kind == WalFileKind::PartialSegment, pushed);
}

const StoreName& first_store(const Installation& installation, const DatabaseName& database) {
    return installation.environment_of(installation.database(database)).copies.at(0);
}

// The cluster whose file is asked for: that of the data directory it goes to, or the only one there is.
std::optional<std::uint64_t> cluster_asked(WalArchive& archive, WalEngine& engine, const fs::path& to) {
    try {
        return engine.cluster_of_wal(to);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing) throw;
    }
    std::optional<std::uint64_t> only;
    for (const WalRun& run : archive.runs()) {
        if (only && *only != run.branch.system) throw Error(ErrorCode::Usage, "the log of several clusters is there, and nothing says of which", "Let the server call it: restore_command = 'runbook wal fetch %f %p'");
        only = run.branch.system;
    }
    return only;
}

std::optional<Bytes> segment_in(WalArchive& archive, std::uint64_t system, const WalFileName& name) {
    for (const WalPieceFacts& piece : archive.pieces()) {
        if (piece.name.branch != WalBranch{system, name.timeline}) continue;
        const std::uint32_t segment_bytes = archive.index_of(piece).segment_bytes;
        const auto segment = segment_of(name, segment_bytes);
        if (!segment) return std::nullopt;
        for (const WalRun& run : archive.runs()) {
            if (run.branch != piece.name.branch || run.begin > segment->begin || run.end <= segment->begin) continue;
            // Zeros behind what is there: to a server that is the end of the log.
            Bytes bytes(segment_bytes);
            archive.read(run.branch, segment->begin, std::span(bytes).first(std::min<std::uint64_t>(segment_bytes, run.end - segment->begin)));
            return bytes;
        }
        return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Bytes> file_in(WalArchive& archive, WalEngine& engine, const std::string& name, const fs::path& to) {
    const auto parsed = parse_wal_file_name(name);
    const auto system = parsed ? cluster_asked(archive, engine, to) : std::nullopt;
    if (!system) return std::nullopt;
    if (parsed->kind == WalFileKind::Segment) return segment_in(archive, *system, *parsed);
    return archive.file(*system, name);
}

}  // namespace

DatabaseName database_of_wal(const Installation& installation, const std::optional<DatabaseName>& named) {
    std::vector<std::string> names;
    for (const DatabaseSpec& spec : installation.policy.databases) {
        if (spec.engine != EngineKind::Postgres || (named && spec.name != *named)) continue;
        names.push_back(spec.name.str());
    }
    if (names.size() == 1) return DatabaseName(names.front());
    if (named) throw Error(ErrorCode::Usage, fmt::format("{} is no PostgreSQL database of the policy", named->str()));
    throw Error(ErrorCode::Usage, names.empty() ? "the policy has no PostgreSQL database" : fmt::format("several databases could be meant: {}", join(names, ", ")),
                names.empty() ? "" : "Say which: runbook wal push %p --database NAME");
}

WalPushed push_wal(const Installation& installation, const DatabaseName& database, const fs::path& file) {
    const std::string name = file.filename().string();
    const auto parsed = parse_wal_file_name(name);
    if (!parsed) throw no_such_file(file);
    const StoreName& store = first_store(installation, database);
    return within(fmt::format("archive {}", name), [&] {
        WalEngine& engine = wal_engine_of(installation.providers.of(EngineKind::Postgres));
        const auto archive = wal_of(open_for_writing(installation, store), database);
        WalPushed pushed{.database = database, .name = name, .was_there = false, .transactions = 0};
        const bool is_segment = parsed->kind == WalFileKind::Segment || parsed->kind == WalFileKind::PartialSegment;
        if (is_segment) push_segment(*archive, engine, file, *parsed, pushed);
        else pushed.was_there = !archive->put_file(engine.cluster_of_wal(file), name, read_file(file, kSmallFileBytesMost));
        if (!pushed.was_there) record_wal(installation, installation.database(database), store);
        copy_wal(installation, installation.database(database));
        return pushed;
    });
}

bool fetch_wal(const Installation& installation, const DatabaseName& database, const std::string& name, const fs::path& to) {
    WalEngine& engine = wal_engine_of(installation.providers.of(EngineKind::Postgres));
    std::optional<Error> failure;
    for (const StoreName& store : installation.environment_of(installation.database(database)).copies) {
        try {
            if (!Repository::exists(installation.repositories.store(store))) continue;
            const auto archive = wal_of(installation.repositories.of(store), database);
            if (const auto bytes = file_in(*archive, engine, name, to)) {
                write_file_durably(to, *bytes);
                return true;
            }
        } catch (const Error& error) {
            failure = error;   // Another store may have it.
        }
    }
    if (failure) throw Error(*failure);
    return false;
}

}  // namespace holdfast
