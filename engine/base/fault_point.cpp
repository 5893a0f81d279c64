#include "engine/base/fault_point.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

#include "engine/base/check.hpp"

namespace holdfast {
namespace {

// Sorted. "before" a thing: nothing of it is durable yet; "after": all of it is.
constexpr std::string_view kFaultPoints[] = {
    "catalog.audit.after",
    "catalog.audit.before",
    "catalog.audit_head.after",
    "catalog.audit_head.before",
    "catalog.claim.after",
    "catalog.claim.before",
    "catalog.expiry.after",
    "catalog.expiry.before",
    "catalog.finish.after",
    "catalog.finish.before",
    "catalog.notice_sent.after",
    "catalog.notice_sent.before",
    "catalog.notices.after",
    "catalog.notices.before",
    "catalog.point.after",
    "catalog.point.before",
    "catalog.remove_copy.after",
    "catalog.remove_copy.before",
    "catalog.replace.after",
    "catalog.replace.before",
    "catalog.statement.after",
    "catalog.statement.before",
    "catalog.upgrade.after",
    "catalog.upgrade.before",
    "evidence.key.after",
    "evidence.key.before",
    "job.backup.commit.after",
    "job.backup.commit.before",
    "job.check.after",
    "job.check.before",
    "job.collect.after",
    "job.collect.before",
    "job.copy.after",
    "job.copy.before",
    "job.expire.after",
    "job.expire.before",
    "job.log.begin.after",
    "job.log.begin.before",
    "job.rebuild.after",
    "job.rebuild.before",
    "local_store.put.after",
    "local_store.put.before",
    "local_store.remove.after",
    "local_store.remove.before",
    "local_store.replace.after",
    "local_store.replace.before",
    "postgres.instance.started",
    "postgres.instance.stopped",
    "postgres.swap.exchange.after",
    "postgres.swap.exchange.before",
    "postgres.swap.named.after",
    "postgres.swap.record.after",
    "postgres.swap.stage.after",
    "postgres.swap.started.after",
    "postgres.swap.stopped.after",
    "postgres.swap_back.exchange.after",
    "postgres.swap_back.named.after",
    "postgres.swap_back.stopped.after",
    "recovery.ask.opened",
    "recovery.ask.room",
    "recovery.extract.rename.after",
    "recovery.extract.rename.before",
    "recovery.merge.after_commit",
    "recovery.merge.before_commit",
    "recovery.restore.delta.after",
    "recovery.restore.delta.before",
    "recovery.restore.raw.before",
    "recovery.restore.rename.after",
    "recovery.restore.rename.before",
    "recovery.reverse.after_commit",
    "recovery.reverse.before_commit",
    "recovery.spool.after",
    "recovery.spool.before",
    "recovery.undo.after",
    "recovery.undo.before",
    "recovery.walk.started",
    "repository.cache.after",
    "repository.cache.before",
    "repository.create.after",
    "repository.create.before",
    "repository.forget.after",
    "repository.forget.before",
    "repository.index.after",
    "repository.index.before",
    "repository.key.add.after",
    "repository.key.add.before",
    "repository.key.announce.after",
    "repository.key.announce.before",
    "repository.key.create.after",
    "repository.key.create.before",
    "repository.key.data.after",
    "repository.key.data.before",
    "repository.key.destroy.after",
    "repository.key.destroy.before",
    "repository.key.remove.after",
    "repository.key.remove.before",
    "repository.log.copy.after",
    "repository.log.copy.before",
    "repository.log.forget.after",
    "repository.log.forget.before",
    "repository.log.merge.after",
    "repository.log.merge.before",
    "repository.log.put.after",
    "repository.log.put.before",
    "repository.mark.after",
    "repository.mark.before",
    "repository.pack.after",
    "repository.pack.before",
    "repository.pin.after",
    "repository.pin.before",
    "repository.point.after",
    "repository.point.before",
    "repository.repack.after",
    "repository.repack.before",
    "repository.settings.after",
    "repository.settings.before",
    "repository.sweep.after",
    "repository.sweep.before",
    "repository.wal.put.after",
    "repository.wal.put.before",
    "run.answer.after",
    "run.answer.before",
    "run.ask.after",
    "run.ask.before",
    "run.edit.after",
    "run.edit.before",
    "run.effect.after",
    "run.failure.after",
    "run.failure.before",
    "run.header.after",
    "run.header.before",
    "run.intent.after",
    "run.intent.before",
    "run.resolve.after",
    "run.resolve.before",
    "run.result.after",
    "run.result.before",
    "run.resume.after",
    "run.resume.before",
    "run.stop.after",
    "run.stop.before",
    "run.undo_effect.after",
    "run.undo_intent.after",
    "run.undo_intent.before",
    "run.undo_result.after",
    "run.undo_result.before",
    "sqlite.drop_copy.after",
    "sqlite.drop_copy.before",
    "sqlite.finish_restore.after",
    "sqlite.finish_restore.before",
    "sqlite.swap.exchange.after",
    "sqlite.swap.exchange.before",
    "sqlite.swap.record.after",
    "sqlite.swap.side.after",
    "sqlite.swap.stage.after",
    "sqlite.swap_back.exchange.after",
    "sqlite.swap_back.exchange.before",
    "sqlite.swap_back.old_side.after",
    "sqlite.swap_back.side.after",
};

struct Trigger {
    std::string name;
    std::atomic<int> passages_left{1};

    Trigger() {
        const char* wanted = std::getenv("HOLDFAST_CRASH_AT");
        if (wanted == nullptr) return;
        name = wanted;
        const auto colon = name.find(':');
        if (colon == std::string::npos) return;
        int count = 1;
        std::from_chars(name.data() + colon + 1, name.data() + name.size(), count);
        passages_left = count;
        name.resize(colon);
    }
};

Trigger& trigger() {
    static Trigger instance;
    return instance;
}

}  // namespace

std::span<const std::string_view> all_fault_points() { return kFaultPoints; }

void fault_point(std::string_view name) {
    HOLDFAST_CHECK(std::ranges::binary_search(kFaultPoints, name));
    Trigger& armed = trigger();
    if (armed.name.empty() || armed.name != name) return;
    if (armed.passages_left.fetch_sub(1) == 1) std::raise(SIGKILL);
}

}  // namespace holdfast
