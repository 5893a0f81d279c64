// A file that a server of version 17 or newer sends of an incremental backup (backup/basebackup_incremental.c): which of its
// pages follow, then those pages.
#pragma once

#include <vector>

#include "providers/databases/postgres/member_pages.hpp"

namespace holdfast {

struct IncrementalFile {
    std::vector<std::uint32_t> pages;   // That follow, ascending.
    std::uint64_t pages_after = 0;      // How long the file is. What is not in `pages` is as in the base, or zeros beyond it.
};

// Reads what stands in front of the pages. Throws Error{Corrupt}. Requires: `member` is at its beginning.
IncrementalFile read_incremental_header(MemberStream& member, std::uint64_t member_bytes, std::uint32_t page_bytes, std::uint32_t segment_pages);

}  // namespace holdfast
