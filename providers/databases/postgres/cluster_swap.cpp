#include "providers/databases/postgres/cluster_swap.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/cluster_layout.hpp"
#include "providers/databases/postgres/cluster_swap_record.hpp"
#include "providers/databases/postgres/control_file.hpp"
#include "providers/databases/postgres/live_server.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"
#include "providers/databases/postgres/recovery_settings.hpp"
#include "providers/databases/postgres/server_process.hpp"
#include "providers/databases/postgres/server_programs.hpp"

namespace holdfast {
namespace {

constexpr std::int64_t kClientsGoneWithinMs = 10'000;
constexpr int kLookEveryMs = 200;
constexpr std::uint64_t kSettingsBytesMost = 16u << 20;
constexpr const char* kAutoSettings = "postgresql.auto.conf";
constexpr std::array kSettingFiles{"postgresql.conf", kAutoSettings, "pg_hba.conf", "pg_ident.conf"};

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

struct stat look_at(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw_errno(errno, "look at " + path.string());
    return status;
}

std::uint64_t inode_of(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_ino) : 0;
}

void sync_file_system(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) throw_errno(errno, "open " + folder.string());
    const int failed = ::syncfs(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (failed != 0) throw_errno(failed, "sync the file system of " + folder.string());
}

// An application that was told to stop needs a moment to be gone.
void require_no_clients(const Place& live, const CancelToken& cancel) {
    for (std::int64_t waited = 0;; waited += kLookEveryMs) {
        const std::vector<std::string> clients = clients_of(live, cancel);
        if (clients.empty()) return;
        if (waited >= kClientsGoneWithinMs) {
            throw Error(ErrorCode::Busy, fmt::format("{} of {}: {}", counted(clients.size(), "session"), live.database.str(), printable(join(clients, ", "), 300)), "End them (stop the application, poolers and monitors), then resume the run.");
        }
        throw_if_cancelled(cancel);
        ::poll(nullptr, 0, kLookEveryMs);
    }
}

// ---- before anything is done ----

void require_replaceable(const Place& live, const OwnServer& own) {
    const fs::path& folder = own.data_folder;
    if (look_at(folder).st_dev != look_at(folder.parent_path()).st_dev) {
        throw Error(ErrorCode::NotPermitted, fmt::format("{} is where a file system is mounted, so it cannot be renamed", folder.string()),
                    fmt::format("Restore beside it (runbook restore {} --to …), and move the files by hand with the server stopped.", live.database.str()));
    }
    if (is_there(folder / "standby.signal")) throw Error(ErrorCode::NotPermitted, fmt::format("{} is a standby: it follows its primary", folder.string()), "Replace the primary, and make the standby anew from that.");
}

void require_fitting(const fs::path& copy, const fs::path& live) {
    if (!is_there(copy / "PG_VERSION")) throw Error(ErrorCode::Missing, fmt::format("there is no copy at {}", copy.string()), "Restore it again.");
    if (major_of_cluster(copy) != major_of_cluster(live)) throw Error(ErrorCode::NotPermitted, fmt::format("the copy is of PostgreSQL {}, the live cluster of {}", major_of_cluster(copy), major_of_cluster(live)));
    if (is_there(copy / "recovery.signal")) throw Error(ErrorCode::NotPermitted, fmt::format("the copy {} has not ended its recovery", copy.string()), "Let it be opened and checked first.");
}

std::uint64_t bytes_in(const fs::path& folder) {
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && !entry.is_symlink()) bytes += entry.file_size();
    }
    return bytes;
}

void require_room(const fs::path& copy, const fs::path& beside) {
    if (look_at(copy).st_dev == look_at(beside).st_dev) return;
    const std::uint64_t needed = bytes_in(copy), available = free_bytes_at(beside);
    if (needed < available) return;
    throw Error(ErrorCode::DiskFull, fmt::format("the copy has {}, and {} are free in {}", format_bytes(needed), format_bytes(available), beside.string()), "Free some space there, then resume the run.");
}

ClusterSwap new_swap(const SwapRequest& request, const LiveServer& server) {
    ClusterSwap swap;
    swap.own = server.own;
    swap.had_server = server.process.has_value();
    swap.copy = request.copy.location;
    const fs::path& live = server.own.data_folder;
    const std::string name = live.filename().string();
    swap.staged = live.parent_path() / ("." + name + ".holdfast-" + request.tag);
    swap.old = live.parent_path() / (name + ".before-" + request.tag);
    swap.taken_out = live.parent_path() / (name + ".undone-" + request.tag);
    swap.old_inode = inode_of(live);
    for (const fs::path& path : {swap.old, swap.staged}) {
        if (is_there(path)) throw Error(ErrorCode::AlreadyExists, path.string() + " is there already", "Move it away, then resume the run.");
    }
    return swap;
}

