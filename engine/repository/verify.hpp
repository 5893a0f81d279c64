// Reads the repository back: every byte of packs, points, indexes and keys, and says what is damaged
// and which parts of which files of which points that touches.
#pragma once

#include "engine/base/cancel.hpp"
#include "engine/base/progress.hpp"
#include "engine/repository/pack_source.hpp"
#include "engine/repository/usage.hpp"

namespace holdfast {

struct VerifyOptions {
    std::vector<PointId> points;   // Empty: all, and everything else in the store too.
    double sample = 1.0;           // Share of the packs that is read.
    bool only_added = false;       // Only packs that were written for the given points.
    unsigned workers = 1;
};

VerifyReport verify_repository(Store& store, Keyring& keys, const VerifyOptions& options, Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
