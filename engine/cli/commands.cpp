#include "engine/cli/commands.hpp"

#include <array>
#include <iterator>

namespace holdfast {
namespace {

constexpr std::array<CommandGroup, 12> kGroups{{
    {"policy", "what the policy says, and whether it holds"},
    {"schedule", "when things are due"},
    {"backup", "backups by hand"},
    {"wal", "a PostgreSQL server's log, file by file: what the server itself calls"},
    {"catalog", "recovery points: what can be restored, and whether it is sound"},
    {"book", "the runbooks that are there"},
    {"runs", "executions of runbooks"},
    {"comply", "what really is, against the policy"},
    {"evidence", "what can be proved to others, offline"},
    {"notify", "who is told what is wrong"},
    {"audit", "the record of everything that changed anything"},
    {"keys", "the keys that open the repositories, and those of people who approve"},
}};

std::vector<Command> gather_commands() {
    std::vector<Command> all;
    for (auto* part : {&policy_commands, &plan_commands, &schedule_commands, &backup_commands, &log_commands, &wal_commands, &catalog_commands, &restore_commands,
                       &query_commands, &find_commands, &book_commands, &run_commands, &drill_commands, &approve_commands, &comply_commands, &evidence_commands, &notify_commands, &audit_commands, &keys_commands, &doctor_commands,
                       &about_commands}) {
        std::vector<Command> commands = part();
        std::move(commands.begin(), commands.end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace

std::span<const Command> all_commands() {
    static const std::vector<Command> commands = gather_commands();
    return commands;
}

std::span<const CommandGroup> command_groups() {
    return kGroups;
}

const Command* command_at(std::string_view path) {
    for (const Command& command : all_commands()) {
        if (command.path == path) return &command;
    }
    return nullptr;
}

std::string_view group_of(const Command& command) {
    const auto blank = command.path.find(' ');
    return blank == std::string_view::npos ? std::string_view{} : command.path.substr(0, blank);
}

}  // namespace holdfast
