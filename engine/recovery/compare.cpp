#include "engine/recovery/compare.hpp"

#include <algorithm>
#include <map>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/shape_match.hpp"
#include "engine/recovery/spool.hpp"
#include "engine/recovery/sorted_rows.hpp"
#include "engine/recovery/table_order.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kSampleRows = 5;

TableDifference empty_difference(const TableShape& shape) {
    TableDifference difference;
    difference.table = shape.name;
    difference.key_kind = shape.key_kind;
    difference.columns = shape.columns;
    return difference;
}

class RowComparison {
public:
    RowComparison(RowReader& old, RowReader& now, SpoolWriter& spool, const CompareOptions& options, Progress& progress, CancelToken cancel)
        : old_(old), now_(now), spool_(spool), options_(options), progress_(progress), cancel_(std::move(cancel)) {}

    // Rows of `shape` in both states, by merging two sorted streams.
    TableDifference of_table(const TableShape& shape, bool dropped) {
        TableDifference found = empty_difference(shape);
        found.dropped = dropped;
        bool named = dropped;
        if (dropped) spool_.add_table(shape, true);
        TableShape wanted = shape;
        wanted.only_where = options_.only_where;
        SortedRows olds(old_, wanted, progress_, cancel_);
        std::optional<SortedRows> nows;
        if (!dropped) nows.emplace(now_, shape, progress_, cancel_);
        const SqlRow* old_row = olds.next();
        const SqlRow* now_row = nows ? nows->next() : nullptr;
        while (old_row != nullptr || now_row != nullptr) {
            const auto order = order_of(shape, old_row, now_row);
            if (order == std::strong_ordering::less) {
                if (!std::exchange(named, true)) spool_.add_table(shape, false);
                add_missing(found, *old_row);
            } else if (order == std::strong_ordering::greater) {
                if (options_.only_where.empty()) ++found.extra;   // Of rows that were left out nothing is known.
            } else if (*old_row != *now_row) {
                if (options_.with_changed && !std::exchange(named, true)) spool_.add_table(shape, false);
                if (options_.with_changed) spool_.add_row(SpoolMark::Missing, *old_row);
                add_changed(found, *old_row, *now_row);
            }
            if (order <= 0) old_row = olds.next();
            if (order >= 0) now_row = nows->next();
        }
        found.rows_old = olds.count();
        found.rows_now = nows ? nows->count() : 0;
        return found;
    }

    // A table that the older state does not have: nothing is missing, its rows are counted.
    TableDifference of_new_table(const TableShape& shape) {
        TableDifference found = empty_difference(shape);
        SortedRows nows(now_, shape, progress_, cancel_);
        while (nows.next() != nullptr) {
        }
        found.rows_now = found.extra = nows.count();
        found.note = "the table is new";
        return found;
    }

private:
    std::strong_ordering order_of(const TableShape& shape, const SqlRow* old_row, const SqlRow* now_row) const {
        if (now_row == nullptr) return std::strong_ordering::less;
        if (old_row == nullptr) return std::strong_ordering::greater;
        return old_.compare_keys(shape, *old_row, *now_row);
    }

    void add_missing(TableDifference& found, const SqlRow& row) {
        spool_.add_row(SpoolMark::Missing, row);
        ++found.missing;
        if (found.sample_missing.size() < kSampleRows) found.sample_missing.push_back(row);
    }

    static void add_changed(TableDifference& found, const SqlRow& old_row, const SqlRow& now_row) {
        ++found.changed;
        if (found.sample_changed.size() >= 2 * kSampleRows) return;
        found.sample_changed.push_back(old_row);
        found.sample_changed.push_back(now_row);
    }

    RowReader& old_;
    RowReader& now_;
    SpoolWriter& spool_;
    const CompareOptions& options_;
    Progress& progress_;
    CancelToken cancel_;
};

using ShapesByName = std::map<std::string, TableShape>;

ShapesByName by_name(const std::vector<TableShape>& shapes) {
    ShapesByName named;
    for (const TableShape& shape : shapes) named.emplace(shape.name, shape);
    return named;
}

void require_known(const std::vector<std::string>& wanted, const ShapesByName& old, const ShapesByName& now) {
    std::vector<std::string> known;
    for (const auto& shapes : {&old, &now}) {
        for (const auto& [name, shape] : *shapes) known.push_back(name);
    }
    for (const std::string& name : wanted) {
        if (old.contains(name) || now.contains(name)) continue;
        const auto meant = closest_match(name, known);
        throw Error(ErrorCode::Usage, "there is no table '" + printable(name) + "', neither now nor then",
                    meant ? "Did you mean '" + *meant + "'?" : "The tables are: " + join(known, ", ") + ".");
    }
}

