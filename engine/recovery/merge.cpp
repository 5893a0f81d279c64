#include "engine/recovery/merge.hpp"

#include <set>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/sorted_rows.hpp"
#include "engine/recovery/spool.hpp"

namespace holdfast {
namespace {

SpoolReader open_approved_spool(const Difference& difference) {
    SpoolReader spool(difference.spool, SpoolKind::Missing);
    if (spool.digest() != difference.digest) {
        throw Error(ErrorCode::Changed, "the rows in " + difference.spool.string() + " are not those that were compared",
                    "Compare again and approve what is shown then.");
    }
    return spool;
}

std::string key_text(const TableShape& table, const SqlRow& row) {
    std::vector<std::string> parts;
    for (const std::size_t column : table.key) parts.push_back(table.columns[column] + " " + for_people(row[column]));
    return join(parts, ", ");
}

std::set<std::string> table_names(const std::vector<TableShape>& tables) {
    std::set<std::string> names;
    for (const TableShape& table : tables) names.insert(table.name);
    return names;
}

// Puts rows in one by one and writes down what it did.
class RowMerge {
public:
    RowMerge(RowWriter& writer, SpoolWriter& undo, OnConflict on_conflict)
        : writer_(writer), undo_(undo), on_conflict_(on_conflict), existing_(table_names(writer.tables())) {}

    void begin_table(const SpooledTable& table) {
        table_ = table.shape;
        const bool make = table.whole && !existing_.contains(table_.name);
        if (make) within("table " + table_.name, [&] { writer_.create_table(table_); });
        undo_.add_table(table_, make);
        tables_made_ += make ? 1 : 0;
        result_.tables.push_back(table_.name);
    }

    // Tries the insert first: a conflict is rare, and looking for one costs as much as the insert.
    void put(const SqlRow& row) {
        within("table " + table_.name, [&] {
            try {
                writer_.insert(table_, row);
            } catch (const Error& error) {
                if (error.code != ErrorCode::AlreadyExists && error.code != ErrorCode::Changed) throw;
                return resolve(row, error);
            }
            undo_.add_row(SpoolMark::Inserted, row);
            ++result_.rows;
        });
    }

    bool changed_anything() const { return result_.rows + result_.replaced + tables_made_ > 0; }
    const MergeResult& result() const { return result_; }

private:
    static Error without_room(Error why) {
        if (why.code == ErrorCode::AlreadyExists) why.hint = "Nothing was changed. A live row with another key holds a value that may be there only once.";
        return why;
    }

    // The row could not be inserted: it is there already, or another one has its key, or it does not fit the table any more.
    void resolve(const SqlRow& row, const Error& why) {
        const std::optional<SqlRow> live = writer_.find(table_, row);
        if (!live) throw without_room(why);
        if (*live == row) {
            ++result_.already_there;
            return;
        }
        switch (on_conflict_) {
            case OnConflict::Stop:
                throw Error(ErrorCode::Changed, "the row with " + key_text(table_, row) + " is there again, with other values",
                            "Nothing was changed. Keep the live rows or take the old ones by another choice for conflicts.");
            case OnConflict::KeepLive: ++result_.kept; return;
            case OnConflict::TakeOld: break;
        }
        writer_.remove(table_, *live);
        writer_.insert(table_, row);
        undo_.add_row(SpoolMark::Before, *live);
        undo_.add_row(SpoolMark::After, row);
        ++result_.replaced;
    }

    RowWriter& writer_;
    SpoolWriter& undo_;
    OnConflict on_conflict_;
    std::set<std::string> existing_;
    TableShape table_;
    MergeResult result_;
    std::uint64_t tables_made_ = 0;
};

void require_references(RowWriter& writer, const std::string& what, const std::string& hint) {
    std::vector<std::string> broken = writer.broken_references();
    if (broken.empty()) return;
    const std::size_t count = broken.size();
    if (count > 3) broken.resize(3);
    throw Error(ErrorCode::Changed, fmt::format("{} would leave {} that points nowhere: {}", what, counted(count, "reference"), join(broken, ", ")), hint);
}

// Counts how many of the spooled things are there: tables that were missing, and rows with the same values.
class PresenceCount {
public:
    PresenceCount(RowReader& reader, SpoolReader& spool) : reader_(reader), spool_(spool), existing_(table_names(reader.tables())) {}

    void run() {
        const SpoolRecord* record = spool_.next();
        while (record != nullptr) record = count_table(record->table);
    }
    bool all() const { return absent_ == 0; }
    bool none() const { return present_ == 0; }

private:
    // Both come in key order, so one pass over the live table is enough. Returns the next table's record.
    const SpoolRecord* count_table(const SpooledTable& spooled) {
        const TableShape shape = spooled.shape;
        const bool exists = existing_.contains(shape.name);
        if (spooled.whole) ++(exists ? present_ : absent_);
        NoProgress progress;
        std::optional<SortedRows> live;
        if (exists) live.emplace(reader_, shape, progress, CancelToken());
        const SqlRow* row = live ? live->next() : nullptr;
        const SpoolRecord* record = spool_.next();
        for (; record != nullptr && record->mark == SpoolMark::Missing; record = spool_.next()) {
            while (row != nullptr && reader_.compare_keys(shape, *row, record->row) == std::strong_ordering::less) row = live->next();
            ++(row != nullptr && *row == record->row ? present_ : absent_);
        }
        return record;
    }

