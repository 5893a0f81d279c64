#include "engine/recovery/log_states.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/repository/log.hpp"

namespace holdfast {
namespace {

LogTransaction transaction_from(Repository& repository, const DatabaseName& database, const LogStreamId& stream, std::uint64_t number, std::uint64_t last) {
    std::optional<LogTransaction> found;
    repository.read_log(database, stream, number, last, false, [&](const LogTransaction& transaction) {
        found = transaction;
        return false;
    });
    if (found) return *found;
    throw Error(ErrorCode::Missing, fmt::format("the log has no transaction {}:{}", stream.str(), number));
}

// The first transaction for which `is_late` holds, as it does for all behind it; one behind the last where it holds for none.
template <typename IsLate>
std::uint64_t first_late(Repository& repository, const DatabaseName& database, const LogStreamFacts& stream, IsLate&& is_late) {
    std::uint64_t low = 1, high = stream.transactions + 1;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (is_late(transaction_from(repository, database, stream.stream, middle, stream.transactions).at)) high = middle;
        else low = middle + 1;
    }
    return low;
}

std::vector<StoreName> stores_of(const Installation& installation, const DatabaseName& database) {
    std::vector<StoreName> stores;
    if (const DatabaseSpec* spec = installation.policy.database(database)) stores = installation.environment_of(*spec).copies;
    for (const RecoveryPoint& point : installation.catalog.points(database)) {
        for (const StoreName& store : point.copies) {
            if (std::ranges::find(stores, store) == stores.end() && installation.policy.store(store) != nullptr) stores.push_back(store);
        }
    }
    return stores;
}

void add_spans(const Installation& installation, const DatabaseName& database, const StoreName& store, Instant after, Instant before, std::vector<LogSpan>& spans) {
    if (!Repository::exists(installation.repositories.store(store))) return;
    Repository& repository = installation.repositories.of(store);
    for (const LogStreamFacts& stream : repository.log_streams(database)) {
        const auto base = installation.catalog.point(stream.base);
        const bool usable = base && std::ranges::find(base->copies, store) != base->copies.end() &&
                            installation.catalog.soundness_in(base->id, store) != Soundness::Damaged;
        if (!usable || stream.until <= after || stream.from >= before || std::ranges::find(spans, stream.stream, &LogSpan::stream) != spans.end()) continue;
        const LogSpan span{.store = store,
                           .base = *base,
                           .stream = stream.stream,
                           .first = first_late(repository, database, stream, [&](Instant at) { return at > after; }),
                           .last = first_late(repository, database, stream, [&](Instant at) { return at >= before; }) - 1};
        if (span.first <= span.last) spans.push_back(span);
    }
}

}  // namespace

std::vector<LogSpan> log_spans(const Installation& installation, const DatabaseName& database, Instant after, Instant before) {
    std::vector<LogSpan> spans;
    for (const StoreName& store : stores_of(installation, database)) {
        try {
            add_spans(installation, database, store, after, before, spans);
        } catch (const Error& error) {   // Its points are asked all the same, and say what is wrong with the store.
            if (error.code == ErrorCode::Cancelled) throw;
        }
    }
    return spans;
}

RecoveryTarget state_in(const Installation& installation, const LogSpan& span, std::uint64_t number) {
    const LogTransaction transaction = transaction_from(installation.repositories.of(span.store), span.base.database, span.stream, number, span.last);
    return {.point = span.base, .log = LogPosition{span.stream, transaction.number}, .instant = transaction.at};
}

}  // namespace holdfast
