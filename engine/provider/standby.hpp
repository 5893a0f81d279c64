// How a server that replays another one's log is looked at, and made the database.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/cancel.hpp"
#include "engine/base/time.hpp"
#include "engine/model/wal.hpp"

namespace holdfast {

class Provider;

struct StandbyState {
    bool in_recovery = false;            // False: it is a primary, and takes writes.
    bool is_receiving = false;           // Connected to a primary just now.
    std::uint64_t system = 0;            // Of which cluster it is a copy.
    TimelineNumber timeline = 0;
    Lsn received, replayed;              // How far it has got.
    std::optional<Instant> last_commit;  // Of the last transaction that it has replayed, by the primary's clock.
    bool may_promote = false;            // The role has the right to.
    std::string user;                    // That role.
    std::string version;                 // "15.18"
};

struct PrimaryState {
    std::uint64_t system = 0;
    bool in_recovery = false;
    Lsn written;                         // Behind what it has written to its log.
};

// What such an engine's provider offers besides Provider.
class StandbyEngine {
public:
    virtual ~StandbyEngine() = default;
    virtual StandbyState look_at_standby(const std::string& connection, const CancelToken& cancel) = 0;
    virtual PrimaryState look_at_primary(const std::string& connection, const CancelToken& cancel) = 0;
    // Ends its recovery: it takes writes, on a new timeline, when this returns. No error where it does already.
    virtual void promote(const std::string& connection, const CancelToken& cancel) = 0;
};
// Throws Unavailable where this engine has none.
StandbyEngine& standby_engine_of(Provider& provider);

}  // namespace holdfast
