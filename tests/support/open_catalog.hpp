// A new catalog in a folder of its own, with a clock moved by hand.
#pragma once

#include "engine/catalog/catalog.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {

struct OpenCatalog {
    TemporaryFolder folder;
    ManualClock clock{"2026-11-20T12:00:00Z"};
    std::unique_ptr<Catalog> catalog = Catalog::open(folder / "catalog.db", clock);
};

}  // namespace holdfast