    RowReader& reader_;
    SpoolReader& spool_;
    std::set<std::string> existing_;
    std::uint64_t present_ = 0, absent_ = 0;
};

// Takes back what an undo file says was done.
class MergeReversal {
public:
    explicit MergeReversal(RowWriter& writer) : writer_(writer), existing_(table_names(writer.tables())) {}

    void take_back(const SpoolRecord& record) {
        switch (record.mark) {
            case SpoolMark::Table: begin_table(record.table); break;
            case SpoolMark::Inserted: remove_inserted(record.row); break;
            case SpoolMark::Before: before_ = record.row; break;
            case SpoolMark::After: restore_replaced(record.row); break;
            case SpoolMark::Missing: throw Error(ErrorCode::Corrupt, "an undo file with a row of another kind");
        }
    }

    // Tables that the merge made go again, where nobody has put anything else into them.
    void drop_made_tables() {
        for (auto table = made_.rbegin(); table != made_.rend(); ++table) {
            try {
                writer_.drop_table(*table);
            } catch (const Error& error) {
                if (error.code != ErrorCode::Changed) throw;
                ++result_.left;
            }
        }
    }
    const ReverseResult& result() const { return result_; }

private:
    void begin_table(const SpooledTable& table) {
        table_ = table.shape;
        exists_ = existing_.contains(table_.name);
        if (!table.whole || !exists_) return;
        writer_.detach_table(table_);
        made_.push_back(table_);
    }

    // A row that is gone already needs nothing: so a reversal that was killed can run again.
    bool is_as_put(const SqlRow& row) {
        if (!exists_) return false;
        const std::optional<SqlRow> live = writer_.find(table_, row);
        if (live && *live != row) ++result_.left;
        return live && *live == row;
    }

    void remove_inserted(const SqlRow& row) {
        if (!is_as_put(row)) return;
        writer_.remove(table_, row);
        ++result_.removed;
    }

    void restore_replaced(const SqlRow& row) {
        if (!is_as_put(row)) return;
        writer_.remove(table_, row);
        writer_.insert(table_, before_);
        ++result_.restored;
    }

    RowWriter& writer_;
    std::set<std::string> existing_;
    TableShape table_;
    bool exists_ = false;
    SqlRow before_;
    std::vector<TableShape> made_;
    ReverseResult result_;
};

}  // namespace

MergeResult merge_rows(const Installation& installation, const Difference& difference, const Place& into, OnConflict on_conflict,
                       const fs::path& undo, Progress& progress, CancelToken cancel) {
    SpoolReader spool = open_approved_spool(difference);
    const auto writer = installation.providers.of(into.engine).write_rows(into);
    SpoolWriter undo_file(undo, SpoolKind::Undo);
    RowMerge merge(*writer, undo_file, on_conflict);
    progress.begin("putting rows back", 0);
    std::uint64_t records = 0;
    while (const SpoolRecord* record = spool.next()) {
        if (records++ % 1024 == 0) throw_if_cancelled(cancel);
        if (record->mark == SpoolMark::Table) merge.begin_table(record->table);
        if (record->mark == SpoolMark::Missing) merge.put(record->row);
        progress.advance(1);
    }
    require_references(*writer, "putting the rows back", "Nothing was changed. Put the rows of the other tables back as well.");
    progress.end();
    // All is there already, as after a crash right behind the commit: then the undo file of that time is the one that tells.
    if (!merge.changed_anything() && fs::exists(undo)) return merge.result();
    fault_point("recovery.undo.before");
    undo_file.finish();
    fault_point("recovery.undo.after");
    throw_if_cancelled(cancel);
    fault_point("recovery.merge.before_commit");
    writer->commit();   // From here on the rows are back.
    fault_point("recovery.merge.after_commit");
    return merge.result();
}

std::optional<bool> has_merged(const Installation& installation, const Difference& difference, const Place& into) {
    SpoolReader spool = open_approved_spool(difference);
    const auto reader = installation.providers.of(into.engine).read_rows(into);
    PresenceCount count(*reader, spool);
    count.run();
    if (count.all()) return true;
    if (count.none()) return false;
    return std::nullopt;
}

ReverseResult reverse_merge(const Installation& installation, const Place& into, const fs::path& undo, Progress& progress, CancelToken cancel) {
    SpoolReader records(undo, SpoolKind::Undo);
    const auto writer = installation.providers.of(into.engine).write_rows(into);
    MergeReversal reversal(*writer);
    progress.begin("taking rows out again", 0);
    std::uint64_t count = 0;
    while (const SpoolRecord* record = records.next()) {
        if (count++ % 1024 == 0) throw_if_cancelled(cancel);
        reversal.take_back(*record);
        progress.advance(1);
    }
    require_references(*writer, "taking the rows out", "Nothing was changed. Rows that came later refer to them: move those first, or keep both.");
    reversal.drop_made_tables();
    progress.end();
    fault_point("recovery.reverse.before_commit");
    writer->commit();
    fault_point("recovery.reverse.after_commit");
    return reversal.result();
}

}  // namespace holdfast
