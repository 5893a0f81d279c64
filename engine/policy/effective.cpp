#include "engine/policy/effective.hpp"

#include <algorithm>
#include <map>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/values.hpp"

namespace holdfast {
namespace {

using Path = std::vector<std::string>;

std::string text_of(const std::string& value) { return value; }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(int value) { return std::to_string(value); }
std::string text_of(const Duration& value) { return to_text(value); }
std::string text_of(const Period& value) { return to_text(value); }
std::string text_of(const std::vector<std::string>& values) {
    std::vector<std::string> quoted;
    for (const std::string& value : values) {
        const bool plain = !value.empty() && value.find_first_of(" ,[]\"\n\t\\") == std::string::npos;
        quoted.push_back(plain ? value : fmt::format("\"{}\"", printable(value, value.size() * 4)));
    }
    return fmt::format("[{}]", join(quoted, ", "));
}
template <typename Tag>
std::string text_of(const std::vector<StrongText<Tag>>& values) {
    std::vector<std::string> names;
    for (const auto& value : values) names.push_back(value.str());
    return text_of(names);
}
std::string text_of(const SecretSource& source) {
    switch (source.kind) {
        case SecretKind::Environment: return "env:" + source.value;
        case SecretKind::File: return "file:" + source.value;
        case SecretKind::Command: return "command:" + source.value;
    }
    return {};
}

// Fields under one place of the folder: {"environments", "prod"} as "floor.…", or with a prefix in front.
class FieldList {
public:
    // What follows stands below `base` and is called `prefix` plus its own name.
    void below(Path base, std::string prefix = {}) {
        base_ = std::move(base);
        prefix_ = std::move(prefix);
    }
    // `name` is the way from the base, with dots.
    template <typename Value>
    void add(const std::string& name, const Value& value) {
        Path path = base_;
        for (std::string& part : split(name, '.')) path.push_back(std::move(part));
        fields_.push_back({prefix_ + name, text_of(value), std::move(path)});
    }
    template <typename Value>
    void add(const std::string& name, const std::optional<Value>& value) {
        if (value) add(name, *value);
    }
    void add_unless_empty(const std::string& name, const auto& value) {
        if (!value.empty()) add(name, value);
    }
    std::vector<EffectiveField> take() { return std::move(fields_); }

private:
    Path base_;
    std::string prefix_;
    std::vector<EffectiveField> fields_;
};

void add_when(FieldList& fields, const std::string& name, const When& when) {
    if (const auto* cron = std::get_if<CronSpec>(&when)) fields.add(name + "cron", cron->line);
    else if (const auto* every = std::get_if<EverySpec>(&when)) fields.add(name + "every", every->every);
}

void add_database(FieldList& fields, const DatabaseSpec& database) {
    fields.below({"databases", database.name.str()});
    fields.add("engine", std::string(name_of(database.engine)));
    fields.add("environment", database.environment.str());
    fields.add("policy", database.policy.str());
    fields.add_unless_empty("path", database.path);
    fields.add_unless_empty("connection", database.connection);
    fields.add_unless_empty("owner", database.owner);
    fields.add_unless_empty("application.stop", database.application.stop);
    fields.add_unless_empty("application.start", database.application.start);
    fields.add_unless_empty("application.repoint", database.application.repoint);
    fields.add("application.probe.sql", database.application.probe_sql);
    fields.add_unless_empty("application.probe.command", database.application.probe_command);
    fields.add_unless_empty("standby.connection", database.standby.connection);
    fields.add_unless_empty("standby.fence", database.standby.fence);
    fields.add_unless_empty("server.data", database.server.data);
    fields.add_unless_empty("server.stop", database.server.stop);
    fields.add_unless_empty("server.start", database.server.start);
}

void add_environment(FieldList& fields, const EnvironmentSpec& environment) {
    fields.below({"environments", environment.name.str()});
    fields.add("rpo", environment.rpo);
    fields.add("rto", environment.rto);
    fields.add("copies", environment.copies);
    fields.add("floor.encrypted", environment.floor.encrypted);
    fields.add("floor.locked_copies", environment.floor.locked_copies);
    fields.add("floor.drill_max_age", environment.floor.drill_max_age);
    fields.add("floor.approvals", environment.floor.approvals);
    fields.add("floor.survive_missed_runs", environment.floor.survive_missed_runs);
}

void add_backup_policy(FieldList& fields, const BackupPolicy& policy) {
    fields.below({"policies", policy.name.str()});
    for (const BackupRule& rule : policy.backups) {
        const std::string name = fmt::format("backups.{}", name_of(rule.kind));
        if (std::holds_alternative<ContinuousSpec>(rule.when)) fields.add(name, std::string("continuous"));
        add_when(fields, name + ".", rule.when);
        fields.add(name + ".start_within", rule.start_within);
        fields.add(name + ".finish_within", rule.finish_within);
        if (rule.after_exec) fields.add(name + ".after_exec", rule.after_exec);
        if (rule.kind != BackupKind::Logical) continue;
        fields.add_unless_empty(name + ".databases", rule.dump.databases);
        fields.add_unless_empty(name + ".schemas", rule.dump.schemas);
        fields.add_unless_empty(name + ".tables", rule.dump.tables);
        fields.add(name + ".schema_only", rule.dump.schema_only);
    }
    fields.add("retention.any_second", policy.retention.any_second);
    fields.add("retention.daily", policy.retention.daily);
    fields.add("retention.weekly", policy.retention.weekly);
    fields.add("retention.monthly", policy.retention.monthly);
    fields.add("retention.at_least", policy.retention.at_least);
    fields.add("verify.after_backup", std::string(name_of(policy.verify.after_backup)));
    fields.add("verify.integrity_every", policy.verify.integrity_every);
}

void add_folder(FieldList& fields, const Policy& policy) {
    fields.below({});
    fields.add("timezone", policy.timezone);
    fields.add("state", policy.state.string());
    if (!policy.encryption.enabled) {
        fields.add("encryption", std::string("none"));
    } else {
        fields.add("encryption.key", policy.encryption.key);
        fields.add("encryption.rotate_every", policy.encryption.rotate_every);
    }
    fields.add("compression", policy.compression.kind == CompressionKind::None ? std::string("none") : to_text(policy.compression));
}

void add_store(FieldList& fields, const StoreSpec& store) {
    fields.below({"stores", store.name.str()}, fmt::format("stores.{}.", store.name.str()));
    fields.add("url", store.url);
    fields.add_unless_empty("site", store.site);
    if (!store.lock) return;
    fields.add("lock.mode", std::string(name_of(store.lock->mode)));
    fields.add("lock.for", store.lock->for_period);
}

void add_drill(FieldList& fields, const DrillSpec& drill) {
    fields.below({"drills", drill.name}, fmt::format("drills.{}.", drill.name));
    fields.add_unless_empty("databases", drill.databases);
    if (drill.environment) fields.add("databases.environment", drill.environment->str());
    add_when(fields, "", drill.when);
    fields.add("runbook", drill.runbook);
    if (drill.random_within) fields.add("point.random_within", *drill.random_within);
    else fields.add("point", std::string("newest"));
    if (drill.finish_within_rto) fields.add("must.finish_within", std::string("rto"));
    fields.add("must.finish_within", drill.finish_within);
    fields.add_unless_empty("must.checks", drill.checks);
}

void add_mail(FieldList& fields, const MailSpec& mail) {
    fields.add("mail.server", mail.server);
    fields.add("mail.from", mail.from);
    fields.add("mail.to", mail.to);
    fields.add_unless_empty("mail.user", mail.user);
    fields.add("mail.password", mail.password);
    fields.add("mail.tls", std::string(mail.tls ? "required" : "none"));
}

// What stands beside the databases.
void add_others(FieldList& fields, const Policy& policy) {
    for (const ScenarioSpec& scenario : policy.scenarios) {
        fields.below({"scenarios", scenario.name}, fmt::format("scenarios.{}.", scenario.name));
        fields.add("runbook", scenario.runbook);
    }
    for (const DrillSpec& drill : policy.drills) add_drill(fields, drill);
    for (const NotifySpec& notify : policy.notify) {
        fields.below({"notify", notify.name}, fmt::format("notify.{}.", notify.name));
        fields.add_unless_empty("command", notify.command);
        fields.add("url", notify.url_from);
        fields.add_unless_empty("url", notify.url);
        if (notify.mail) add_mail(fields, *notify.mail);
        fields.add_unless_empty("ca", notify.ca);
        fields.add("remind_every", notify.remind_every);
        std::vector<std::string> events;
        for (const NoticeEvent event : notify.on) events.emplace_back(name_of(event));
        fields.add("on", events);
    }
    for (const Person& person : policy.people) {
        fields.below({"people", person.name}, fmt::format("people.{}.", person.name));
        fields.add("public_key", person.public_key);
        std::vector<std::string> roles;
        for (const Role role : person.roles) roles.emplace_back(name_of(role));
        fields.add("roles", roles);
    }
    for (std::size_t i = 0; i < policy.waivers.size(); ++i) {
        const Waiver& waiver = policy.waivers[i];
        fields.below({"waivers", std::to_string(i)}, fmt::format("waivers.{}.", i));
        fields.add("check", waiver.check);
        if (waiver.database) fields.add("database", waiver.database->str());
        fields.add("because", waiver.because);
        fields.add("asked_by", waiver.asked_by);
        fields.add("approved_by", waiver.approved_by);
        fields.add("until", to_rfc3339(Instant(waiver.until)).substr(0, 10));
    }
}

const DatabaseSpec& require_database(const Policy& policy, const DatabaseName& name) {
    if (const DatabaseSpec* database = policy.database(name)) return *database;
    std::vector<std::string> names;
    for (const DatabaseSpec& database : policy.databases) names.push_back(database.name.str());
    const auto meant = closest_match(name.str(), names);
    throw Error(ErrorCode::Missing, fmt::format("the policy has no database {}", printable(name.str(), 100)),
                meant ? fmt::format("Did you mean {}?", *meant) : "`runbook policy check` lists what the policy protects.");
}

// Escaped, so that a line is one field whatever a value holds.
std::string lines_of(const std::vector<EffectiveField>& fields) {
    std::string text;
    for (const EffectiveField& field : fields) text += fmt::format("{} = {}\n", field.field, printable(field.value, field.value.size() * 4 + 1));
    return text;
}

std::vector<EffectiveField> fields_of(const Policy& policy, const DatabaseSpec& database) {
    FieldList fields;
    add_database(fields, database);
    const EnvironmentSpec* environment = policy.environment(database.environment);
    if (environment != nullptr) add_environment(fields, *environment);
    if (const BackupPolicy* how = policy.policy(database.policy)) add_backup_policy(fields, *how);
    add_folder(fields, policy);
    for (const StoreSpec& store : policy.stores) {
        if (environment != nullptr && std::ranges::find(environment->copies, store.name) != environment->copies.end()) add_store(fields, store);
    }
    return fields.take();
}

}  // namespace

std::vector<EffectiveField> effective_fields(const Policy& policy, const DatabaseName& database) {
    return fields_of(policy, require_database(policy, database));
}

std::string effective_text(const Policy& policy, const DatabaseName& database) {
    return fmt::format("database {}\n{}", database.str(), lines_of(effective_fields(policy, database)));
}

std::string effective_text(const Policy& policy) {
    std::map<std::string, const DatabaseSpec*> sorted;
    for (const DatabaseSpec& database : policy.databases) sorted.emplace(database.name.str(), &database);
    std::string text;
    for (const auto& [name, database] : sorted) text += fmt::format("database {}\n{}", name, lines_of(fields_of(policy, *database)));
    FieldList others;
    add_others(others, policy);
    return text + "folder\n" + lines_of(others.take());
}

}  // namespace holdfast
