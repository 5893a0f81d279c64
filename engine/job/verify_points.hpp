// Reads points back from their stores, bit for bit, and records what was found.
#pragma once

#include "engine/base/error.hpp"
#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct VerifyRequest {
    std::vector<PointId> points;          // Empty: all of them.
    double sample = 1.0;                  // Share of the packs that is read, above 0. Below 1 only damage is recorded.
    std::optional<StoreName> store;       // Nothing: every store that holds one of them.
};

struct VerifyOutcome {
    struct PerStore {
        StoreName store;
        VerifyReport report;
        std::string error;                // Not empty: the store could not be read; nothing was recorded for it.
        std::string hint = {};
        ErrorCode code = ErrorCode::Io;   // Of that failure.
    };
    std::vector<PerStore> stores;
    bool ok() const;                      // Everything was read, and nothing is damaged.
    bool damaged() const;                 // Something that was read is not what was written.
};

VerifyOutcome verify_points(const Installation& installation, const VerifyRequest& request, Progress& progress, CancelToken cancel);

}  // namespace holdfast
