// What a policy folder says, after `extends` and defaults: plain values, no text positions (those are
// engine/policy's) and no I/O. Keys that are unknown or contradict each other never get this far.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/notice_event.hpp"
#include "engine/model/period.hpp"

namespace holdfast {

// Raw: damaged files kept byte for byte as evidence. No state of the database: never a base, never found by a moment, never counted.
enum class BackupKind : std::uint8_t { Full, Incremental, Log, Logical, Raw };
inline constexpr std::size_t kBackupKindCount = 5;
// A state of the database that stands for itself.
constexpr bool is_state(BackupKind kind) { return kind != BackupKind::Log && kind != BackupKind::Raw; }
enum class EngineKind : std::uint8_t { Sqlite, Postgres, SqlServer };

// ---- stores, encryption, compression ----

enum class LockMode : std::uint8_t { Governance, Compliance };
struct StoreLock {
    LockMode mode = LockMode::Compliance;
    Period for_period;
};
struct StoreSpec {
    StoreName name;
    std::string url;                  // "file:///srv/backups", "s3://…"; never a secret.
    std::string site;                 // Where it stands; empty when not said.
    std::optional<StoreLock> lock;
};

// Where a secret comes from; the text after the colon is never the secret itself.
enum class SecretKind : std::uint8_t { Environment, File, Command };
struct SecretSource {
    SecretKind kind = SecretKind::Environment;
    std::string value;                // A variable's name, a path, or a command line split on blanks.
    bool operator==(const SecretSource&) const = default;
};
struct EncryptionSpec {
    bool enabled = true;              // `encryption: none` turns it off.
    SecretSource key{SecretKind::Environment, "BACKUP_ENCRYPTION_KEY"};
    std::optional<Period> rotate_every;
};

enum class CompressionKind : std::uint8_t { None, Gzip, Zstd };
struct CompressionSpec {
    CompressionKind kind = CompressionKind::Zstd;
    std::optional<int> level;         // The kind's own scale; its default when not said.
    bool operator==(const CompressionSpec&) const = default;
};

// ---- what must hold ----

struct Floor {
    bool encrypted = false;
    int locked_copies = 0;
    std::optional<Period> drill_max_age;
    int approvals = 0;                // People other than the one who asks.
    int survive_missed_runs = 0;
};
struct EnvironmentSpec {
    EnvironmentName name;
    std::optional<Duration> rpo;
    std::optional<Duration> rto;
    std::vector<StoreName> copies;    // The first is the one a backup is written to; the others get copies.
    Floor floor;
};

// ---- how ----

struct CronSpec { std::string line; bool operator==(const CronSpec&) const = default; };      // Five fields, wall clock in the policy's zone.
struct EverySpec { Duration every{0}; bool operator==(const EverySpec&) const = default; };   // Elapsed time, aligned to the Unix epoch.
struct ContinuousSpec { bool operator==(const ContinuousSpec&) const = default; };             // Logs only.
using When = std::variant<CronSpec, EverySpec, ContinuousSpec>;

// What a logical backup holds of a server; empty lists: everything.
struct DumpSelection {
    std::vector<std::string> databases;       // By name.
    std::vector<std::string> schemas, tables; // As the engine's own program for dumps reads such a word: "sales", "sales.order_*".
    bool schema_only = false;                 // Definitions without rows.
    bool is_all() const { return databases.empty() && schemas.empty() && tables.empty() && !schema_only; }
    bool operator==(const DumpSelection&) const = default;
};

struct BackupRule {
    BackupKind kind = BackupKind::Full;
    When when;
    std::optional<Duration> start_within;   // After the slot's instant; later it counts as missed.
    std::optional<Duration> finish_within;  // After it started; then it is stopped and has failed.
    bool after_exec = false;                // Also when a command that `runbook exec` follows has ended.
    DumpSelection dump = {};                // Of a logical one.
    bool operator==(const BackupRule&) const = default;
};

struct RetentionRule {
    std::optional<Period> any_second;  // Logs are kept: any moment in this span can be recovered.
    std::optional<Period> daily;       // Time covered, not a count: one point per calendar day for so long.
    std::optional<Period> weekly;      // ISO weeks.
    std::optional<Period> monthly;
    int at_least = 1;                  // Never fewer sound points than this.
    bool empty() const { return !any_second && !daily && !weekly && !monthly; }
    bool operator==(const RetentionRule&) const = default;
};

enum class VerifyDepth : std::uint8_t { None, Checksum, Restore };
struct VerifyRule {
    VerifyDepth after_backup = VerifyDepth::Checksum;
    std::optional<Period> integrity_every;
    bool operator==(const VerifyRule&) const = default;
};

struct BackupPolicy {
    PolicyName name;
    std::vector<BackupRule> backups;   // At most one of each kind, in the order of BackupKind.
    RetentionRule retention;
    VerifyRule verify;
};

// ---- which ----

struct ApplicationSpec {
    std::vector<std::string> stop, start, repoint;   // Argument lists; empty when not said.
    std::optional<std::string> probe_sql;
    std::vector<std::string> probe_command;
};
// A server that replays the log of the live one and can take its place.
struct StandbySpec {
    std::string connection;            // As DatabaseSpec::connection; empty: there is none.
    std::vector<std::string> fence;    // Makes sure that the old primary takes no writes any more; an argument list.
};
// How the server of a database is reached from its own machine, where it is to be stopped and its files replaced.
struct ServerSpec {
    std::string data;                                // Its data directory, absolute; empty: the running server is asked.
    std::vector<std::string> stop, start;            // Argument lists; empty: its own programs, as its owner.
    bool operator==(const ServerSpec&) const = default;
};
struct DatabaseSpec {
    DatabaseName name;
    EngineKind engine = EngineKind::Sqlite;
    EnvironmentName environment;
    PolicyName policy;
    std::string path;                  // SQLite: the file; absolute after loading (relative ones start at the policy folder's parent).
    std::string connection;            // Servers: "service=…", "env:NAME", "file:PATH"; never a password.
    std::string owner;
    ApplicationSpec application;
    StandbySpec standby;
    ServerSpec server;
};

struct ScenarioSpec { std::string name; std::string runbook; };
struct DrillSpec {
    std::string name;
    std::vector<DatabaseName> databases;             // Given one by one …
    std::optional<EnvironmentName> environment;      // … or all of an environment.
    When when;
    std::string runbook;
    std::optional<Period> random_within;             // Otherwise the newest point.
    std::optional<Duration> finish_within;           // Nothing and `finish_within_rto`: the environment's RTO.
    bool finish_within_rto = false;
    std::vector<std::string> checks;
};
struct MailSpec {
    std::string server;                              // "smtp://mail.example.org:587", "smtps://mail.example.org".
    std::string from;
    std::vector<std::string> to;
    std::string user;                                // Empty: without signing in.
    std::optional<SecretSource> password;
    bool tls = true;                                 // Not: only to this machine.
};
// One way of telling: a command, a webhook or a mail.
struct NotifySpec {
    std::string name;
    std::vector<std::string> command;
    std::string url;                                 // "https://…"; empty where a secret place holds it …
    std::optional<SecretSource> url_from;            // … this one.
    std::optional<MailSpec> mail;
    std::string ca;                                  // A file of certificates to trust instead of the system's; absolute, or empty.
    Duration remind_every = std::chrono::hours(24);
    std::vector<NoticeEvent> on;
};
enum class Role : std::uint8_t { Operator, Approver, Auditor };
struct Person {
    std::string name;
    std::string public_key;                          // "ed25519:" and 32 bytes in base64.
    std::vector<Role> roles;
};
struct Waiver {
    std::string check;
    std::optional<DatabaseName> database;            // Nothing: all of them.
    std::string because, asked_by, approved_by;
    std::chrono::sys_days until{};                   // Ends at 00:00 UTC of this day.
};

struct Policy {
    std::string timezone = "UTC";                    // IANA name.
    std::filesystem::path folder;                    // Where it was read from.
    std::filesystem::path state;                     // Absolute.
    std::vector<StoreSpec> stores;
    EncryptionSpec encryption;
    CompressionSpec compression;
    std::vector<EnvironmentSpec> environments;
    std::vector<BackupPolicy> policies;
    std::vector<DatabaseSpec> databases;
    std::vector<ScenarioSpec> scenarios;
    std::vector<DrillSpec> drills;
    std::vector<NotifySpec> notify;
    std::vector<Person> people;
    std::vector<Waiver> waivers;

    // Each returns nullptr where there is none of that name.
    const StoreSpec* store(const StoreName& name) const;
    const EnvironmentSpec* environment(const EnvironmentName& name) const;
    const BackupPolicy* policy(const PolicyName& name) const;
    const DatabaseSpec* database(const DatabaseName& name) const;
};

// The words of the language for each enumeration, in the order of the enumeration.
std::string_view name_of(BackupKind kind);       // full, incremental, log, logical, raw
std::string_view name_of(EngineKind kind);       // sqlite, postgres, sqlserver
std::string_view name_of(CompressionKind kind);  // none, gzip, zstd
std::string_view name_of(VerifyDepth depth);     // none, checksum, restore
std::string_view name_of(Role role);             // operator, approver, auditor
std::string_view name_of(LockMode mode);         // governance, compliance
std::optional<BackupKind> parse_backup_kind(std::string_view text);
std::optional<EngineKind> parse_engine_kind(std::string_view text);

}  // namespace holdfast
