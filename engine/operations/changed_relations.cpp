#include "engine/operations/changed_relations.hpp"

#include <algorithm>
#include <set>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/open_state.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kLookedBackMost = 256u << 20;   // For where the listed transactions began.

bool is_of_the_system(const RelationName& name) { return name.schema == "pg_catalog" || name.schema == "information_schema" || name.schema == "pg_toast"; }

bool has_rows(char kind) { return kind == 'r' || kind == 'm' || kind == 'p'; }

// Whether xid `a` was given out before `b`; numbers wrap around.
bool is_before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

// Reads the log, segment by segment.
class Reading {
public:
    Reading(const Installation& installation, const DatabaseSpec& spec, const WalLog& log, const CancelToken& cancel)
        : engine_(wal_engine_of(installation.providers.of(spec.engine))), log_(log), cancel_(cancel), bytes_(log.segment_bytes()) {}

    // Where everything that the listed transactions did has begun behind. Nothing where that cannot be told: then from the farthest place.
    std::pair<Lsn, bool> beginning(Lsn first, std::uint32_t oldest_xid) {
        Lsn at = floor_to(first, log_.segment_bytes());
        for (std::uint64_t back = 0;; back += log_.segment_bytes()) {
            throw_if_cancelled(cancel_);
            const auto reader = open(at);
            if (!reader) return {at + log_.segment_bytes(), false};
            reader->feed(bytes_, [](const TransactionChanges&) {});
            if (const auto from = reader->complete_from(); from && !is_before(oldest_xid, *from)) return {at, true};
            if (back >= kLookedBackMost || at.bytes < log_.segment_bytes() || !log_.segment_at(Lsn{at.bytes - 1})) return {at, false};
            at = Lsn{at.bytes - log_.segment_bytes()};
        }
    }

    void read(Lsn from, Lsn last, const std::function<void(const TransactionChanges&)>& committed) {
        bool reached = false;
        auto reader = open(from);
        for (Lsn at = from; reader && !reached; at = at + log_.segment_bytes()) {
            throw_if_cancelled(cancel_);
            if (at != from && !load(at)) return;
            reader->feed(bytes_, [&](const TransactionChanges& changes) {
                reached = reached || changes.at >= last;
                committed(changes);
            });
        }
    }

private:
    bool load(Lsn at) {
        const auto segment = log_.segment_at(at);
        if (segment) log_.read_segment(*segment, bytes_);
        return segment.has_value();
    }
    std::unique_ptr<WalChanges> open(Lsn at) { return load(at) ? engine_.read_changes(engine_.look_at_wal(bytes_), at) : nullptr; }

    WalEngine& engine_;
    const WalLog& log_;
    const CancelToken& cancel_;
    Bytes bytes_;
};

void add_names(RelationNames& names, RelationNames more) { names.merge(more); }   // What is known already stays.

// The catalogs in the point before the transactions, in the one behind them, and of the live server.
RelationNames names_around(const Installation& installation, const DatabaseSpec& spec, const WalLog& log, Lsn first, Lsn last, std::string& note, const CancelToken& cancel) {
    WalEngine& engine = wal_engine_of(installation.providers.of(spec.engine));
    NoProgress quiet;
    RelationNames names;
    const WalStart *before = nullptr, *behind = nullptr;
    for (const WalStart& start : log.starts()) {   // Newest first.
        if (start.stop <= first && before == nullptr) before = &start;
        if (start.stop > last) behind = &start;
    }
    for (const WalStart* start : {before, behind}) {
        if (start == nullptr) continue;
        OpenedState state(installation, target_of_point(start->point), log.store(), quiet, cancel);
        add_names(names, engine.relation_names(state.files()));
    }
    try {
        if (!installation.from_store_alone) add_names(names, engine.relation_names(live_place_of(spec), cancel));
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        note = fmt::format("Names are those of the recovery points: the live server does not answer ({}).", error.message);
    }
    return names;
}

std::string shown_name(const RelationName& name, bool with_database) {
    std::string text = name.schema == "public" || name.schema.empty() ? name.name : name.schema + "." + name.name;
    return printable(with_database ? name.database + "/" + text : text, 120);
}

bool several_databases(const RelationNames& names) {
    std::set<std::string> found;
    for (const auto& [files, name] : names) {
        if (name.database != "postgres" && !name.database.starts_with("template")) found.insert(name.database);
    }
    return found.size() > 1;
}

