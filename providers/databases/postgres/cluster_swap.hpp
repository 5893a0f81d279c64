// Puts a restored cluster in the place of a live one, and takes it out again: the data directory changes its name while its server is
// stopped, by one exchange of two names where the file system can do that.
//
// A small record, durable before anything moves, says what goes where, which folder is the old one (its inode), and how its server
// was started; with the file system it tells after a crash how far it got. The old data directory stays beside the new one and is
// never removed. Where the new one does not come up, the old one is put back and started again.
//
// The settings stay those that are live now: postgresql.conf, postgresql.auto.conf, pg_hba.conf and pg_ident.conf are taken from the old data directory.
// Tablespaces of the copy lie inside of it, and the links are made to lead there; the old ones stay where they are, with the old cluster.
//
// Record. Integers little-endian, texts as in engine/base/bytes.hpp: 8 bytes "HFPGSWP1", text copy, text live, text staged, text old,
// text taken out, u64 inode of the old folder, u8 whether its server ran, text owner, u32 user, u32 group, text log, u32 count of
// words, and each of them as a text. Written whole or not at all.
#pragma once

#include <optional>

#include "engine/provider/provider.hpp"

namespace holdfast {

SwapResult swap_cluster_in(const SwapRequest& request, const WorkContext& work);
// True: the copy is in place, and its server runs. False: everything is as it was, and the old server runs where it ran. Nothing: somebody
// has changed the folders meanwhile.
std::optional<bool> settle_cluster_swap(const fs::path& record, const Place& live, const WorkContext& work);
SwapResult swap_cluster_back(const fs::path& record, const Place& live, const WorkContext& work);

}  // namespace holdfast
