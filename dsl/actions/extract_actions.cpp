#include "dsl/actions/copies.hpp"
#include "dsl/actions/groups.hpp"
#include "dsl/actions/values.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/recovery/extract.hpp"

namespace holdfast {
namespace {

ActionResult extract(const ActionContext& context, const ValueMap& arguments) {
    const Installation& installation = context.installation;
    const Value& from = argument(arguments, "from");
    const ExtractRequest request{.from = place_of(installation, from),
                                 .to = fs::absolute(argument(arguments, "to").text_or("")).lexically_normal(),
                                 .tables = texts_of(argument(arguments, "tables")),
                                 .only_where = argument(arguments, "where").text_or(""),
                                 .mark = context.folder / fmt::format("extract-{}.begun", context.step)};
    require_scratch(context, request.to);
    const ExtractResult extracted = extract_rows(installation, request, context.progress, context.cancel);
    Record copy{"copy", from.as<Record>()->fields};
    copy.fields["path"] = request.to.string();
    copy.fields["bytes"] = extracted.bytes;
    std::string sentence = fmt::format("{} of {} written to {}", counted(extracted.rows, "row"), counted(extracted.tables, "table"), request.to.string());
    for (const auto& [name, why] : extracted.not_covered) sentence += fmt::format("; not {}: {}", name, why);
    return {std::move(copy), sentence, extracted.bytes, extracted.rows, fmt::format("wrote {} to {}", counted(extracted.rows, "row"), request.to.string())};
}

}  // namespace

void add_extract_actions(ActionTable& table) { table.add({"extract.rows", extract, nullptr}); }

}  // namespace holdfast