// ---- the copy, made ready in the live folder's neighbourhood ----

void copy_across(const fs::path& from, const fs::path& to) {
    const fs::path partial = to.string() + ".partial";
    fs::remove_all(partial);
    fs::copy(from, partial, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    sync_file_system(partial);
    rename_durably(partial, to);
}

void stage(const ClusterSwap& swap) {
    if (::rename(swap.copy.c_str(), swap.staged.c_str()) == 0) {
        sync_folder(swap.staged.parent_path());
        sync_folder(swap.copy.parent_path());
    } else if (errno == EXDEV) {
        copy_across(swap.copy, swap.staged);
    } else {
        throw_errno(errno, "rename " + swap.copy.string() + " to " + swap.staged.string());
    }
}

// What the machine's administrators have set is about the machine, not about a moment of the data.
void take_settings(const ClusterSwap& swap) {
    for (const char* name : kSettingFiles) {
        const fs::path from = swap.own.data_folder / name, to = swap.staged / name;
        if (fs::exists(from)) write_file_durably(to, as_bytes(read_text_file(from, kSettingsBytesMost)));
        else if (name == std::string_view(kAutoSettings) && fs::exists(to)) write_file_durably(to, as_bytes(without_recovery_settings(read_text_file(to, kSettingsBytesMost))));
    }
}

void lead_links(const ClusterSwap& swap) {
    const fs::path spaces = swap.staged / kTablespaceFolder;
    if (!fs::is_directory(spaces)) return;
    for (const auto& entry : fs::directory_iterator(spaces)) {
        if (!entry.is_symlink()) continue;
        const fs::path name = entry.path().filename(), inside = fs::path(kRestoredTablespaces) / name;
        if (!fs::is_directory(swap.staged / inside)) throw Error(ErrorCode::Corrupt, fmt::format("the copy lacks its tablespace {}", name.string()));
        fs::remove(entry.path());
        fs::create_symlink(swap.own.data_folder / inside, entry.path());
    }
}

void make_ready(const ClusterSwap& swap) {
    take_settings(swap);
    lead_links(swap);
    std::error_code ignored;
    fs::remove(swap.staged / kProcessFile, ignored);
    if (::geteuid() == 0) give_all_to(swap.staged, swap.own.owner);
    if (::chmod(swap.staged.c_str(), look_at(swap.own.data_folder).st_mode & 0777U) != 0) throw_errno(errno, "set the mode of " + swap.staged.string());
    sync_file_system(swap.staged);
}

// ---- changing names ----

// From `first` and `second` to the same, the other way round. Where the file system cannot do that at once, for a moment nothing has the second name.
void exchange(const fs::path& first, const fs::path& second, const fs::path& third) {
    if (::renameat2(AT_FDCWD, first.c_str(), AT_FDCWD, second.c_str(), RENAME_EXCHANGE) == 0) return sync_folder(second.parent_path());
    if (errno != EINVAL && errno != ENOSYS) throw_errno(errno, "exchange " + first.string() + " and " + second.string());
    rename_durably(second, third);
    rename_durably(first, second);
}

bool is_old(const ClusterSwap& swap, const fs::path& path) { return inode_of(path) == swap.old_inode; }

// Gives the old folder its name again, wherever a crash has left it; the one that was put in goes to `aside`. False: it is nowhere.
bool give_old_its_name(const ClusterSwap& swap, const fs::path& aside) {
    const fs::path& live = swap.own.data_folder;
    if (is_old(swap, live)) return true;
    const fs::path& where = is_old(swap, swap.old) ? swap.old : swap.staged;
    if (!is_old(swap, where)) return false;
    if (!is_there(live)) {
        rename_durably(where, live);
        return true;
    }
    exchange(where, live, aside);
    return true;
}

// The copy is where it was restored to, unless that is there still because it was copied across.
void give_copy_back(const ClusterSwap& swap) {
    fs::remove_all(swap.staged.string() + ".partial");
    for (const fs::path& path : {swap.staged, swap.old}) {
        if (!is_there(path) || is_old(swap, path)) continue;
        if (is_there(swap.copy)) fs::remove_all(path);
        else rename_durably(path, swap.copy);
    }
}

void put_back(const ClusterSwap& swap, const Place& live, const WorkContext& work) {
    if (is_there(swap.own.data_folder) && !is_old(swap, swap.own.data_folder)) {
        if (const auto process = server_in(swap.own.data_folder)) stop_server(swap.own.data_folder, *process, {});
    }
    if (!give_old_its_name(swap, swap.staged)) {
        throw Error(ErrorCode::InDoubt, fmt::format("the old data directory is neither {} nor {}", swap.own.data_folder.string(), swap.old.string()), "Look where it is, and give it its name again by hand.");
    }
    give_copy_back(swap);
    if (swap.had_server) start_live_server(swap.own, live.server, {});   // Also where somebody wants to stop: a server that ran shall run.
    throw_if_cancelled(work.cancel);
}

void start_new(const ClusterSwap& swap, const Place& live, const WorkContext& work) {
    try {
        start_live_server(swap.own, live.server, work.cancel);
    } catch (const Error& error) {
        put_back(swap, live, work);
        throw Error(ErrorCode::Unavailable, fmt::format("the restored cluster does not come up in the place of {}: {}; the old one is back", live.database.str(), error.message), error.hint);
    }
}

std::string finished(const ClusterSwap& swap) {
    std::error_code ignored;
    fs::remove_all(swap.copy, ignored);   // Still there where it came from another file system.
    forget_instance(swap.copy);
    return swap.old.string();
}

void change_names(const ClusterSwap& swap) {
    fault_point("postgres.swap.exchange.before");
    exchange(swap.staged, swap.own.data_folder, swap.old);   // From here on the copy is the live cluster.
    fault_point("postgres.swap.exchange.after");
    if (is_there(swap.staged)) rename_durably(swap.staged, swap.old);
    fault_point("postgres.swap.named.after");
}

}  // namespace

