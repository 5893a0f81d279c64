// The header of a PostgreSQL page and its checksum (storage/checksum_impl.h: 32 sums side by side, FNV-1a with a
// shift, mixed with the block's number), for servers that keep checksums of pages.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/model/lsn.hpp"

namespace holdfast {

// Requires of all: `page` has at least 512 bytes and a multiple of 128.

// Until here the log has been applied to the page.
Lsn lsn_of_page(ByteView page);

// Never initialised: no checksum is kept of it.
bool is_new_page(ByteView page);

std::uint16_t stored_checksum(ByteView page);

// `block`: the page's number in its relation, over all of the relation's files.
std::uint16_t page_checksum(ByteView page, std::uint32_t block);

// Whether the page is as the server wrote it. Pages that were changed after `trusted_until` may have been read while they were
// written: they pass, since the log since then has them whole.
bool page_is_sound(ByteView page, std::uint32_t block, Lsn trusted_until);

}  // namespace holdfast
