#include "engine/operations/touched_tables.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/format.hpp"
#include "engine/recovery/find_target.hpp"
#include "engine/recovery/open_state.hpp"

namespace holdfast {
namespace {

using Owners = std::map<std::uint64_t, PageOwner>;
using Listed = std::span<ListedTransaction>;

// Asks two states of one stream about the pages of its listed transactions.
class StreamOwners {
public:
    StreamOwners(const Workplace& workplace, const DatabaseSpec& spec, const CancelToken& cancel)
        : installation_(workplace.installation()), spec_(spec), cancel_(cancel) {}

    void name(Listed listed) {
        std::set<std::uint64_t> pages;
        for (const ListedTransaction& one : listed) pages.insert(one.transaction.pages.begin(), one.transaction.pages.end());
        const LogPosition last = listed.back().position;
        const LogPosition before{last.stream, listed.front().position.transaction - 1};
        const Owners after = owners_at(last, {pages.begin(), pages.end()});
        std::vector<std::uint64_t> given_up;
        for (const auto& [page, owner] : after) {
            if (owner.table.empty()) given_up.push_back(page);
        }
        const Owners earlier = given_up.empty() ? Owners{} : owners_at(before, given_up);
        for (ListedTransaction& one : listed) one.touched = touched(one.transaction.pages, after, earlier);
    }

private:
    Owners owners_at(const LogPosition& position, const std::vector<std::uint64_t>& pages) {
        RecoveryTarget target;
        const StoreName store = store_of_log(installation_, spec_.name, position);
        for (const LogWindow& window : installation_.catalog.windows(spec_.name)) {
            if (window.stream == position.stream) target.point = installation_.catalog.point(window.base).value_or(RecoveryPoint{});
        }
        if (target.point.id.empty()) throw Error(ErrorCode::Missing, "the point that the log follows is not in the catalog", "`runbook catalog rebuild` reads it again.");
        if (position.transaction > 0) target.log = position;
        OpenedState state(installation_, target, store, quiet_, cancel_);
        const std::uint64_t page_count = state.files().files().front().bytes / std::max<std::uint32_t>(1, state.files().files().front().page_bytes);
        std::vector<std::uint64_t> there;
        std::ranges::copy_if(pages, std::back_inserter(there), [&](std::uint64_t page) { return page < page_count; });
        const WorkContext work{.clock = installation_.clock, .progress = quiet_, .cancel = cancel_};
        const std::vector<PageOwner> found = installation_.providers.of(spec_.engine).owners_of(state.files(), there, work);
        Owners owners;
        for (const std::uint64_t page : pages) owners.emplace(page, PageOwner{.table = {}, .index = {}, .part = "given up"});
        for (std::size_t i = 0; i < there.size(); ++i) owners[there[i]] = found.at(i);
        return owners;
    }

    // Names with the most pages first; an index counts for its table.
    static std::vector<std::string> touched(const std::vector<std::uint64_t>& pages, const Owners& after, const Owners& earlier) {
        std::map<std::string, std::size_t> counts;
        for (const std::uint64_t page : pages) {
            PageOwner owner = after.at(page);
            if (const auto was = earlier.find(page); owner.table.empty() && was != earlier.end() && !was->second.table.empty()) owner = was->second;
            ++counts[owner.table.empty() ? owner.part : owner.table];
        }
        std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
        std::ranges::stable_sort(sorted, std::greater<>(), &std::pair<std::string, std::size_t>::second);
        std::vector<std::string> names;
        for (auto& [name, count] : sorted) names.push_back(std::move(name));
        return names;
    }

    const Installation& installation_;
    const DatabaseSpec& spec_;
    const CancelToken& cancel_;
    NoProgress quiet_;
};

}  // namespace

void name_touched_tables(const Workplace& workplace, const DatabaseSpec& spec, LogListing& listing, const CancelToken& cancel) {
    StreamOwners owners(workplace, spec, cancel);
    for (auto from = listing.transactions.begin(); from != listing.transactions.end();) {
        const auto to = std::find_if(from, listing.transactions.end(), [&](const ListedTransaction& one) { return one.position.stream != from->position.stream; });
        try {
            owners.name({from, to});
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            listing.note = fmt::format("Which tables were touched cannot be told: {}.", error.message);
        }
        from = to;
    }
}

}  // namespace holdfast
