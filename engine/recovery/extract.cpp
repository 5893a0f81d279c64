#include "engine/recovery/extract.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/sorted_rows.hpp"
#include "engine/recovery/table_order.hpp"

namespace holdfast {
namespace {

std::vector<TableShape> wanted_tables(std::vector<TableShape> all, const std::vector<std::string>& wanted) {
    std::vector<std::string> known;
    for (const TableShape& table : all) known.push_back(table.name);
    for (const std::string& name : wanted) {
        if (std::ranges::find(known, name) != known.end()) continue;
        const auto meant = closest_match(name, known);
        throw Error(ErrorCode::Usage, "there was no table '" + printable(name) + "' then",
                    meant ? "Did you mean '" + *meant + "'?" : "The tables are: " + join(known, ", ") + ".");
    }
    if (!wanted.empty()) std::erase_if(all, [&](const TableShape& table) { return std::ranges::find(wanted, table.name) == wanted.end(); });
    return parents_first(std::move(all));
}

// Nothing may stand at `to` before the first attempt; the mark is durable before the file is.
void require_free(const ExtractRequest& request) {
    const bool ours = fs::exists(request.mark) && read_text_file(request.mark, 1 << 16) == request.to.string();
    if (ours) {
        remove_durably(request.to);
        return;
    }
    if (fs::exists(fs::symlink_status(request.to))) {
        throw Error(ErrorCode::AlreadyExists, request.to.string() + " is there already", "Choose a place where nothing stands yet.");
    }
    write_file_durably(request.mark, as_bytes(request.to.string()));
}

std::uint64_t copy_table(RowReader& reader, RowWriter& writer, const TableShape& table, Progress& progress, const CancelToken& cancel) {
    return within("table " + table.name, [&] {
        writer.create_table(table);
        SortedRows rows(reader, table, progress, cancel);
        while (const SqlRow* row = rows.next()) writer.insert(table, *row);
        return rows.count();
    });
}

// To engines whose databases are files: a new one of them.
ExtractResult into_database(Provider& provider, const ExtractRequest& request, const fs::path& draft, Progress& progress, const CancelToken& cancel) {
    Place place = request.from;
    place.location = draft.string();
    for (const char* side : {"", "-wal", "-shm", "-journal"}) remove_durably(draft.string() + side);   // Of an attempt that was killed.
    write_file_durably(draft, {});   // To SQLite an empty file is an empty database.
    const auto reader = provider.read_rows(request.from);
    ExtractResult result;
    const auto writer = provider.write_rows(place);
    for (TableShape& table : wanted_tables(reader->tables(), request.tables)) {
        if (!table.not_covered.empty()) {
            result.not_covered.emplace_back(table.name, table.not_covered);
            continue;
        }
        table.only_where = request.only_where;
        result.rows += copy_table(*reader, *writer, table, progress, cancel);
        ++result.tables;
    }
    writer->commit();
    return result;
}

ExtractResult into_script(const Installation& installation, Provider& provider, const ExtractRequest& request, const fs::path& draft, Progress& progress, const CancelToken& cancel) {
    remove_durably(draft);   // Of an attempt that was killed.
    const ScriptOrder order{.copy = request.from, .file = draft, .tables = request.tables, .only_where = request.only_where};
    try {
        ScriptFacts written = provider.write_script(order, {.clock = installation.clock, .progress = progress, .cancel = cancel});
        return {.rows = written.rows, .tables = written.tables, .bytes = 0, .not_covered = std::move(written.not_covered)};
    } catch (const Error&) {
        remove_durably(draft);
        throw;
    }
}

}  // namespace

ExtractResult extract_rows(const Installation& installation, const ExtractRequest& request, Progress& progress, CancelToken cancel) {
    require_free(request);
    make_private_folders(request.to.parent_path());
    const fs::path draft = request.to.parent_path() / ("." + request.to.filename().string() + ".extracting");
    Provider& provider = installation.providers.of(request.from.engine);
    progress.begin("writing rows to " + request.to.string(), 0);
    ExtractResult result = provider.traits().is_one_file ? into_database(provider, request, draft, progress, cancel)
                                                         : into_script(installation, provider, request, draft, progress, cancel);
    progress.end();
    result.bytes = fs::file_size(draft);
    fault_point("recovery.extract.rename.before");
    rename_durably(draft, request.to);
    fault_point("recovery.extract.rename.after");
    return result;
}

}  // namespace holdfast
