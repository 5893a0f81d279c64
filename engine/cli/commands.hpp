// All commands of `runbook`, in the order in which help shows them. Each function is in the file that
// bears the group's name.
#pragma once

#include <span>
#include <vector>

#include "engine/cli/command.hpp"

namespace holdfast {

std::span<const Command> all_commands();
// nullptr where there is none of that path.
const Command* command_at(std::string_view path);
// Groups ("catalog") and what they are about, in order.
struct CommandGroup {
    std::string_view name;
    std::string_view summary;
};
std::span<const CommandGroup> command_groups();
// "catalog" of "catalog show"; empty for a command that stands alone.
std::string_view group_of(const Command& command);

std::vector<Command> policy_commands();
std::vector<Command> schedule_commands();
std::vector<Command> plan_commands();
std::vector<Command> backup_commands();
std::vector<Command> log_commands();
std::vector<Command> wal_commands();
std::vector<Command> catalog_commands();
std::vector<Command> restore_commands();
std::vector<Command> query_commands();
std::vector<Command> find_commands();
std::vector<Command> book_commands();
std::vector<Command> run_commands();
std::vector<Command> drill_commands();
std::vector<Command> approve_commands();
std::vector<Command> comply_commands();
std::vector<Command> evidence_commands();
std::vector<Command> notify_commands();
std::vector<Command> audit_commands();
std::vector<Command> keys_commands();
std::vector<Command> doctor_commands();
std::vector<Command> about_commands();

}  // namespace holdfast
