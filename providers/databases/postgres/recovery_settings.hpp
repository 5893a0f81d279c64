// Makes a restored data directory replay the log that was staged in it, up to a place, and then wait to be looked at.
// Source: the manual's "Recovery Target" and "Archive Recovery", which read the same for 13 to 18.
#pragma once

#include "engine/provider/wal.hpp"

namespace holdfast {

// Writes recovery.signal, and the settings behind those that postgresql.auto.conf has; what would steer recovery elsewhere is taken out.
// Archiving is off until somebody decides that this copy is the database now: its log would mix with that of the one it was copied from.
void write_recovery_settings(const fs::path& data_folder, const ReplayTarget& target);
// The file's text without what steers recovery or archiving.
std::string without_recovery_settings(std::string_view auto_conf);
// What write_recovery_settings() makes of the file's text.
std::string with_recovery_settings(std::string_view auto_conf, const ReplayTarget& target);

}  // namespace holdfast