std::string rows_in_words(const RelationChange& change) {
    std::vector<std::string> parts;
    if (change.inserted > 0) parts.push_back(format_count(change.inserted) + " inserted");
    if (change.updated > 0) parts.push_back(format_count(change.updated) + " updated");
    if (change.deleted > 0) parts.push_back(format_count(change.deleted) + " deleted");
    return join(parts, ", ");
}

}  // namespace

std::vector<std::string> in_words(const TransactionChanges& changes, const RelationNames& names) {
    const bool with_database = several_databases(names);
    const bool makes_files = std::ranges::any_of(changes.relations, &RelationChange::made);
    const char* removed = changes.catalog_deletes == 0 ? " truncated or rewritten" : makes_files ? " dropped or rewritten" : " dropped";
    std::vector<std::string> words, removals, unknown;
    std::set<std::string> gone;
    bool touches_catalogs = false;
    for (const RelationChange& change : changes.relations) {
        const auto name = names.find({change.database, change.relation});
        if (name != names.end() && (is_of_the_system(name->second) || !has_rows(name->second.kind))) {
            touches_catalogs = touches_catalogs || name->second.schema == "pg_catalog";
            continue;
        }
        const std::string shown = name == names.end() ? fmt::format("files {}/{}", change.database, change.relation) : shown_name(name->second, with_database);
        const std::string rows = rows_in_words(change);
        // Catalogs that all databases share have no database, and their files low numbers.
        if (name == names.end() && (change.database == 0 || change.relation < 16384)) {
            touches_catalogs = true;
            continue;
        }
        if (!rows.empty()) words.push_back(shown + ": " + rows);
        if (change.cut) words.push_back(shown + " truncated");
        if (change.removed) {
            (name == names.end() ? unknown : removals).push_back(name == names.end() ? shown + " removed" : shown + removed);
            gone.insert(shown);
        }
    }
    for (const RelationChange& change : changes.relations) {
        const auto name = names.find({change.database, change.relation});
        if (!change.made || change.removed || name == names.end() || is_of_the_system(name->second) || !has_rows(name->second.kind)) continue;
        const std::string shown = shown_name(name->second, with_database);
        if (!gone.contains(shown)) removals.push_back(shown + " made");
    }
    words.insert(words.begin(), removals.begin(), removals.end());
    if (words.empty() || removals.empty()) words.insert(words.end(), unknown.begin(), unknown.end());
    if (words.empty() && touches_catalogs) words.emplace_back("catalogs");
    return words;
}

void name_changed_relations(const Installation& installation, const DatabaseSpec& spec, const WalLog& log, LogListing& listing, const CancelToken& cancel) {
    if (listing.transactions.empty()) return;
    const Lsn first{listing.transactions.front().position.transaction}, last{listing.transactions.back().position.transaction};
    try {
        Reading reading(installation, spec, log, cancel);
        // The commits' own numbers are known only when they are read; the first pass is over what is listed alone.
        std::map<std::uint64_t, TransactionChanges> found;
        std::optional<std::uint32_t> oldest;
        const auto keep = [&](const TransactionChanges& changes) {
            if (changes.at < first || changes.at > last) return;
            if (changes.xid != 0 && (!oldest || is_before(changes.xid, *oldest))) oldest = changes.xid;
            found[changes.at.bytes] = changes;
        };
        reading.read(floor_to(first, log.segment_bytes()), last, keep);
        if (oldest) {
            const auto [from, is_whole] = reading.beginning(first, *oldest);
            if (from < floor_to(first, log.segment_bytes())) reading.read(from, last, keep);
            if (!is_whole) listing.note = fmt::format("What was done in front of {} is not counted: the log that was looked at begins there.", to_text(from));
        }
        const RelationNames names = names_around(installation, spec, log, first, last, listing.note, cancel);
        for (ListedTransaction& one : listing.transactions) {
            const auto changes = found.find(one.position.transaction);
            if (changes == found.end()) continue;
            for (std::string& words : in_words(changes->second, names)) one.touched.push_back(std::move(words));
        }
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        listing.note = fmt::format("What the transactions did cannot be told: {}.", error.message);
    }
}

}  // namespace holdfast
