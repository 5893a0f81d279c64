#include "providers/databases/postgres/stepping_server.hpp"

#include <poll.h>

#include <chrono>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "providers/databases/postgres/row_database.hpp"
#include "providers/databases/postgres/sql_reader.hpp"

namespace holdfast {
namespace {

constexpr int kLookEveryMs = 1;
constexpr auto kPatience = std::chrono::seconds(60);   // Without any progress.

class SteppingServer final : public WalStepping {
public:
    SteppingServer(const InstanceOrder& order, const WorkContext& work)
        : folder_(order.data_folder), cancel_(work.cancel), address_(start_instance(order, work)), watching_(connect_to_instance(address_, "template1", cancel_)) {}
    SteppingServer(const SteppingServer&) = delete;
    SteppingServer& operator=(const SteppingServer&) = delete;
    ~SteppingServer() override {
        try {
            stop_instance(folder_);
        } catch (const Error&) {
            // A destructor may not throw; whoever drops the copy tries again, and says why it cannot be done.
        }
    }

    void wait_for(Lsn end) override {
        Lsn before;
        auto since = std::chrono::steady_clock::now();
        while (true) {
            const PostgresResult at = watching_.execute("SELECT pg_catalog.pg_last_wal_replay_lsn(), pg_catalog.pg_is_wal_replay_paused()");
            at.expect(1, 2);
            const Lsn replayed = at.is_null(0, 0) ? Lsn{} : at.lsn(0, 0);
            if (replayed >= end) return;
            const auto now = std::chrono::steady_clock::now();
            if (replayed != before) since = now;
            before = replayed;
            if (at.truth(0, 1)) {
                throw Error(ErrorCode::Unavailable, fmt::format("the server over {} has stopped replaying at {}: a setting of the cluster was raised there", folder_.string(), to_text(replayed)),
                            "Look at it as a restored cluster: runbook restore --help");
            }
            if (now - since > kPatience) {
                throw Error(ErrorCode::Corrupt, fmt::format("the server over {} does not get from {} to {}", folder_.string(), to_text(replayed), to_text(end)), "What it says is in its log beside the copy.");
            }
            throw_if_cancelled(cancel_);
            ::poll(nullptr, 0, kLookEveryMs);
        }
    }

    SqlReader& sql() override {
        // A database may be made or dropped on the way: it is looked for where it is needed.
        if (!sql_) sql_ = make_postgres_sql(open_row_database(address_, cancel_));
        return *sql_;
    }

private:
    fs::path folder_;
    CancelToken cancel_;
    InstanceAddress address_;
    PostgresConnection watching_;
    std::unique_ptr<SqlReader> sql_;
};

}  // namespace

std::unique_ptr<WalStepping> start_stepping(const InstanceOrder& order, const WorkContext& work) { return std::make_unique<SteppingServer>(order, work); }

}  // namespace holdfast
