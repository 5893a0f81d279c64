// The time of one database: that of the machine, but never before what is already recorded of it.
//
// So instants of one database never decrease in the order of what they stand for, whatever becomes of the machine's clock: a later
// point is never older than an earlier one, a new stream of its log begins where the one before had come to, and the newest
// state is the one with the newest instant. Where the clock was set back, time goes on here at half its pace until the machine has
// caught up: what is captured meanwhile bears times that are late by what the clock was wrong, and in the right order.
#pragma once

#include <mutex>

#include "engine/base/clock.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

class DatabaseClock final : public Clock {
public:
    // Never shows `newest` again, nor anything before it, where the machine's clock is behind it.
    DatabaseClock(const Clock& machine, Instant newest);
    // With what the catalog and the store that the database is written to know. Says so in the log where the clock was set back.
    DatabaseClock(const Installation& installation, const DatabaseSpec& spec);
    Instant now() const override;
    Duration steady() const override { return machine_.steady(); }

private:
    const Clock& machine_;
    mutable std::mutex mutex_;
    // The last time that was shown while the machine was not behind it, and the steady clock then.
    mutable Instant shown_;
    mutable Duration shown_at_;
};

// The newest instant that is recorded of a database: of its points, its windows, and in its log. Nothing where there is none.
std::optional<Instant> newest_recorded(const Installation& installation, const DatabaseSpec& spec);

// The same installation with another clock, which must outlive it.
Installation with_clock(const Installation& installation, const Clock& clock);

}  // namespace holdfast
