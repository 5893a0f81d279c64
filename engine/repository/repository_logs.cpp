#include "engine/repository/repository_logs.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/repository/log_compaction.hpp"
#include "engine/repository/log_image.hpp"
#include "engine/repository/log_writer.hpp"
#include "engine/repository/point_reader.hpp"

namespace holdfast {
namespace {

// Under this name a provider's point says where in the database's own log it stands (engine/provider/log.hpp).
constexpr const char* kMarkFact = "log mark";

LogStreamHead head_of(const PointManifest& manifest) {
    const PointFile* pages = nullptr;
    for (const PointFile& file : manifest.files) {
        if (file.page_bytes == 0) continue;
        if (pages != nullptr) pages = nullptr;
        else pages = &file;
        if (pages == nullptr) break;
    }
    if (pages == nullptr || pages->page_bytes < kLogPageBytesLeast || pages->page_bytes > kLogPageBytesMax) {
        throw Error(ErrorCode::Usage, fmt::format("no log can follow recovery point {}: it is not one file of pages", manifest.point.id.str()));
    }
    return {.base = manifest.point.id,
            .from = manifest.point.instant,
            .identity = manifest.identity,
            .file = pages->name,
            .page_bytes = pages->page_bytes,
            .base_pages = pages->bytes / pages->page_bytes};
}

// Reads pages of the base point for a writer that went on: as long as that takes a small share of the time. A store that is far
// away would stop the writer; without these pages its log is larger, no more.
class RootReading {
public:
    RootReading(const Clock& clock, std::function<std::unique_ptr<ImageReader>()> open, LogStreamHead head)
        : clock_(clock), open_(std::move(open)), head_(std::move(head)) {}

