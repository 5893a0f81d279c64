#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/merge.hpp"

namespace holdfast {
namespace {

ActionResult compare(const ActionContext& context, const ValueMap& arguments) {
    const Installation& installation = context.installation;
    const auto is_true = [&](const char* name) {
        const auto* value = argument(arguments, name).as<bool>();
        return value != nullptr && *value;
    };
    const CompareOptions options{.tables = texts_of(argument(arguments, "tables")),
                                 .only_where = argument(arguments, "where").text_or(""),
                                 .with_changed = is_true("with_changed"),
                                 .skip_unreadable = is_true("skip_unreadable")};
    const fs::path spool = context.folder / fmt::format("rows-{}.spool", context.step);
    const Difference difference =
        compare_rows(installation, place_of(installation, argument(arguments, "old")), place_of(installation, argument(arguments, "new")), options,
                     spool, context.progress, context.cancel);
    std::string sentence = sentence_of(difference);
    const auto* wanted = argument(arguments, "want_missing").as<std::int64_t>();
    if (wanted != nullptr && static_cast<std::uint64_t>(*wanted) != difference.missing) {
        throw Error(ErrorCode::CannotRecover, fmt::format("{}, where {} missing was wanted", sentence, *wanted),
                    "Somebody else may have changed rows meanwhile: compare again with `runbook runs resume`.");
    }
    return {difference_value(installation, difference), std::move(sentence), 0, difference.missing, ""};
}

fs::path undo_file(const ActionContext& context) { return context.folder / fmt::format("undo-{}", context.step); }

ActionResult merge_result(const ActionContext& context, const Place& into, const MergeResult& merged, std::string sentence) {
    ValueList tables;
    for (const std::string& table : merged.tables) tables.emplace_back(table);
    const Record value{"merge",
                       {{"rows", merged.rows},
                        {"already_there", merged.already_there},
                        {"kept", merged.kept},
                        {"replaced", merged.replaced},
                        {"tables", std::move(tables)},
                        {"into", into.database.str()},
                        {"undo", undo_file(context).string()}}};
    std::string audit = fmt::format("merged {} into {}", counted(merged.rows, "row"), into.database.str());
    return {value, std::move(sentence), 0, merged.rows, std::move(audit)};
}

OnConflict conflict_rule(const Value& value) {
    const std::string rule = value.text_or("stop");
    return rule == "keep-live" ? OnConflict::KeepLive : rule == "take-old" ? OnConflict::TakeOld : OnConflict::Stop;
}

ActionResult merge(const ActionContext& context, const ValueMap& arguments) {
    const Installation& installation = context.installation;
    const Place into = live_place_of(database_spec_of(installation, argument(arguments, "into")));
    const Difference difference = difference_of(installation, argument(arguments, "from"));
    if (difference.now != into) {
        throw Error(ErrorCode::BadRunbook, fmt::format("the rows were compared with {}, not with {}", difference.now.location, into.database.str()),
                    "Compare with the database into which the rows are to be merged.");
    }
    const MergeResult merged = merge_rows(installation, difference, into, conflict_rule(argument(arguments, "conflicts")), undo_file(context),
                                          context.progress, context.cancel);
    std::string sentence = fmt::format("{} put back into {}", counted(merged.rows, "row"), into.database.str());
    if (!merged.tables.empty()) sentence += fmt::format(" ({})", printable(join(merged.tables, ", "), 120));
    if (merged.already_there > 0) sentence += fmt::format("; {} were there already", format_count(merged.already_there));
    if (merged.kept > 0) sentence += fmt::format("; {} left as they are", format_count(merged.kept));
    if (merged.replaced > 0) sentence += fmt::format("; {} replaced", format_count(merged.replaced));
    return merge_result(context, into, merged, std::move(sentence));
}

Action::Probe was_merged(const ActionContext& context, const ValueMap& arguments) {
    const Place into = live_place_of(database_spec_of(context.installation, argument(arguments, "into")));
    const Difference difference = difference_of(context.installation, argument(arguments, "from"));
    // Without the undo file the transaction was never about to be committed.
    if (!fs::exists(undo_file(context))) return {false, {}};
    Action::Probe probe{has_merged(context.installation, difference, into), {}};
    if (probe.happened == true) {
        MergeResult merged;
        merged.rows = difference.missing;
        probe.result = merge_result(context, into, merged,
                                    fmt::format("{} are back in {}: put there before the interruption", counted(merged.rows, "row"), into.database.str()));
    }
    return probe;
}

ActionResult reverse(const ActionContext& context, const ValueMap& arguments) {
    const Value& put = argument(arguments, "put");
    const Place into = live_place_of(database_spec_of(context.installation, put.field("into")));
    const ReverseResult reversed = reverse_merge(context.installation, into, put.field("undo").text_or(""), context.progress, context.cancel);
    std::string sentence = fmt::format("{} taken out of {} again", counted(reversed.removed, "row"), into.database.str());
    if (reversed.restored > 0) sentence += fmt::format("; {} set back", format_count(reversed.restored));
    if (reversed.left > 0) sentence += fmt::format("; {} changed since and left alone", format_count(reversed.left));
    const Record value{"reversal", {{"removed", reversed.removed}, {"restored", reversed.restored}, {"left", reversed.left}}};
    return {value, sentence, 0, reversed.removed + reversed.restored, sentence};
}

}  // namespace

void add_row_actions(ActionTable& table) {
    table.add({"compare.rows", compare, nullptr});
    table.add({"merge.rows", merge, was_merged});
    table.add({"merge.reverse", reverse, nullptr});
}

}  // namespace holdfast
