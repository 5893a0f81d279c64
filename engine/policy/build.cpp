#include "engine/policy/build.hpp"

#include <algorithm>

#include "engine/policy/language.hpp"
#include "engine/policy/values.hpp"
#include "engine/schedule/cron.hpp"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

// ---- scalars, each quietly left alone where it is absent or wrong ----

void read(const TreeNode* node, std::string& into) {
    if (node != nullptr && node->is_scalar()) into = node->text;
}
template <typename Tag>
void read(const TreeNode* node, StrongText<Tag>& into) {
    read(node, into.text);
}
void read(const TreeNode* node, std::optional<std::string>& into) {
    if (node != nullptr && node->is_scalar()) into = node->text;
}
template <typename Tag>
void read(const TreeNode* node, std::optional<StrongText<Tag>>& into) {
    if (node != nullptr && node->is_scalar()) into = StrongText<Tag>(node->text);
}
void read(const TreeNode* node, std::optional<Duration>& into) {
    if (node != nullptr && node->is_scalar()) into = parse_duration(node->text);
}
void read(const TreeNode* node, std::optional<Period>& into) {
    if (node != nullptr && node->is_scalar()) into = parse_period(node->text);
}
void read(const TreeNode* node, int& into) {
    if (node != nullptr && node->is_scalar()) into = parse_whole(node->text).value_or(into);
}
void read(const TreeNode* node, bool& into) {
    if (node != nullptr && node->is_scalar()) into = node->text == "true";
}
void read(const TreeNode* node, std::vector<std::string>& into) {
    if (node == nullptr || !node->is_list()) return;
    for (const TreeEntry& item : node->entries) into.push_back(item.value.text);
}
template <typename Tag>
void read(const TreeNode* node, std::vector<StrongText<Tag>>& into) {
    if (node == nullptr || !node->is_list()) return;
    for (const TreeEntry& item : node->entries) into.emplace_back(item.value.text);
}

// Absent maps read as empty ones.
const TreeNode& map_at(const TreeNode& node, std::string_view key) {
    static const TreeNode nothing;
    const TreeNode* found = node.find(key);
    return found != nullptr && found->is_map() ? *found : nothing;
}

template <typename Row, typename Read>
void read_names(const TreeNode& root, std::string_view key, std::vector<Row>& rows, Read read_row) {
    const TreeNode& map = map_at(root, key);
    rows.reserve(map.entries.size());
    for (const TreeEntry& entry : map.entries) {
        Row row;
        row.name = decltype(row.name)(entry.key);
        if (entry.value.is_map()) read_row(entry.value, row);
        rows.push_back(std::move(row));
    }
}

// ---- places ----

fs::path beside(const fs::path& folder, const std::string& path) {
    return path.empty() ? fs::path() : (folder.parent_path() / path).lexically_normal();
}

// "file:backups" → "file:///srv/app/backups".
std::string whole_url(const std::string& url, const fs::path& folder) {
    constexpr std::string_view kFile = "file:";
    if (!url.starts_with(kFile) || url.starts_with("file://")) return url;
    return "file://" + beside(folder, url.substr(kFile.size())).string();
}

// Files that hold a secret are meant from beside the policy folder as well.
std::optional<SecretSource> secret_place(const TreeNode* node, const fs::path& folder) {
    if (node == nullptr || !node->is_scalar()) return std::nullopt;
    auto source = parse_secret_source(node->text);
    if (source && source->kind == SecretKind::File) source->value = beside(folder, source->value).string();
    return source;
}

// ---- the top-level keys ----

void read_store(const TreeNode& node, const fs::path& folder, StoreSpec& store) {
    read(node.find("url"), store.url);
    store.url = whole_url(store.url, folder);
    read(node.find("site"), store.site);
    const TreeNode* lock = node.find("lock");
    if (lock == nullptr || !lock->is_map()) return;
    std::string mode;
    std::optional<Period> span;
    read(lock->find("mode"), mode);
    read(lock->find("for"), span);
    store.lock = StoreLock{mode == name_of(LockMode::Governance) ? LockMode::Governance : LockMode::Compliance, span.value_or(Period{})};
}

void read_encryption(const TreeNode& root, const fs::path& folder, EncryptionSpec& encryption) {
    const TreeNode* node = root.find("encryption");
    if (node == nullptr) return;
    encryption.enabled = !(node->is_scalar() && node->text == "none");
    encryption.key = secret_place(node->find("key"), folder).value_or(encryption.key);
    read(node->find("rotate_every"), encryption.rotate_every);
}

