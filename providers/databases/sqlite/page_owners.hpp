// What the pages of a state belong to: which table or index, the schema, the free list. Interior pages of the b-trees are
// read, leaves only to find whose an overflow page is; so it costs a small part of the database, and memory for its page numbers' bits.
#pragma once

#include <span>
#include <vector>

#include "engine/provider/provider.hpp"

namespace holdfast {

// As Provider::owners_of. Ends, whatever the pages say: every page is read at most twice.
std::vector<PageOwner> find_page_owners(StateFiles& files, std::span<const std::uint64_t> pages, const WorkContext& work);

}  // namespace holdfast
