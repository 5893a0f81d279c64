#include "engine/provider/query.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "engine/base/error.hpp"
#include "engine/provider/provider.hpp"

namespace holdfast {

std::string to_text(const PageOwner& owner) {
    if (owner.table.empty()) return owner.part;
    return owner.index.empty() ? owner.table : owner.table + " (index " + owner.index + ")";
}

std::vector<PageCount> count_by_table(std::span<const PageOwner> owners) {
    std::map<std::string, std::uint64_t> counted;
    for (const PageOwner& owner : owners) ++counted[owner.table.empty() ? owner.part : owner.table];
    std::vector<PageCount> counts;
    for (const auto& [name, pages] : counted) counts.push_back({name, pages});
    std::ranges::stable_sort(counts, std::greater{}, &PageCount::pages);
    return counts;
}

std::unique_ptr<SqlReader> Provider::open_state(StateFiles&, const DatabaseName& database, const WorkContext&) {
    throw Error(ErrorCode::Unavailable, database.str() + ": its engine cannot be asked without a restore", "Restore the state first: runbook restore --help");
}

std::vector<PageOwner> Provider::owners_of(StateFiles&, std::span<const std::uint64_t> pages, const WorkContext&) {
    return std::vector<PageOwner>(pages.size(), PageOwner{.table = {}, .index = {}, .part = "unknown"});
}

}  // namespace holdfast