void read_environment(const TreeNode& node, EnvironmentSpec& environment) {
    read(node.find("rpo"), environment.rpo);
    read(node.find("rto"), environment.rto);
    read(node.find("copies"), environment.copies);
    const TreeNode& floor = map_at(node, "floor");
    read(floor.find("encrypted"), environment.floor.encrypted);
    read(floor.find("locked_copies"), environment.floor.locked_copies);
    read(floor.find("drill_max_age"), environment.floor.drill_max_age);
    read(floor.find("approvals"), environment.floor.approvals);
    read(floor.find("survive_missed_runs"), environment.floor.survive_missed_runs);
}

When read_when(const TreeNode& node) {
    if (node.is_scalar()) return ContinuousSpec{};   // The only word that stands in place of a schedule.
    std::string line;
    read(node.find("cron"), line);
    if (!line.empty() && !check_cron(line)) return CronSpec{line};
    std::optional<Duration> every;
    read(node.find("every"), every);
    return EverySpec{every.value_or(Duration(0))};
}

void read_backup_policy(const TreeNode& node, BackupPolicy& policy) {
    const TreeNode& backups = map_at(node, "backups");
    for (const BackupKind kind : {BackupKind::Full, BackupKind::Incremental, BackupKind::Log, BackupKind::Logical}) {
        const TreeNode* rule_node = backups.find(name_of(kind));
        if (rule_node == nullptr) continue;
        BackupRule rule{.kind = kind, .when = read_when(*rule_node), .start_within = std::nullopt, .finish_within = std::nullopt, .after_exec = false, .dump = {}};
        read(rule_node->find("start_within"), rule.start_within);
        read(rule_node->find("finish_within"), rule.finish_within);
        read(rule_node->find("after_exec"), rule.after_exec);
        read(rule_node->find("databases"), rule.dump.databases);
        read(rule_node->find("schemas"), rule.dump.schemas);
        read(rule_node->find("tables"), rule.dump.tables);
        read(rule_node->find("schema_only"), rule.dump.schema_only);
        policy.backups.push_back(std::move(rule));
    }
    const TreeNode& retention = map_at(node, "retention");
    read(retention.find("any_second"), policy.retention.any_second);
    read(retention.find("daily"), policy.retention.daily);
    read(retention.find("weekly"), policy.retention.weekly);
    read(retention.find("monthly"), policy.retention.monthly);
    read(retention.find("at_least"), policy.retention.at_least);
    const TreeNode& verify = map_at(node, "verify");
    std::string depth;
    read(verify.find("after_backup"), depth);
    for (const VerifyDepth known : {VerifyDepth::None, VerifyDepth::Checksum, VerifyDepth::Restore}) {
        if (depth == name_of(known)) policy.verify.after_backup = known;
    }
    read(verify.find("integrity_every"), policy.verify.integrity_every);
}

// The file that holds the words of a connection lies beside the policy folder, as other paths do.
std::string place_of_words(const fs::path& folder, const std::string& connection) {
    return connection.starts_with("file:") ? "file:" + beside(folder, connection.substr(5)).string() : connection;
}

void read_database(const TreeNode& node, const fs::path& folder, DatabaseSpec& database) {
    std::string engine;
    read(node.find("engine"), engine);
    database.engine = parse_engine_kind(engine).value_or(EngineKind::Sqlite);
    read(node.find("environment"), database.environment);
    read(node.find("policy"), database.policy);
    read(node.find("path"), database.path);
    database.path = beside(folder, database.path).string();
    read(node.find("connection"), database.connection);
    database.connection = place_of_words(folder, database.connection);
    read(node.find("owner"), database.owner);
    const TreeNode& application = map_at(node, "application");
    read(application.find("stop"), database.application.stop);
    read(application.find("start"), database.application.start);
    read(application.find("repoint"), database.application.repoint);
    const TreeNode& probe = map_at(application, "probe");
    read(probe.find("sql"), database.application.probe_sql);
    read(probe.find("command"), database.application.probe_command);
    const TreeNode& standby = map_at(node, "standby");
    read(standby.find("connection"), database.standby.connection);
    database.standby.connection = place_of_words(folder, database.standby.connection);
    read(standby.find("fence"), database.standby.fence);
    const TreeNode& server = map_at(node, "server");
    read(server.find("data"), database.server.data);
    database.server.data = beside(folder, database.server.data).string();
    read(server.find("stop"), database.server.stop);
    read(server.find("start"), database.server.start);
}

