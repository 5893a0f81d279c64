#include "engine/policy/language.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/model/policy.hpp"

namespace holdfast {
namespace {

using Rows = std::vector<LanguageKey>;
using Kind = ValueKind;

LanguageKey row(std::string path, Kind kind, std::string advice, std::string example) {
    LanguageKey key;
    key.path = std::move(path);
    key.kind = kind;
    key.advice = std::move(advice);
    key.example = std::move(example);
    return key;
}
LanguageKey needed(LanguageKey key, Need need = Need::Always) {
    key.need = need;
    return key;
}
LanguageKey with_fallback(LanguageKey key, std::string fallback) {
    key.fallback = std::move(fallback);
    return key;
}
LanguageKey with_words(LanguageKey key, std::vector<std::string> words) {
    key.words = std::move(words);
    return key;
}
LanguageKey naming(LanguageKey key, std::string refers_to) {
    key.refers_to = std::move(refers_to);
    return key;
}
LanguageKey grouped(LanguageKey key, std::string group) {
    key.group = std::move(group);
    return key;
}
LanguageKey ranged(LanguageKey key, int least, int most) {
    key.least = least;
    key.most = most;
    return key;
}

void add_folder_keys(Rows& rows) {
    rows.push_back(needed(ranged(row("version", Kind::Whole, "The version of this language. Every file states it.", "1"), 1, 1)));
    rows.push_back(with_fallback(row("timezone", Kind::Zone, "The IANA zone in which cron lines, days, weeks and months are meant.", "Europe/Berlin"), "UTC"));
    rows.push_back(with_fallback(row("state", Kind::Path, "The folder of catalog, journals and audit chain. A relative path starts beside the policy folder.", "/var/lib/holdfast"), ".holdfast"));
}

void add_store_keys(Rows& rows) {
    rows.push_back(needed(row("stores", Kind::Names, "Places for backup bytes.", ""), Need::OnceInFolder));
    rows.push_back(row("stores.*", Kind::Map, "One place, under a name of your own.", ""));
    rows.push_back(needed(row("stores.*.url", Kind::StoreUrl, "Where it is: `file:///…`, `s3://…`, `azure://…` or `sftp://…`. It holds no secret; credentials come from where the store's own tools look for them.", "file:///srv/backups")));
    rows.push_back(row("stores.*.site", Kind::Text, "The building or region it stands in, for rules about copies in two places.", "berlin"));
    rows.push_back(row("stores.*.lock", Kind::Map, "Object lock: what was written cannot be deleted for a while, by anybody.", ""));
    rows.push_back(with_words(with_fallback(row("stores.*.lock.mode", Kind::Word, "`governance` can be lifted by the store's administrator, `compliance` by nobody.", "compliance"), "compliance"), {"governance", "compliance"}));
    rows.push_back(needed(row("stores.*.lock.for", Kind::Span, "For how long.", "14d")));
}

void add_protection_keys(Rows& rows) {
    rows.push_back(with_words(row("encryption", Kind::Map, "AES-256-GCM for everything that is stored, or `none`.", "none"), {"none"}));
    rows.push_back(with_fallback(row("encryption.key", Kind::SecretPlace, "Where the master key is: `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENTS`. Never the key itself.", "env:BACKUP_ENCRYPTION_KEY"), "env:BACKUP_ENCRYPTION_KEY"));
    rows.push_back(row("encryption.rotate_every", Kind::Span, "After how long the master key is due to be replaced.", "90d"));
    rows.push_back(with_fallback(row("compression", Kind::Compression, "`zstd`, `gzip` or `none`, with a level after a colon if you like (zstd 1 to 19, gzip 1 to 9).", "zstd:9"), "zstd"));
}

void add_environment_keys(Rows& rows) {
    rows.push_back(needed(row("environments", Kind::Names, "What must hold, for a group of databases.", ""), Need::OnceInFolder));
    rows.push_back(row("environments.*", Kind::Map, "One environment, under a name of your own.", ""));
    rows.push_back(row("environments.*.rpo", Kind::Elapsed, "The most work, in time, that a disaster may cost.", "15m"));
    rows.push_back(row("environments.*.rto", Kind::Elapsed, "The longest that recovery may take.", "1h"));
    rows.push_back(needed(naming(row("environments.*.copies", Kind::References, "The stores that hold the backups. They are written to the first and copied to the others.", "[local, offsite]"), "stores")));
    rows.push_back(row("environments.*.floor", Kind::Map, "What no policy, database or folder setting may go under.", ""));
    rows.push_back(with_fallback(row("environments.*.floor.encrypted", Kind::YesNo, "Backups must be encrypted.", "true"), "false"));
    rows.push_back(with_fallback(ranged(row("environments.*.floor.locked_copies", Kind::Whole, "How many of the copies must be in stores with a lock.", "1"), 0, 100), "0"));
    rows.push_back(row("environments.*.floor.drill_max_age", Kind::Span, "A drill must have covered each database within this time.", "35d"));
    rows.push_back(with_fallback(ranged(row("environments.*.floor.approvals", Kind::Whole, "How many people, other than the one who asks, must approve what changes a live database.", "2"), 0, 100), "0"));
    rows.push_back(with_fallback(ranged(row("environments.*.floor.survive_missed_runs", Kind::Whole, "The RPO must hold even if so many runs in a row fail.", "1"), 0, 100), "0"));
}

void add_backup_kind_keys(Rows& rows, BackupKind kind, std::string advice) {
    const std::string base = fmt::format("policies.*.backups.{}", name_of(kind));
    LanguageKey self = row(base, Kind::Map, std::move(advice), "");
    if (kind == BackupKind::Log) self = with_words(std::move(self), {"continuous"});
    rows.push_back(std::move(self));
    const bool often = kind == BackupKind::Log;
    rows.push_back(grouped(row(base + ".cron", Kind::CronLine, "When: five cron fields, wall clock in the policy's zone.", "\"0 2 * * *\""), "when"));
    rows.push_back(ranged(grouped(row(base + ".every", Kind::Elapsed, "When: at a fixed distance in elapsed time.", often ? "3m" : "6h"), "when"), 1, 0));
    rows.push_back(row(base + ".start_within", Kind::Elapsed, "After its time, how long it may still start; later it counts as missed.", often ? "1m" : "30m"));
    rows.push_back(row(base + ".finish_within", Kind::Elapsed, "After its start, how long it may take; then it is stopped and has failed.", often ? "2m" : "3h"));
    if (kind == BackupKind::Full || kind == BackupKind::Incremental) {
        rows.push_back(with_fallback(row(base + ".after_exec", Kind::YesNo, "Also take one when a command that `runbook exec` follows has ended: when the application is shut down.", "true"), "false"));
    }
}

void add_policy_keys(Rows& rows) {
    rows.push_back(needed(row("policies", Kind::Names, "How to back up.", ""), Need::OnceInFolder));
    rows.push_back(row("policies.*", Kind::Map, "One way of backing up, under a name of your own.", ""));
    rows.push_back(naming(row("policies.*.extends", Kind::Reference, "Another policy to start from. Maps merge, everything else replaces; `cron` replaces an inherited `every` and the other way round.", "chain"), "policies"));
    rows.push_back(needed(row("policies.*.backups", Kind::Map, "Which kinds of backup are made, and when.", ""), Need::AfterExtends));
    add_backup_kind_keys(rows, BackupKind::Full, "The whole database.");
    add_backup_kind_keys(rows, BackupKind::Incremental, "Only the pages that changed since an earlier recovery point.");
    add_backup_kind_keys(rows, BackupKind::Log, "The transactions in between, or `continuous` for a stream of them.");
    add_backup_kind_keys(rows, BackupKind::Logical, "A dump in the engine's own portable form (PostgreSQL: `pg_dump`). It can be loaded into another version, or in part; it cannot be followed by the log.");
    const std::string logical = fmt::format("policies.*.backups.{}.", name_of(BackupKind::Logical));
    rows.push_back(row(logical + "databases", Kind::Texts, "Which databases of the server; otherwise the one that the connection names, or all of them.", "[orders, billing]"));
    rows.push_back(row(logical + "schemas", Kind::Texts, "Only these schemas, as `pg_dump --schema` reads them.", "[sales]"));
    rows.push_back(row(logical + "tables", Kind::Texts, "Only these tables, as `pg_dump --table` reads them.", "[\"sales.order_*\"]"));
    rows.push_back(with_fallback(row(logical + "schema_only", Kind::YesNo, "Definitions without rows.", "true"), "false"));
    rows.push_back(row("policies.*.retention", Kind::Map, "What is kept. Each rule is a time that is covered, not a count. Without any rule everything is kept.", ""));
    rows.push_back(row("policies.*.retention.any_second", Kind::Span, "Any moment in the last so long can be recovered. Needs log backups.", "14d"));
    rows.push_back(row("policies.*.retention.daily", Kind::Span, "One point for each calendar day.", "30d"));
    rows.push_back(row("policies.*.retention.weekly", Kind::Span, "One point for each ISO week.", "3mo"));
    rows.push_back(row("policies.*.retention.monthly", Kind::Span, "One point for each month.", "12mo"));
    rows.push_back(with_fallback(ranged(row("policies.*.retention.at_least", Kind::Whole, "Never fewer good points than this, whatever their age.", "3"), 1, 100000), "1"));
    rows.push_back(row("policies.*.verify", Kind::Map, "How backups are checked.", ""));
    rows.push_back(with_words(with_fallback(row("policies.*.verify.after_backup", Kind::Word, "What is done at once: nothing, read every byte back, or restore it.", "checksum"), "checksum"), {"none", "checksum", "restore"}));
    rows.push_back(row("policies.*.verify.integrity_every", Kind::Span, "How often the database's own integrity check runs on a restored copy.", "7d"));
}

void add_database_keys(Rows& rows) {
    rows.push_back(row("databases", Kind::Names, "Which databases are protected.", ""));
    rows.push_back(row("databases.*", Kind::Map, "One database, under a name of your own. The name stays with its backups.", ""));
    rows.push_back(needed(with_words(row("databases.*.engine", Kind::Word, "What kind of database it is.", "sqlite"), {"sqlite", "postgres", "sqlserver"})));
    rows.push_back(needed(naming(row("databases.*.environment", Kind::Reference, "What must hold for it.", "prod"), "environments")));
    rows.push_back(needed(naming(row("databases.*.policy", Kind::Reference, "How it is backed up.", "chain"), "policies")));
    rows.push_back(row("databases.*.path", Kind::Path, "SQLite: the file. A relative path starts beside the policy folder.", "/srv/notes/notes.db"));
    rows.push_back(row("databases.*.connection", Kind::Connection, "Servers: the driver's own words, or `env:NAME` or `file:PATH` for where they are. Never a password.", "\"service=orders-prod\""));
    rows.push_back(row("databases.*.owner", Kind::Text, "Whom to ask about it.", "team-orders"));
    rows.push_back(row("databases.*.application", Kind::Map, "How what uses the database is stopped, started and asked whether it works.", ""));
    rows.push_back(row("databases.*.application.stop", Kind::Command, "Stops it.", "[\"systemctl\", \"stop\", \"orders-api\"]"));
    rows.push_back(row("databases.*.application.start", Kind::Command, "Starts it.", "[\"systemctl\", \"start\", \"orders-api\"]"));
    rows.push_back(row("databases.*.application.repoint", Kind::Command, "Points it at another copy of the database.", "[\"/usr/local/bin/repoint\", \"{location}\"]"));
    rows.push_back(row("databases.*.application.probe", Kind::Map, "Tells whether it works.", ""));
    rows.push_back(grouped(row("databases.*.application.probe.sql", Kind::Text, "A query that returns true.", "\"select count(*) > 0 from orders\""), "probe"));
    rows.push_back(grouped(row("databases.*.application.probe.command", Kind::Command, "A program that ends with status 0.", "[\"/usr/local/bin/orders-works\"]"), "probe"));
    rows.push_back(row("databases.*.standby", Kind::Map, "PostgreSQL: the server that replays its log and can take its place; what the runbook failover promotes.", ""));
    rows.push_back(needed(row("databases.*.standby.connection", Kind::Connection, "How it is reached, as `connection` above. Never a password.", "\"service=orders-standby\"")));
    rows.push_back(row("databases.*.standby.fence", Kind::Command, "Makes sure that the old primary takes no writes any more; ends with status 0 only when that is certain.", "[\"/usr/local/bin/fence\", \"orders-primary\"]"));
    rows.push_back(row("databases.*.server", Kind::Map, "Servers: how it is stopped and started on its own machine, where a runbook replaces its data directory. PostgreSQL needs nothing here, unless systemd or another supervisor keeps it.", ""));
    rows.push_back(row("databases.*.server.data", Kind::Path, "Its data directory. A running server is asked; one that is down cannot be.", "/var/lib/postgresql/15/main"));
    rows.push_back(row("databases.*.server.stop", Kind::Command, "Stops it and returns when it has ended.", "[\"systemctl\", \"stop\", \"postgresql@15-main\"]"));
    rows.push_back(row("databases.*.server.start", Kind::Command, "Starts it.", "[\"systemctl\", \"start\", \"postgresql@15-main\"]"));
}

void add_recovery_keys(Rows& rows) {
    rows.push_back(row("scenarios", Kind::Names, "Which runbook answers which disaster.", ""));
    rows.push_back(row("scenarios.*", Kind::Map, "A disaster: `accidental-deletion`, `corruption`, `total-failure` or one of your own.", ""));
    rows.push_back(needed(row("scenarios.*.runbook", Kind::Text, "The runbook's name.", "accidental-deletion")));
    rows.push_back(row("drills", Kind::Names, "Rehearsals: a runbook against a scratch copy, for evidence.", ""));
    rows.push_back(row("drills.*", Kind::Map, "One rehearsal, under a name of your own.", ""));
    rows.push_back(needed(naming(row("drills.*.databases", Kind::Map, "Which databases: a list of names, or all of an environment.", "[notes, orders]"), "databases")));
    rows.push_back(needed(naming(row("drills.*.databases.environment", Kind::Reference, "All databases of this environment.", "prod"), "environments")));
    rows.push_back(grouped(row("drills.*.cron", Kind::CronLine, "When: five cron fields, wall clock in the policy's zone.", "\"0 5 * * Sat\""), "when"));
    rows.push_back(ranged(grouped(row("drills.*.every", Kind::Elapsed, "When: at a fixed distance in elapsed time.", "7d"), "when"), 1, 0));
    rows.push_back(needed(row("drills.*.runbook", Kind::Text, "The runbook's name.", "total-failure")));
    rows.push_back(with_words(with_fallback(row("drills.*.point", Kind::Map, "Which recovery point: `newest`, or one by chance.", "newest"), "newest"), {"newest"}));
    rows.push_back(needed(row("drills.*.point.random_within", Kind::Span, "One by chance among those of the last so long.", "30d")));
    rows.push_back(row("drills.*.must", Kind::Map, "When it counts as passed.", ""));
    rows.push_back(with_words(row("drills.*.must.finish_within", Kind::Elapsed, "How long it may take; `rto` is the environment's.", "rto"), {"rto"}));
    rows.push_back(with_words(row("drills.*.must.checks", Kind::Words, "What must hold for the restored copy.", "[integrity, row-counts]"), {"integrity", "row-counts", "probe"}));
}

void add_people_keys(Rows& rows) {
    rows.push_back(row("notify", Kind::Names, "Whom to tell about what.", ""));
    rows.push_back(row("notify.*", Kind::Map, "One way of telling, under a name of your own.", ""));
    rows.push_back(grouped(row("notify.*.command", Kind::Command, fmt::format("A program to run, never through a shell; status 0 means that it was told. Filled in, each within its one argument: `{{{}}}`.", join(notice_placeholders(), "}`, `{")), "[\"/usr/local/bin/page\", \"{severity}\"]"), "way"));
    rows.push_back(grouped(row("notify.*.url", Kind::Url, "A web hook: JSON is posted to it. Where the URL itself is a secret: `env:NAME`, `file:PATH` or `command:PROGRAM` for where it is.", "\"env:ON_CALL_HOOK\""), "way"));
    rows.push_back(grouped(row("notify.*.mail", Kind::Map, "A mail.", ""), "way"));
    rows.push_back(needed(row("notify.*.mail.server", Kind::MailServer, "The server that takes it: `smtp://HOST:587` (STARTTLS) or `smtps://HOST`.", "smtp://mail.example.org:587")));
    rows.push_back(needed(row("notify.*.mail.from", Kind::Address, "From whom.", "backup@example.org")));
    rows.push_back(needed(row("notify.*.mail.to", Kind::Addresses, "To whom.", "[dba@example.org]")));
    rows.push_back(row("notify.*.mail.user", Kind::Text, "The name to sign in with; otherwise nobody signs in.", "backup"));
    rows.push_back(row("notify.*.mail.password", Kind::SecretPlace, "Where its password is.", "\"env:SMTP_PASSWORD\""));
    rows.push_back(with_words(with_fallback(row("notify.*.mail.tls", Kind::Word, "`none` only for a server on this machine, and without a password.", "required"), "required"), {"required", "none"}));
    rows.push_back(row("notify.*.ca", Kind::Path, "A file of certificates to trust instead of the system's, for a server with a certificate of your own.", "/etc/ssl/our-ca.pem"));
    rows.push_back(ranged(with_fallback(row("notify.*.remind_every", Kind::Elapsed, "What is still wrong is told again after so long.", "24h"), "24h"), 60, 0));
    rows.push_back(needed(with_words(row("notify.*.on", Kind::Words, "What about.", "[backup_failed, rpo_at_risk]"), notice_event_words())));
    rows.push_back(row("people", Kind::Names, "Who may approve. A key each, so that an approval can be verified offline.", ""));
    rows.push_back(row("people.*", Kind::Map, "One person.", ""));
    rows.push_back(needed(row("people.*.public_key", Kind::PublicKey, "The person's ed25519 key: 32 bytes in base64.", "\"ed25519:…\"")));
    rows.push_back(needed(with_words(row("people.*.roles", Kind::Words, "What the person may do.", "[operator, approver]"), {"operator", "approver", "auditor"})));
    rows.push_back(row("waivers", Kind::List, "Exceptions that somebody has agreed to, for a limited time.", ""));
    rows.push_back(row("waivers.*", Kind::Map, "One exception.", ""));
    rows.push_back(needed(row("waivers.*.check", Kind::CheckId, "The check that is waived.", "COPY-SITES")));
    rows.push_back(naming(row("waivers.*.database", Kind::Reference, "For which database; otherwise for all of them.", "notes-dev"), "databases"));
    rows.push_back(needed(row("waivers.*.because", Kind::Text, "The reason, for whoever reads it in a year.", "dev data is rebuilt every night")));
    rows.push_back(needed(naming(row("waivers.*.asked_by", Kind::Reference, "Who wants it.", "dba-one"), "people")));
    rows.push_back(needed(naming(row("waivers.*.approved_by", Kind::Reference, "Who agreed: somebody else.", "dba-two"), "people")));
    rows.push_back(needed(row("waivers.*.until", Kind::Date, "It ends at 00:00 UTC of this day, at most 180 days ahead.", "2027-01-31")));
}

Rows declare_language() {
    Rows rows;
    add_folder_keys(rows);
    add_store_keys(rows);
    add_protection_keys(rows);
    add_environment_keys(rows);
    add_policy_keys(rows);
    add_database_keys(rows);
    add_recovery_keys(rows);
    add_people_keys(rows);
    return rows;
}

LanguageNode grow_tree() {
    LanguageNode root;
    for (const LanguageKey& key : policy_language()) {
        LanguageNode* at = &root;
        for (const std::string& name : split(key.path, '.')) {
            if (!at->below.contains(name)) at->order.push_back(name);
            at = &at->below[name];
        }
        at->key = &key;
    }
    return root;
}

std::string listed(const std::vector<std::string>& words) { return join(words, ", "); }

std::string describe_kind(const LanguageKey& key) {
    switch (key.kind) {
        case Kind::Map: return "a map";
        case Kind::Names: return "a map of names";
        case Kind::List: return "a list of maps";
        case Kind::Text: return "a text";
        case Kind::Word: return "one of " + listed(key.words);
        case Kind::Words: return "a list of words among " + listed(key.words);
        case Kind::Whole: return key.least == key.most ? fmt::format("{}", key.least) : fmt::format("a whole number from {} to {}", key.least, key.most);
        case Kind::YesNo: return "true or false";
        case Kind::Elapsed: return "a duration with a unit (15m, 26h, 30d)";
        case Kind::Span: return "a period with a unit (26h, 30d, 3mo, 1y)";
        case Kind::CronLine: return "five cron fields";
        case Kind::Zone: return "an IANA time zone";
        case Kind::Path: return "a path";
        case Kind::StoreUrl: return "a URL";
        case Kind::Connection: return "a connection";
        case Kind::Url: return "a URL (https://…), or env:NAME, file:PATH or command:PROGRAM for where it is";
        case Kind::MailServer: return "smtp://HOST[:PORT] or smtps://HOST[:PORT]";
        case Kind::Address: return "a mail address";
        case Kind::Texts: return "a list of texts";
        case Kind::Addresses: return "a list of mail addresses";
        case Kind::SecretPlace: return "env:NAME, file:PATH or command:PROGRAM";
        case Kind::Compression: return "zstd, gzip or none, with an optional level (zstd:9)";
        case Kind::Reference: return fmt::format("a name under `{}`", key.refers_to);
        case Kind::References: return fmt::format("a list of names under `{}`", key.refers_to);
        case Kind::Command: return "a list: a program and its arguments";
        case Kind::Date: return "a date (2027-01-31)";
        case Kind::PublicKey: return "ed25519: and 32 bytes in base64";
        case Kind::CheckId: return "a check's id, in capitals (COPY-SITES)";
    }
    return {};
}

}  // namespace

const std::vector<LanguageKey>& policy_language() {
    static const Rows rows = declare_language();
    return rows;
}

const LanguageNode* LanguageNode::child(std::string_view name) const {
    if (const auto found = below.find(name); found != below.end()) return &found->second;
    const auto star = below.find("*");
    return star == below.end() ? nullptr : &star->second;
}

const LanguageNode& policy_language_tree() {
    static const LanguageNode root = grow_tree();
    return root;
}

const LanguageKey* find_language_key(const std::vector<std::string>& path) {
    const LanguageNode* at = &policy_language_tree();
    for (const std::string& name : path) {
        at = at->child(name);
        if (at == nullptr) return nullptr;
    }
    return at->key;
}

std::string describe(const LanguageKey& key) {
    std::string text = describe_kind(key);
    if (key.kind == Kind::Map && !key.refers_to.empty()) text += fmt::format(", or a list of names under `{}`", key.refers_to);
    if (key.kind != Kind::Word && key.kind != Kind::Words && !key.words.empty()) text += ", or " + listed(key.words);
    return text;
}

const std::vector<std::string>& store_scheme_words() {
    static const std::vector<std::string> words{"file", "s3", "azure", "sftp"};
    return words;
}

}  // namespace holdfast
