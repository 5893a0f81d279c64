#include "providers/databases/postgres/recovery_settings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kSettingsBytesMost = 1u << 20;
constexpr std::string_view kBegin = "# Written by Holdfast: the log is replayed up to here, then the server waits.\n"
                                    "# To go on as the database: SELECT pg_wal_replay_resume(); then take these lines out and set archive_mode again.\n";
constexpr std::array<std::string_view, 9> kSteering{"recovery_target", "restore_command", "archive_cleanup_command", "recovery_end_command", "archive_mode",
                                                    "primary_conninfo", "primary_slot_name", "hot_standby", "synchronous_standby_names"};

bool steers_recovery(std::string_view line) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return false;
    line.remove_prefix(begin);
    return std::ranges::any_of(kSteering, [&](std::string_view word) { return line.starts_with(word); });
}

}  // namespace

std::string without_recovery_settings(std::string_view auto_conf) {
    std::string text;
    for (const std::string& line : split(auto_conf, '\n')) {
        if (!line.empty() && !steers_recovery(line) && kBegin.find(line + "\n") == std::string_view::npos) text += line + "\n";
    }
    return text;
}

std::string with_recovery_settings(std::string_view auto_conf, const ReplayTarget& target) {
    std::string text = without_recovery_settings(auto_conf);
    text += kBegin;
    // All segments that there are stand in pg_wal already: nothing else is to be asked.
    text += "restore_command = 'false'\n";
    text += fmt::format("recovery_target_lsn = '{}'\n", to_text(target.until));
    text += "recovery_target_inclusive = on\n";
    text += fmt::format("recovery_target_timeline = '{}'\n", target.branch.timeline);
    text += "recovery_target_action = 'pause'\n";
    text += "hot_standby = on\narchive_mode = off\nsynchronous_standby_names = ''\n";
    return text;
}

namespace {

// Written by root, all of it belongs to the one whose data directory it is.
void give_to_owner(const fs::path& data_folder) {
    struct stat owner {};
    if (::geteuid() != 0 || ::stat(data_folder.c_str(), &owner) != 0 || owner.st_uid == 0) return;
    const auto give = [&](const fs::path& path) {
        if (::lchown(path.c_str(), owner.st_uid, owner.st_gid) != 0) throw_errno(errno, "give " + path.string() + " to its owner");
    };
    give(data_folder / "recovery.signal");
    give(data_folder / "postgresql.auto.conf");
    for (const auto& entry : fs::directory_iterator(data_folder / "pg_wal")) give(entry.path());
}

}  // namespace

void write_recovery_settings(const fs::path& data_folder, const ReplayTarget& target) {
    const fs::path settings = data_folder / "postgresql.auto.conf";
    const std::string before = fs::exists(settings) ? read_text_file(settings, kSettingsBytesMost) : std::string();
    write_file_durably(settings, as_bytes(with_recovery_settings(before, target)));
    std::error_code ignored;
    fs::remove(data_folder / "standby.signal", ignored);   // It would follow a primary for ever.
    write_file_durably(data_folder / "recovery.signal", {});
    give_to_owner(data_folder);
}

}  // namespace holdfast
