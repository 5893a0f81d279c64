#include <unordered_map>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/policy/checks.hpp"

namespace holdfast {
namespace {

// What an engine is reached by, and the key that it has no use for.
struct Reach {
    std::string_view wants, refuses, example;
};
Reach reach_of(EngineKind engine) {
    if (engine == EngineKind::Sqlite) return {"path", "connection", "/srv/notes/notes.db"};
    return {"connection", "path", engine == EngineKind::Postgres ? "\"service=orders\"" : "\"env:BILLING_DSN\""};
}

void check_reach(const TreeEntry& entry, const DatabaseSpec& database, Problems& problems) {
    const TreeNode* engine = entry.value.find("engine");
    if (engine == nullptr || !parse_engine_kind(engine->text)) return;
    const Reach reach = reach_of(database.engine);
    if (entry.value.find(reach.wants) == nullptr) {
        problems.add(entry.key_place, {.id = "missing-key", .message = fmt::format("`databases.{}` has no `{}`, by which {} is reached", entry.key, reach.wants, engine->text),
                                       .fix = fmt::format("Add `{}: {}`.", reach.wants, reach.example), .subject = entry.key});
    }
    if (const TreeNode* other = entry.value.find(reach.refuses)) {
        problems.add(other->place, {.id = "conflicting-keys", .message = fmt::format("`databases.{}` has a `{}`, which {} does not use", entry.key, reach.refuses, engine->text),
                                    .fix = fmt::format("Remove it, or write `{}`.", reach.wants), .subject = entry.key});
    }
}

void check_standby(const TreeEntry& entry, const DatabaseSpec& database, Problems& problems) {
    const TreeNode* standby = entry.value.find("standby");
    if (standby == nullptr) return;
    if (database.engine != EngineKind::Postgres) {
        problems.add(standby->place, {.id = "conflicting-keys", .message = fmt::format("`databases.{}` has a `standby`, which {} does not use", entry.key, name_of(database.engine)),
                                      .fix = "Remove it: only PostgreSQL has a standby that can be promoted.", .subject = entry.key});
    } else if (!database.connection.empty() && database.standby.connection == database.connection) {
        problems.add(standby->place, {.id = "conflicting-keys", .message = fmt::format("the standby of `databases.{}` is the database itself", entry.key),
                                      .fix = "Name the other server.", .subject = entry.key});
    }
}

// One that is stopped by a command must be started by one, and the other way round.
void check_server(const TreeEntry& entry, const DatabaseSpec& database, Problems& problems) {
    const TreeNode* server = entry.value.find("server");
    if (server == nullptr) return;
    if (database.engine != EngineKind::Postgres) {
        problems.add(server->place, {.id = "conflicting-keys", .message = fmt::format("`databases.{}` has a `server`, which {} does not use", entry.key, name_of(database.engine)),
                                     .fix = "Remove it.", .subject = entry.key});
    }
    if (database.server.stop.empty() != database.server.start.empty()) {
        const std::string_view missing = database.server.stop.empty() ? "stop" : "start";
        problems.add(server->place, {.id = "missing-key", .message = fmt::format("`databases.{}.server` has no `{}`: a server that is stopped by a command is started by one too", entry.key, missing),
                                     .fix = fmt::format("Add `{}: [\"systemctl\", \"{}\", \"…\"]`.", missing, missing), .subject = entry.key});
    }
}

}  // namespace

void check_databases(const PolicyFolder& folder, Problems& problems) {
    const TreeNode* databases = folder.root.find("databases");
    if (databases == nullptr || !databases->is_map()) return;
    std::unordered_map<std::string, std::string> first_by_place;
    for (std::size_t i = 0; i < databases->entries.size(); ++i) {
        const TreeEntry& entry = databases->entries[i];
        const DatabaseSpec& database = folder.policy.databases.at(i);
        if (!entry.value.is_map()) continue;
        check_reach(entry, database, problems);
        check_standby(entry, database, problems);
        check_server(entry, database, problems);
        const std::string& location = database.engine == EngineKind::Sqlite ? database.path : database.connection;
        if (location.empty()) continue;
        const auto [first, fresh] = first_by_place.try_emplace(location, entry.key);
        if (fresh) continue;
        problems.add(entry.key_place, {.id = "same-database", .message = fmt::format("`{}` and `{}` are the same database", printable(first->second, 60), printable(entry.key, 60)),
                                       .fix = "Keep one of them, unless it is meant to be backed up twice.", .subject = entry.key, .severity = Severity::Warning});
    }
}

}  // namespace holdfast