void read_drill(const TreeNode& node, DrillSpec& drill) {
    read(node.find("databases"), drill.databases);
    read(map_at(node, "databases").find("environment"), drill.environment);
    drill.when = read_when(node);
    read(node.find("runbook"), drill.runbook);
    read(map_at(node, "point").find("random_within"), drill.random_within);
    const TreeNode& must = map_at(node, "must");
    const TreeNode* finish = must.find("finish_within");
    drill.finish_within_rto = finish != nullptr && finish->text == "rto";
    if (!drill.finish_within_rto) read(finish, drill.finish_within);
    read(must.find("checks"), drill.checks);
}

MailSpec read_mail(const TreeNode& node, const fs::path& folder) {
    MailSpec mail;
    read(node.find("server"), mail.server);
    read(node.find("from"), mail.from);
    read(node.find("to"), mail.to);
    read(node.find("user"), mail.user);
    mail.password = secret_place(node.find("password"), folder);
    const TreeNode* tls = node.find("tls");
    mail.tls = tls == nullptr || tls->text != "none";
    return mail;
}

void read_notify(const TreeNode& node, const fs::path& folder, NotifySpec& notify) {
    read(node.find("command"), notify.command);
    notify.url_from = secret_place(node.find("url"), folder);
    if (!notify.url_from) read(node.find("url"), notify.url);
    if (const TreeNode* mail = node.find("mail"); mail != nullptr && mail->is_map()) notify.mail = read_mail(*mail, folder);
    read(node.find("ca"), notify.ca);
    notify.ca = beside(folder, notify.ca).string();
    std::optional<Duration> remind;
    read(node.find("remind_every"), remind);
    notify.remind_every = remind.value_or(notify.remind_every);
    std::vector<std::string> words;
    read(node.find("on"), words);
    for (const std::string& word : words) {
        if (const auto event = parse_notice_event(word)) notify.on.push_back(*event);
    }
}

void read_person(const TreeNode& node, Person& person) {
    read(node.find("public_key"), person.public_key);
    std::vector<std::string> words;
    read(node.find("roles"), words);
    for (const Role role : {Role::Operator, Role::Approver, Role::Auditor}) {
        if (std::ranges::find(words, name_of(role)) != words.end()) person.roles.push_back(role);
    }
}

void read_waivers(const TreeNode& root, std::vector<Waiver>& waivers) {
    const TreeNode* list = root.find("waivers");
    if (list == nullptr || !list->is_list()) return;
    for (const TreeEntry& item : list->entries) {
        if (!item.value.is_map()) continue;
        Waiver waiver;
        read(item.value.find("check"), waiver.check);
        read(item.value.find("database"), waiver.database);
        read(item.value.find("because"), waiver.because);
        read(item.value.find("asked_by"), waiver.asked_by);
        read(item.value.find("approved_by"), waiver.approved_by);
        std::string until;
        read(item.value.find("until"), until);
        waiver.until = parse_policy_date(until).value_or(std::chrono::sys_days{});
        waivers.push_back(std::move(waiver));
    }
}

}  // namespace

Policy build_policy(const TreeNode& root, const fs::path& folder) {
    Policy policy;
    policy.folder = folder;
    read(root.find("timezone"), policy.timezone);
    std::string state = find_language_key({"state"})->fallback, compression;
    read(root.find("state"), state);
    policy.state = beside(folder, state);
    read_encryption(root, folder, policy.encryption);
    read(root.find("compression"), compression);
    if (const auto spec = parse_compression(compression)) policy.compression = *spec;
    read_names(root, "stores", policy.stores, [&](const TreeNode& node, StoreSpec& row) { read_store(node, folder, row); });
    read_names(root, "environments", policy.environments, read_environment);
    read_names(root, "policies", policy.policies, read_backup_policy);
    read_names(root, "databases", policy.databases, [&](const TreeNode& node, DatabaseSpec& row) { read_database(node, folder, row); });
    read_names(root, "scenarios", policy.scenarios, [](const TreeNode& node, ScenarioSpec& row) { read(node.find("runbook"), row.runbook); });
    read_names(root, "drills", policy.drills, read_drill);
    read_names(root, "notify", policy.notify, [&](const TreeNode& node, NotifySpec& row) { read_notify(node, folder, row); });
    read_names(root, "people", policy.people, read_person);
    read_waivers(root, policy.waivers);
    return policy;
}

}  // namespace holdfast
