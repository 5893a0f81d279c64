#include "engine/model/policy.hpp"

#include <array>

namespace holdfast {
namespace {

constexpr std::array<std::string_view, kBackupKindCount> kBackupKinds{"full", "incremental", "log", "logical", "raw"};
constexpr std::array<std::string_view, 3> kEngines{"sqlite", "postgres", "sqlserver"};
constexpr std::array<std::string_view, 3> kCompressions{"none", "gzip", "zstd"};
constexpr std::array<std::string_view, 3> kDepths{"none", "checksum", "restore"};
constexpr std::array<std::string_view, 3> kRoles{"operator", "approver", "auditor"};
constexpr std::array<std::string_view, 2> kLockModes{"governance", "compliance"};

template <typename Row, typename Name>
const Row* find_named(const std::vector<Row>& rows, const Name& name) {
    for (const Row& row : rows) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

template <typename Enum, std::size_t N>
std::optional<Enum> parse_name(const std::array<std::string_view, N>& names, std::string_view text) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == text) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

const StoreSpec* Policy::store(const StoreName& name) const { return find_named(stores, name); }
const EnvironmentSpec* Policy::environment(const EnvironmentName& name) const { return find_named(environments, name); }
const BackupPolicy* Policy::policy(const PolicyName& name) const { return find_named(policies, name); }
const DatabaseSpec* Policy::database(const DatabaseName& name) const { return find_named(databases, name); }

std::string_view name_of(BackupKind kind) { return kBackupKinds.at(static_cast<std::size_t>(kind)); }
std::string_view name_of(EngineKind kind) { return kEngines.at(static_cast<std::size_t>(kind)); }
std::string_view name_of(CompressionKind kind) { return kCompressions.at(static_cast<std::size_t>(kind)); }
std::string_view name_of(VerifyDepth depth) { return kDepths.at(static_cast<std::size_t>(depth)); }
std::string_view name_of(Role role) { return kRoles.at(static_cast<std::size_t>(role)); }
std::string_view name_of(LockMode mode) { return kLockModes.at(static_cast<std::size_t>(mode)); }

std::optional<BackupKind> parse_backup_kind(std::string_view text) { return parse_name<BackupKind>(kBackupKinds, text); }
std::optional<EngineKind> parse_engine_kind(std::string_view text) { return parse_name<EngineKind>(kEngines, text); }

}  // namespace holdfast
