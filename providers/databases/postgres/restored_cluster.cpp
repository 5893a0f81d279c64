#include "providers/databases/postgres/restored_cluster.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/keys.hpp"
#include "providers/databases/postgres/cluster_layout.hpp"
#include "providers/databases/postgres/control_file.hpp"
#include "providers/databases/postgres/damaged_pages.hpp"
#include "providers/databases/postgres/logical_backup.hpp"
#include "providers/databases/postgres/manifest.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"

namespace holdfast {
namespace {

constexpr const char* kProcessFile = "postmaster.pid";
constexpr const char* kVersionFile = "PG_VERSION";
constexpr const char* kControlName = "global/pg_control";
constexpr std::uint64_t kManifestBytesMax = 1ULL << 30;

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

void require_no_server(const fs::path& data_folder) {
    const auto process = server_in(data_folder);
    if (!process) return;
    throw Error(ErrorCode::Busy, fmt::format("a server runs in {} (process {})", data_folder.string(), *process), "Stop it first, or choose another folder.");
}

// A server does not start where another process seems to be one already. Dies with us: a server ignores the file of a dead process.
class KeptFromStarting final : public TargetGuard {
public:
    explicit KeptFromStarting(fs::path data_folder) : path_(std::move(data_folder) / kProcessFile) {
        std::error_code ignored;
        fs::remove(path_, ignored);
        write_file_durably(path_, as_bytes(fmt::format("{}\n{}\n0\n0\n\n\n", ::getpid(), path_.parent_path().string())));
    }
    ~KeptFromStarting() override {
        std::error_code ignored;
        fs::remove(path_, ignored);
    }

private:
    fs::path path_;
};

void give_away(const fs::path& path, uid_t user, gid_t group) {
    if (::lchown(path.c_str(), user, group) != 0) throw_errno(errno, "give " + path.string() + " to its owner");
}

void give_to_owner_around(const fs::path& data_folder, const fs::path& at_last) {
    struct stat around {};
    if (::geteuid() != 0 || ::stat(at_last.parent_path().c_str(), &around) != 0 || around.st_uid == 0) return;
    give_away(data_folder, around.st_uid, around.st_gid);
    for (const auto& entry : fs::recursive_directory_iterator(data_folder)) give_away(entry.path(), around.st_uid, around.st_gid);
}

// What the backup has, by the names under which it stands here.
std::set<std::string> files_of(const fs::path& data_folder, const ClusterLayout& layout) {
    std::set<std::string> files{kManifestFile};
    for (const auto& [path, file] : read_manifest(read_text_file(data_folder / kManifestFile, kManifestBytesMax))) {
        files.insert(restored_path(path_of_incremental(path).value_or(path)));
    }
    files.insert(layout.log_segments.begin(), layout.log_segments.end());
    return files;
}

void remove_others(const fs::path& data_folder, const std::set<std::string>& files) {
    std::vector<fs::path> others;
    for (const auto& entry : fs::recursive_directory_iterator(data_folder)) {
        if (entry.is_directory() && !entry.is_symlink()) continue;
        const std::string name = entry.path().lexically_relative(data_folder).string();
        if (!files.contains(name) && name != kProcessFile && name != kLayoutFile) others.push_back(entry.path());
    }
    for (const fs::path& path : others) fs::remove(path);
}

void make_folders(const fs::path& data_folder, const ClusterLayout& layout) {
    for (const std::string& folder : layout.folders) make_private_folders(path_inside(data_folder, restored_path(folder)));
    if (!layout.tablespaces.empty()) make_private_folders(data_folder / kTablespaceFolder);
}

void link_tablespaces(const fs::path& data_folder, const fs::path& at_last, const ClusterLayout& layout) {
    for (const ServerTablespace& space : layout.tablespaces) {
        make_private_folders(data_folder / kRestoredTablespaces / space.oid);
        const fs::path link = data_folder / kTablespaceFolder / space.oid;
        fs::remove(link);
        fs::create_symlink(at_last / kRestoredTablespaces / space.oid, link);
    }
    if (!layout.tablespaces.empty()) sync_folder(data_folder / kTablespaceFolder);
}

// A manifest of changes says nothing about whole files; the server and its tools would be misled by it.
void drop_manifest_of_changes(const fs::path& data_folder) {
    const std::string text = read_text_file(data_folder / kManifestFile, kManifestBytesMax);
    if (text.find("INCREMENTAL.") != std::string::npos) fs::remove(data_folder / kManifestFile);
}

// Where the log's replay begins: pages changed later may be torn until it has run.
Lsn start_of(const fs::path& data_folder) {
    constexpr std::string_view kBegin = "START WAL LOCATION: ";
    if (!is_there(data_folder / kLabelFile)) return Lsn{~std::uint64_t{0}};
    const std::string label = read_text_file(data_folder / kLabelFile, 64 << 10);
    const auto at = label.find(kBegin);
    if (at == std::string::npos) throw Error(ErrorCode::Corrupt, "backup_label does not say where replay begins");
    const std::string_view rest = std::string_view(label).substr(at + kBegin.size());
    return parse_lsn(rest.substr(0, rest.find(' '))).value_or(Lsn{});
}

void check_file(const fs::path& path, const std::string& name, DamagedPages& damaged, const WorkContext& work) {
    constexpr std::size_t kPageBytes = 8192, kWindow = 128 * kPageBytes;
    constexpr std::uint32_t kSegmentPages = 131072;
    const File file = File::open(path, File::Mode::Read);
    const std::uint32_t first_block = relation_file(name).value_or(RelationFile{}).segment * kSegmentPages;
    Bytes window(kWindow);
    for (std::uint64_t at = 0;;) {
        throw_if_cancelled(work.cancel);
        const std::size_t got = file.read_at(at, window);
        for (std::size_t page = 0; page + kPageBytes <= got; page += kPageBytes) {
            damaged.look(name, first_block, (at + page) / kPageBytes, ByteView(window).subspan(page, kPageBytes));
        }
        work.progress.advance(got);
        at += got;
        if (got < window.size()) return;
    }
}

}  // namespace

fs::path cluster_target(const std::string& location, const std::string& image_file) { return path_inside(location, restored_path(image_file)); }

std::unique_ptr<TargetGuard> guard_data_folder(const std::string& location, bool may_replace) {
    const fs::path folder = location;
    if (!is_there(folder)) return nullptr;
    if (!fs::is_directory(folder)) throw Error(ErrorCode::AlreadyExists, location + " is not a folder", "Choose another path.");
    require_no_server(folder);
    if (fs::is_empty(folder)) return may_replace ? std::make_unique<KeptFromStarting>(folder) : nullptr;
    if (!may_replace) throw Error(ErrorCode::AlreadyExists, location + " is not empty", "Choose another path, or use --delta to make it what the backup has.");
    if (!is_there(folder / kVersionFile) && !is_there(folder / kLayoutFile) && !is_there(folder / kLabelFile)) {
        throw Error(ErrorCode::NotPermitted, location + " is not empty and is no data directory", "With --delta everything in it that the backup does not have would be removed. Choose another path.");
    }
    return std::make_unique<KeptFromStarting>(folder);
}

void begin_overwriting_cluster(const fs::path& data_folder) {
    if (is_there(data_folder / kControlName)) remove_durably(data_folder / kControlName);
    // Links would lead the backup's files to where the old cluster's tablespaces are.
    const fs::path spaces = data_folder / kTablespaceFolder;
    if (!fs::is_directory(spaces)) return;
    for (const auto& entry : fs::directory_iterator(spaces)) {
        if (entry.is_symlink()) fs::remove(entry.path());
    }
}

void finish_restored_cluster(const fs::path& data_folder, const fs::path& at_last) {
    if (is_dump_folder(data_folder)) return give_to_owner_around(data_folder, at_last);
    const ClusterLayout layout = parse_layout(read_text_file(data_folder / kLayoutFile, kManifestBytesMax));
    remove_others(data_folder, files_of(data_folder, layout));
    make_folders(data_folder, layout);
    link_tablespaces(data_folder, at_last, layout);
    drop_manifest_of_changes(data_folder);
    write_file_durably(data_folder / kLineageFile, as_bytes(to_hex(random_bytes(16)) + "\n"));
    remove_durably(data_folder / kLayoutFile);
    fs::permissions(data_folder, fs::perms::owner_all);
    give_to_owner_around(data_folder, at_last);
}

IntegrityReport check_restored_cluster(const fs::path& data_folder, const WorkContext& work) {
    const ControlFile control = read_control_file(data_folder);
    IntegrityReport report;
    report.checks = {"pg_control"};
    if (!control.checksums) return report;
    report.checks.emplace_back("page checksums");
    DamagedPages damaged(true, start_of(data_folder));
    for (const auto& entry : fs::recursive_directory_iterator(data_folder)) {
        if (!entry.is_regular_file() || entry.is_symlink()) continue;
        std::string name = entry.path().lexically_relative(data_folder).string();
        const std::string spaces = fmt::format("{}/", kRestoredTablespaces);
        if (name.starts_with(spaces)) name = fmt::format("{}/{}", kTablespaceFolder, name.substr(spaces.size()));
        if (relation_file(name)) check_file(entry.path(), name, damaged, work);
    }
    report.problems = damaged.problems();
    report.problem_count = damaged.count();
    return report;
}

void drop_restored_cluster(const fs::path& data_folder) {
    stop_instance(data_folder);
    if (is_there(data_folder)) {
        require_no_server(data_folder);
        if (!is_there(data_folder / kVersionFile) && !is_dump_folder(data_folder)) throw Error(ErrorCode::NotPermitted, data_folder.string() + " is no data directory, so it is not removed", "Remove it by hand, if you must.");
        // The number that tells whose it is goes last: a removal that was cut short goes on.
        for (const auto& entry : fs::directory_iterator(data_folder)) {
            const fs::path name = entry.path().filename();
            if (name != kVersionFile && name != kLineageFile) fs::remove_all(entry.path());
        }
        fs::remove_all(data_folder);
    }
    forget_instance(data_folder);
    if (fs::is_directory(data_folder.parent_path())) sync_folder(data_folder.parent_path());
}

}  // namespace holdfast