    bool read(std::uint64_t page, std::span<std::byte> out) {
        const Duration now = clock_.steady();
        if (failed_ || spent_ > kHeadStart + (now - begun_) / kShare) return false;
        try {
            if (!reader_) reader_ = open_();
            reader_->read_at(head_.file, page * head_.page_bytes, out);
        } catch (const Error& error) {
            log_warning("the log takes more room, because its recovery point {} cannot be read: {}", head_.base.str(), error.message);
            failed_ = true;
        }
        spent_ += clock_.steady() - now;
        return !failed_;
    }

private:
    static constexpr Duration kHeadStart{200};
    static constexpr int kShare = 4;
    const Clock& clock_;
    std::function<std::unique_ptr<ImageReader>()> open_;
    LogStreamHead head_;
    std::unique_ptr<ImageReader> reader_;
    Duration begun_ = clock_.steady();
    Duration spent_{0};
    bool failed_ = false;
};

ReadRoot root_reading(const Clock& clock, std::function<std::unique_ptr<ImageReader>()> open, const LogStreamHead& head) {
    // Shared: a std::function is copied.
    const auto reading = std::make_shared<RootReading>(clock, std::move(open), head);
    return [reading](std::uint64_t page, std::span<std::byte> out) { return reading->read(page, out); };
}

}  // namespace

LogPlace RepositoryLogs::place(const DatabaseName& database, const LogStreamId& stream) {
    return {.store = &store_,
            .keys = &keys_,
            .clock = options_.clock,
            .database = database,
            .stream = stream,
            .cache = options_.cache.empty() ? fs::path() : options_.cache / escape_database(database),
            .workers = options_.workers,
            .known = &known_};
}

std::unique_ptr<ImageReader> RepositoryLogs::point_reader(const DatabaseName& database, const PointId& point, std::unique_ptr<Lease> lease) {
    return std::make_unique<PointReader>(store_, keys_, read_point(store_, keys_, {database, point}), options_.workers, std::move(lease));
}

std::unique_ptr<LogWriter> RepositoryLogs::begin(const DatabaseName& database, const PointId& base) {
    const PointManifest manifest = read_point_manifest(store_, keys_, {database, base});
    LogEnd end;
    end.head = head_of(manifest);
    end.facts.stream = LogStreamId(new_ulid(to_millis(std::max(options_.clock->now(), manifest.point.instant))));   // Sorts behind the streams before it.
    end.facts.base = base;
    end.facts.from = end.facts.until = end.head.from;
    end.facts.identity = manifest.identity;
    if (const auto mark = manifest.facts.find(kMarkFact); mark != manifest.facts.end()) end.facts.mark = mark->second;
    const LogPlace at = place(database, end.facts.stream);
    ReadRoot read_root = root_reading(*options_.clock, [this, database, base] { return point_reader(database, base); }, end.head);
    return std::make_unique<StreamWriter>(at, keys_.writing_key(database), std::move(end), PageSet(), std::move(read_root));
}

std::unique_ptr<LogWriter> RepositoryLogs::go_on(const DatabaseName& database, const LogStreamId& stream) {
    const LogPlace at = place(database, stream);
    PageSet touched;
    const auto note = [&](std::uint64_t, const LogCommit&, std::span<const TransactionJoiner::Version> versions) {
        for (const auto& each : versions) touched.insert(each.version.page);
        return true;
    };
    LogEnd end = read_log_end(at, note, [&] { touched.clear(); });
    if (!end.facts.hole.empty()) {
        throw Error(ErrorCode::Corrupt, fmt::format("log stream {} of {} cannot go on: {}", stream.str(), database.str(), end.facts.hole),
                    "A new stream has to begin at a new recovery point.");
    }
    // Without its base nothing of it could be restored.
    read_point_manifest(store_, keys_, {database, end.head.base});
    ReadRoot read_root = root_reading(*options_.clock, [this, database, base = end.head.base] { return point_reader(database, base); }, end.head);
    return std::make_unique<StreamWriter>(at, keys_.writing_key(database), std::move(end), std::move(touched), std::move(read_root));
}

std::vector<LogStreamFacts> RepositoryLogs::streams(const DatabaseName& database) {
    std::vector<LogStreamFacts> all;
    for (const LogStreamId& stream : list_log_streams(store_, database)) {
        try {
            LogStreamFacts facts = read_log_end(place(database, stream), {}, {}).facts;
            if (facts.hole.empty() && !store_.look_at(point_object(database, facts.base))) {
                facts.hole = fmt::format("recovery point {}, which it follows, is gone", facts.base.str());
            }
            all.push_back(std::move(facts));
        } catch (const Error& error) {
            if (error.code != ErrorCode::Missing && error.code != ErrorCode::CannotRecover) throw;
            // Forgotten meanwhile, or its key is gone. The others must stay usable.
            log_warning("a log stream is left out: {}", error.message);
        }
    }
    std::ranges::sort(all, {}, [](const LogStreamFacts& facts) { return std::tie(facts.from, facts.stream); });
    return all;
}

std::optional<Instant> RepositoryLogs::newest(const DatabaseName& database) {
    std::optional<Instant> newest;
    for (const LogStreamId& stream : list_log_streams(store_, database)) {
        if (const auto at = newest_in_stream(place(database, stream))) newest = std::max(newest.value_or(*at), *at);
    }
    return newest;
}

void RepositoryLogs::read(const DatabaseName& database, const LogStreamId& stream, std::uint64_t first, std::uint64_t last, bool with_pages,
                          const std::function<bool(const LogTransaction&)>& visit) {
    std::uint64_t visited = 0;   // Up to here, also where all is read once more.
    TransactionJoiner joiner;
    const auto give = [&](std::uint64_t number, const LogCommit& commit, std::span<const TransactionJoiner::Version> versions) {
        if (number > last) return false;
        if (number < first || number <= visited) return true;
        LogTransaction transaction{.number = number, .at = commit.at, .not_before = commit.not_before, .pages_after = commit.pages_after,
                                   .page_count = versions.size(), .digest = commit.digest, .pages = {}};
        if (with_pages) {
            for (const auto& each : versions) transaction.pages.push_back(each.version.page);
            std::ranges::sort(transaction.pages);
        }
        visited = number;
        return visit(transaction);
    };
    const LogPlace at = place(database, stream);
    const LogChainEnd end = walk_log_chain(at, [&] { joiner = {}; }, [&](ChainPiece& piece) {
        const bool before = piece.summary().last_transaction < first && !piece.summary().ends_inside;
        return before || joiner.feed(piece.opened().index, 0, give);
    });
    if (end.listed.empty()) throw Error(ErrorCode::Missing, fmt::format("there is no log stream {} of {}", stream.str(), database.str()));
}

std::unique_ptr<ImageReader> RepositoryLogs::image_at(const DatabaseName& database, const PointId& point, const LogPosition& until, std::unique_ptr<Lease> lease) {
    // The first that is opened lives as long as the whole.
    return open_log_image(place(database, until.stream), point, until.transaction,
                          [&](const PointId& id) { return point_reader(database, id, std::move(lease)); });
}

CompactReport RepositoryLogs::compact(const DatabaseName& database, const LogStreamId& stream, const CompactRequest& request, Progress& progress,
                                      const CancelToken& cancel) {
    return compact_log_stream(place(database, stream), request, progress, cancel);
}

std::uint64_t RepositoryLogs::copy(const DatabaseName& database, const LogStreamId& stream, RepositoryLogs& to, Progress& progress, const CancelToken& cancel) {
    progress.begin(fmt::format("copying the log of {}", database.str()), 0);
    std::optional<LogIntake> intake;
    std::uint64_t stored = 0;
    // Where pieces were merged while they were read, what came over already stays, and the rest is taken behind it.
    const auto begin = [&] {
        if (intake) stored += intake->finish();
        intake.reset();
    };
    const LogPlace from = place(database, stream);
    const LogChainEnd end = walk_log_chain(from, begin, [&](ChainPiece& piece) {
        throw_if_cancelled(cancel);
        if (!intake) intake.emplace(to.intake(database, stream, piece.summary().head));
        if (piece.summary().last_transaction > intake->have() || piece.summary().ends_inside) {
            LogBlocks blocks(store_, keys_, piece.opened());
            intake->feed(piece.opened(), blocks);
        }
        progress.advance(piece.facts().bytes);
        return true;
    });
    if (end.listed.empty()) throw Error(ErrorCode::Missing, fmt::format("there is no log stream {} of {}", stream.str(), database.str()));
    if (intake) stored += intake->finish();
    progress.end();
    return stored;
}

LogIntake RepositoryLogs::intake(const DatabaseName& database, const LogStreamId& stream, const LogStreamHead& head) {
    const PointManifest base = read_point_manifest(store_, keys_, {database, head.base});
    if (head_of(base) != head) {
        throw Error(ErrorCode::Corrupt, fmt::format("recovery point {} of {} is another one here: its log cannot be laid over it", head.base.str(), database.str()));
    }
    const LogPlace at = place(database, stream);
    LogEnd end;
    if (!list_log_pieces(at).empty()) end = read_log_end(at, {}, {});
    if (!end.facts.hole.empty()) {
        throw Error(ErrorCode::Corrupt, fmt::format("the copy of log stream {} of {} cannot go on: {}", stream.str(), database.str(), end.facts.hole),
                    "Remove the copy of this stream; the next copy makes it anew.");
    }
    return LogIntake(at, keys_.writing_key(database), end);
}

bool RepositoryLogs::forget(const DatabaseName& database, const LogStreamId& stream) {
    std::vector<LogPieceFacts> pieces = list_log_pieces(place(database, stream));
    // The newest first: what is left never looks whole and is not.
    std::ranges::sort(pieces, [](const auto& a, const auto& b) { return std::tie(a.name.last, b.name.first) > std::tie(b.name.last, a.name.first); });
    fault_point("repository.log.forget.before");
    for (const LogPieceFacts& piece : pieces) store_.remove(log_piece_object(piece.name));
    fault_point("repository.log.forget.after");
    return !pieces.empty();
}

}  // namespace holdfast
