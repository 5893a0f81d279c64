// Writes a file of pages that has deltas or patches, window by window, several at once: memory stays bounded, and what a
// window needs is fetched once for it.
#pragma once

#include "engine/base/cancel.hpp"
#include "engine/base/file.hpp"
#include "engine/base/progress.hpp"
#include "engine/repository/page_assembly.hpp"

namespace holdfast {

struct WindowTask {
    PageOrigin origin;
    bool delta = false;     // The target holds something: write only pages that differ.
    unsigned workers = 1;
};

// Returns how many bytes were written. The target has its length already; nothing is synced yet.
std::uint64_t restore_windows(const WindowTask& task, File& target, Progress& progress, const CancelToken& cancel);

}  // namespace holdfast
