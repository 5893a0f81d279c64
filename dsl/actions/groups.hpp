// The effects by what they are about; each group is one source file.
#pragma once

#include "dsl/actions/action.hpp"

namespace holdfast {

void add_point_actions(ActionTable& table);         // find.point, backup.now, backup.raw, catalog.rebuild
void add_restore_actions(ActionTable& table);       // restore.beside, restore.newest_sound, restore.to, drop.copy
void add_verify_actions(ActionTable& table);        // verify.integrity, verify.point, verify.application
void add_row_actions(ActionTable& table);           // compare.rows, merge.rows, merge.reverse
void add_application_actions(ActionTable& table);   // application.stop, start, repoint, repoint_back
void add_swap_actions(ActionTable& table);          // restore.swap, restore.swap_back, restore.replace
void add_extract_actions(ActionTable& table);       // extract.rows
void add_standby_actions(ActionTable& table);       // standby.look, fence, promote; application.repoint_to_standby
void add_migration_actions(ActionTable& table);     // migration.try, migration.run

}  // namespace holdfast