bool is_wanted(const std::vector<std::string>& wanted, const std::string& name) {
    return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
}

void add_up(Difference& difference) {
    std::ranges::sort(difference.tables, {}, &TableDifference::table);
    std::ranges::sort(difference.not_covered);
    for (const TableDifference& table : difference.tables) {
        difference.missing += table.missing;
        difference.extra += table.extra;
        difference.changed += table.changed;
    }
}

// A table that has to be made again needs to be known whole.
ShapeMatch match_dropped(RowReader& old_reader, const TableShape& shape) {
    if (!shape.not_covered.empty()) return {.shape = shape, .not_covered = shape.not_covered, .note = {}};
    TableShape whole = old_reader.with_creation(shape);
    std::string why_not = whole.not_covered, note = note_about_key(whole);
    return {.shape = std::move(whole), .not_covered = std::move(why_not), .note = std::move(note)};
}

void compare_tables(Difference& difference, RowReader& old_reader, RowReader& now_reader, const CompareOptions& options,
                    RowComparison& comparison) {
    const std::vector<std::string>& wanted = options.tables;
    const std::vector<TableShape> old_shapes = old_reader.tables();
    const ShapesByName old = by_name(old_shapes);
    const ShapesByName now = by_name(now_reader.tables());
    require_known(wanted, old, now);
    for (const TableShape& shape : parents_first(old_shapes)) {
        if (!is_wanted(wanted, shape.name)) continue;
        const auto live = now.find(shape.name);
        const bool dropped = live == now.end();
        const ShapeMatch match = dropped ? match_dropped(old_reader, shape) : match_shapes(shape, live->second);
        if (!match.not_covered.empty()) {
            difference.not_covered.emplace_back(shape.name, match.not_covered);
            continue;
        }
        difference.tables.push_back(comparison.of_table(match.shape, dropped));
        difference.tables.back().note = match.note;
    }
    if (!options.only_where.empty()) return;   // A condition is about rows that were there.
    for (const auto& [name, shape] : now) {
        if (old.contains(name) || !is_wanted(wanted, name)) continue;
        if (shape.not_covered.empty()) {
            difference.tables.push_back(comparison.of_new_table(shape));
        } else {
            difference.not_covered.emplace_back(name, shape.not_covered);
        }
    }
}

// Tables that could not be read whole say so beside their figures; what concerns no table that was compared stands by itself.
void note_unreadable(Difference& difference, const std::vector<UnreadablePart>& parts) {
    for (const UnreadablePart& part : parts) {
        const auto table = std::ranges::find(difference.tables, part.table, &TableDifference::table);
        if (table == difference.tables.end()) {
            difference.not_covered.emplace_back(part.table.empty() ? "the damaged database" : part.table, part.what);
            continue;
        }
        table->note += (table->note.empty() ? "" : "; ") + part.what;
        ++table->unreadable;
    }
}

// A private folder for what a damaged database's readable rows are copied into; gone with this.
class ScratchFolder {
public:
    explicit ScratchFolder(const fs::path& spool) : path_(spool.string() + ".scratch") {
        clear();
        make_private_folders(path_);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() { clear(); }
    const fs::path& path() const { return path_; }

private:
    void clear() const noexcept {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    fs::path path_;
};

}  // namespace

Difference compare_rows(const Installation& installation, const Place& old, const Place& now, const CompareOptions& options,
                        const fs::path& spool, Progress& progress, CancelToken cancel) {
    if (old.engine != now.engine) throw Error(ErrorCode::Usage, "databases of two different engines cannot be compared");
    Provider& provider = installation.providers.of(old.engine);
    std::optional<ScratchFolder> scratch;
    if (options.skip_unreadable) scratch.emplace(spool);
    const auto old_reader = scratch ? provider.read_what_is_readable(old, now, scratch->path(), {installation.clock, progress, cancel})
                                    : provider.read_rows(old);
    const auto now_reader = provider.read_rows(now);
    Difference difference;
    difference.old = old;
    difference.now = now;
    difference.spool = spool;
    SpoolWriter missing(spool, SpoolKind::Missing);
    RowComparison comparison(*old_reader, *now_reader, missing, options, progress, std::move(cancel));
    compare_tables(difference, *old_reader, *now_reader, options, comparison);
    note_unreadable(difference, old_reader->unreadable());
    fault_point("recovery.spool.before");
    difference.digest = missing.finish();
    fault_point("recovery.spool.after");
    add_up(difference);
    return difference;
}

}  // namespace holdfast
