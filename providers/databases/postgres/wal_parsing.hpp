// The provider's words for a server's log (engine/provider/wal.hpp): what a segment is, its transactions, and which cluster's it is.
#pragma once

#include "engine/provider/wal.hpp"

namespace holdfast {

// Throws Corrupt where these are not the bytes that a segment begins with.
WalHead head_of_segment(ByteView first_page);
std::unique_ptr<WalParsing> parse_wal(const WalHead& head, Lsn begin);
// Of <data directory>/pg_wal/<file>: what the control file says. Throws Missing.
std::uint64_t cluster_of_wal_file(const fs::path& file);

}  // namespace holdfast
