#include "providers/databases/postgres/cluster_files.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 8> kEmptied = {"pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans", "pg_wal"};
constexpr std::array<std::string_view, 7> kLeftOut = {"postgresql.auto.conf.tmp", "current_logfiles.tmp", "backup_label", "tablespace_map", "backup_manifest", "postmaster.pid",
                                                      "postmaster.opts"};
constexpr std::array<std::string_view, 2> kLogFolders = {"pg_wal/archive_status", "pg_wal/summaries"};
constexpr std::string_view kTemporary = "pgsql_tmp", kCache = "pg_internal.init";

template <std::size_t Size>
bool is_among(const std::array<std::string_view, Size>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_left_out(std::string_view name) {
    return is_among(kLeftOut, name) || name.starts_with(kTemporary) || name.starts_with(kCache);
}

// "t3_16384": a relation of one session.
bool is_session_relation(const std::string& path) {
    const auto slash = path.rfind('/');
    const std::string_view name = std::string_view(path).substr(slash + 1);
    const auto end = name.find('_');
    if (slash == std::string::npos || !name.starts_with('t') || end == std::string_view::npos || end < 2) return false;
    if (!std::ranges::all_of(name.substr(1, end - 1), [](char c) { return c >= '0' && c <= '9'; })) return false;
    return relation_file(path.substr(0, slash + 1) + std::string(name.substr(end + 1))).has_value();
}

class Listing {
public:
    Listing(fs::path root, const CancelToken& cancel) : root_(std::move(root)), cancel_(cancel) {}

    ClusterFiles run() {
        list("");
        leave_out_unlogged();
        std::ranges::sort(found_.files);
        return std::move(found_);
    }

private:
    // `folder`: "" or "base/". A folder that has just been removed has nothing in it.
    void list(const std::string& folder) {
        throw_if_cancelled(cancel_);
        std::error_code error;
        auto entries = fs::directory_iterator(root_ / folder, error);
        if (error == std::errc::no_such_file_or_directory) return;
        if (error) throw_errno(error.value(), "list " + (root_ / folder).string());
        for (; entries != fs::directory_iterator(); entries.increment(error)) {
            take(folder + entries->path().filename().string(), entries->path());
        }
        if (error) throw_errno(error.value(), "list " + (root_ / folder).string());
    }

    void take(const std::string& path, const fs::path& entry) {
        std::error_code ignored;
        const fs::file_status status = fs::symlink_status(entry, ignored);
        if (is_left_out(entry.filename().string()) || is_session_relation(path)) return;
        if (path == "pg_wal" || status.type() == fs::file_type::directory) return take_folder(path);
        if (status.type() == fs::file_type::regular) {
            if (path != kControlFile) found_.files.push_back(path);
            return;
        }
        const std::string spaces = fmt::format("{}/", kTablespaceFolder);
        if (path.starts_with(spaces) && status.type() == fs::file_type::symlink) return take_tablespace(path, path.substr(spaces.size()));
        if (status.type() != fs::file_type::not_found) found_.left_out.push_back(path);
    }

    void take_folder(const std::string& path) {
        found_.layout.folders.push_back(path);
        if (path == "pg_wal") {
            for (const std::string_view name : kLogFolders) {
                if (fs::is_directory(root_ / name)) found_.layout.folders.emplace_back(name);
            }
        }
        if (!is_among(kEmptied, path)) list(path + "/");
    }

    // Of what lies there only this cluster's own folder, which is named by version: others may share the place.
    void take_tablespace(const std::string& path, const std::string& oid) {
        const fs::path to = fs::read_symlink(root_ / path);
        found_.layout.tablespaces.push_back({oid, to.string()});
        for (const auto& entry : fs::directory_iterator(root_ / path)) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with(fmt::format("PG_{}_", major()))) take_folder(path + "/" + name);
        }
    }

    std::string major() const {
        const std::string text = read_text_file(root_ / "PG_VERSION", 64);
        return text.substr(0, text.find_first_of("\n"));
    }

    // Relations without a log begin empty after a recovery: of those only what they begin with is kept.
    void leave_out_unlogged() {
        std::set<RelationFiles> unlogged;
        for (const std::string& path : found_.files) {
            if (const auto file = relation_file(path); file && file->fork == RelationFork::Init) unlogged.insert(file->relation);
        }
        std::erase_if(found_.files, [&](const std::string& path) {
            const auto file = relation_file(path);
            return file && file->fork != RelationFork::Init && unlogged.contains(file->relation);
        });
    }

    const fs::path root_;
    const CancelToken& cancel_;
    ClusterFiles found_;
};

}  // namespace

ClusterFiles list_cluster_files(const fs::path& data_folder, const CancelToken& cancel) { return Listing(data_folder, cancel).run(); }

}  // namespace holdfast