SwapResult swap_cluster_in(const SwapRequest& request, const WorkContext& work) {
    if (is_there(request.record)) {
        const auto before = settle_cluster_swap(request.record, request.live, work);
        if (!before) throw Error(ErrorCode::InDoubt, request.live.database.str() + " was changed by somebody else in the middle of the swap");
        if (*before) return {read_cluster_swap(request.record).old.string()};
    }
    const LiveServer server = find_live_server(request.live, work.cancel);
    require_replaceable(request.live, server.own);
    require_fitting(request.copy.location, server.own.data_folder);
    require_room(request.copy.location, server.own.data_folder.parent_path());
    require_no_clients(request.live, work.cancel);
    const ClusterSwap swap = new_swap(request, server);
    close_instance(request.copy.location, work.cancel);
    write_cluster_swap(request.record, swap);
    fault_point("postgres.swap.record.after");
    try {
        stage(swap);
        fault_point("postgres.swap.stage.after");
        make_ready(swap);
        stop_live_server(server, request.live.server, work.cancel);
        fault_point("postgres.swap.stopped.after");
        change_names(swap);
    } catch (const Error&) {
        put_back(swap, request.live, work);
        throw;
    }
    start_new(swap, request.live, work);
    fault_point("postgres.swap.started.after");
    return {finished(swap)};
}

std::optional<bool> settle_cluster_swap(const fs::path& record, const Place& live, const WorkContext& work) {
    if (!is_there(record)) return false;
    const ClusterSwap swap = read_cluster_swap(record);
    const bool is_new = is_there(swap.own.data_folder) && !is_old(swap, swap.own.data_folder);
    if (!is_new) {
        put_back(swap, live, work);
        return false;
    }
    if (is_old(swap, swap.staged)) rename_durably(swap.staged, swap.old);
    if (!is_old(swap, swap.old)) return std::nullopt;
    try {
        start_new(swap, live, work);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::InDoubt) throw;
        return false;   // It does not come up: the old one is back.
    }
    finished(swap);
    return true;
}

SwapResult swap_cluster_back(const fs::path& record, const Place& live, const WorkContext& work) {
    const ClusterSwap swap = read_cluster_swap(record);
    const fs::path& folder = swap.own.data_folder;
    if (!is_old(swap, folder)) {
        if (!is_old(swap, swap.old)) throw Error(ErrorCode::Missing, fmt::format("the old data directory of {} is not at {}", live.database.str(), swap.old.string()), "Look where it was moved to.");
        require_no_clients(live, work.cancel);
        stop_live_server({.own = swap.own, .process = {}}, live.server, work.cancel);
        fault_point("postgres.swap_back.stopped.after");
        give_old_its_name(swap, swap.taken_out);
        fault_point("postgres.swap_back.exchange.after");
    }
    if (is_there(swap.old) && !is_there(swap.taken_out)) rename_durably(swap.old, swap.taken_out);
    fault_point("postgres.swap_back.named.after");
    if (swap.had_server) start_live_server(swap.own, live.server, work.cancel);
    return {swap.taken_out.string()};
}

}  // namespace holdfast
