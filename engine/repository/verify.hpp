// Reads back what points need and says which bytes are gone and whom they touch.
#pragma once

#include "engine/repository/index_object.hpp"
#include "engine/repository/keyring.hpp"

namespace holdfast {

struct VerifyRequest {
    std::vector<PointId> points;   // Empty: all.
    double sample = 1;             // 0 < sample <= 1: the share of the packs whose chunks are read.
    unsigned workers = 1;
};

// Authenticates every needed chunk and decompresses it. Damage is in the report, not an Error; an Error means that the
// store could not be asked.
VerifyReport verify_repository(Store& store, Keyring& keys, const VerifyRequest& request, Progress& progress, CancelToken cancel);

}  // namespace holdfast
