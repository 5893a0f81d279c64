#include "engine/job/database_clock.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr int kPace = 2;                   // Time goes so many times slower here while the machine is behind.
constexpr Duration kWorthSaying = std::chrono::seconds(2);

}  // namespace

DatabaseClock::DatabaseClock(const Clock& machine, Instant newest) : machine_(machine), shown_(newest), shown_at_(machine.steady()) {
    if (machine.now() < newest) shown_ += Duration(1);
}

DatabaseClock::DatabaseClock(const Installation& installation, const DatabaseSpec& spec)
    : DatabaseClock(installation.clock, newest_recorded(installation, spec).value_or(Instant::min())) {
    const Duration behind = shown_ == Instant::min() ? Duration(0) : shown_ - machine_.now();
    if (behind < kWorthSaying) return;
    log_warning("the clock of this machine is {} behind the newest state of {}: what is recorded now gets times after that one, in order, until the clock has caught up",
                for_people(behind), spec.name.str());
}

Instant DatabaseClock::now() const {
    const std::lock_guard lock(mutex_);
    const Instant machine = machine_.now();
    const Duration steady = machine_.steady();
    const Instant least = shown_ + (steady - shown_at_) / kPace;
    if (machine < least) return least;
    shown_ = machine;
    shown_at_ = steady;
    return machine;
}

std::optional<Instant> newest_recorded(const Installation& installation, const DatabaseSpec& spec) {
    std::optional<Instant> newest;
    const auto note = [&](Instant at) { newest = std::max(newest.value_or(at), at); };
    for (const RecoveryPoint& point : installation.catalog.points(spec.name)) note(point.instant);
    for (const LogWindow& window : installation.catalog.windows(spec.name)) note(window.until);
    // A follower that was killed has put more into the store than the catalog knows.
    const StoreName& store = installation.environment_of(spec).copies.at(0);
    try {
        if (!Repository::exists(installation.repositories.store(store))) return newest;
        if (const auto at = installation.repositories.of(store).newest_in_logs(spec.name)) note(*at);
    } catch (const Error& error) {
        // Whoever needs the store says what is wrong with it.
        log_warning("{} is not asked for the newest transaction of {}: {}", store.str(), spec.name.str(), error.message);
    }
    return newest;
}

Installation with_clock(const Installation& installation, const Clock& clock) {
    return {.policy = installation.policy,
            .catalog = installation.catalog,
            .repositories = installation.repositories,
            .providers = installation.providers,
            .clock = clock,
            .state = installation.state,
            .from_store_alone = installation.from_store_alone,
            .provenance = installation.provenance};
}

}  // namespace holdfast
