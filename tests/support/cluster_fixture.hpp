// A real PostgreSQL server that is the database "orders" of an installation: back it up, restore it, look at it with SQL.
#pragma once

#include "engine/job/backup.hpp"
#include "engine/recovery/restore.hpp"
#include "providers/databases/postgres/postgres_provider.hpp"
#include "tests/support/installation_fixture.hpp"
#include "tests/support/postgres_server.hpp"

namespace holdfast {

class ClusterFixture : public InstallationFixture {
public:
    explicit ClusterFixture(PostgresServerOptions options = {}) : server(std::make_unique<PostgresServer>(options)) {
        fs::permissions(folder.path(), fs::perms(0711));   // A server over a copy runs under another user.
        providers.add(std::make_unique<PostgresProvider>());
        spec().engine = EngineKind::Postgres;
        spec().path.clear();
        spec().connection = server->connection();
    }

    BackupDone back_up(std::optional<BackupKind> kind = {}, CancelToken cancel = {}) {
        return back_up_now(installation(), {.database = spec().name, .kind = kind, .place = {}, .keep = {}, .why = {}, .reason = JobReason::ByHand, .idempotency_key = {}},
                           progress, std::move(cancel));
    }
    fs::path restore(const RecoveryPoint& point, const std::string& name = "restored", bool delta = false) {
        const fs::path to = folder / name;
        restore_point(installation(), {.point = point, .to = to.string(), .delta = delta, .store = {}, .over_live = false}, progress, {});
        return to;
    }
    // What a server over the restored folder answers.
    std::string ask_restored(const fs::path& data_folder, const std::string& question) {
        PostgresServerOptions options;
        options.major = server->major();
        PostgresServer restored(data_folder, options);
        std::string answer = restored.sql(question);
        restored.stop();
        return answer;
    }
    PointManifest manifest_of(const RecoveryPoint& point) { return repositories->of(StoreName("local")).point(point.database, point.id); }

    std::unique_ptr<PostgresServer> server;
};

}  // namespace holdfast
