// What the files of a data directory are (the manual's "Database Physical Storage"), and how they are called in a backup.
//
// In a backup every file stands under its path from the data directory, tablespaces under pg_tblspc/<oid>. What is no file
// stands in kLayoutFile, a line for each folder and each tablespace, and so do the files that the server's manifest leaves out.
// In a restored data directory the tablespaces lie in kRestoredTablespaces, with links to them where the server looks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/databases/postgres/base_backup.hpp"
#include "providers/databases/postgres/wal_record.hpp"

namespace holdfast {

inline constexpr const char* kLayoutFile = "holdfast_layout";
inline constexpr const char* kManifestFile = "backup_manifest";
inline constexpr const char* kLabelFile = "backup_label";
// A number of its own for every restored cluster. It keeps its timeline where it is simply started, and places in its log then mean something
// else than in the cluster that it was backed up from: what a server says has changed since such a place must not be believed.
inline constexpr const char* kLineageFile = "holdfast_lineage";
inline constexpr const char* kTablespaceFolder = "pg_tblspc";
inline constexpr const char* kRestoredTablespaces = "tablespaces";

// One file of a relation: base/5/16384.2, global/1262_fsm, pg_tblspc/16385/PG_15_202209061/5/16386.
struct RelationFile {
    RelationFiles relation;
    RelationFork fork = RelationFork::Main;
    std::uint32_t segment = 0;     // Which of the fork's files.
    bool operator==(const RelationFile&) const = default;
};
// Nothing: it is something else, which has no pages.
std::optional<RelationFile> relation_file(std::string_view path);

// base/5/INCREMENTAL.16384: base/5/16384. Nothing: it is whole.
std::optional<std::string> path_of_incremental(std::string_view path);

bool is_log_segment(std::string_view path);   // pg_wal/000000010000000000000001: what the manifest leaves out.

// pg_tblspc/16385/PG_15…: tablespaces/16385/PG_15…, and everything else as it is.
std::string restored_path(const std::string& path);

struct ClusterLayout {
    std::vector<std::string> folders;
    std::vector<ServerTablespace> tablespaces;
    std::vector<std::string> log_segments;
};
std::string to_text(const ClusterLayout& layout);
// Throws Error{Corrupt}, also for what would leave the data directory.
ClusterLayout parse_layout(std::string_view text);

}  // namespace holdfast
