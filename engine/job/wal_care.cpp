#include "engine/job/wal_care.hpp"

#include <algorithm>
#include <set>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "engine/job/open_repository.hpp"
#include "engine/plan/log_retention.hpp"
#include "engine/recovery/wal_log.hpp"
#include "engine/schedule/calendar.hpp"

namespace holdfast {
namespace {

Instant promised_since(const Installation& installation, const DatabaseSpec& spec) {
    const TimeZone zone = TimeZone::find(installation.policy.timezone).value_or(TimeZone::utc());
    return fold_logs_before(installation.policy_of(spec).retention, zone, installation.clock.now());
}

// False where `to` had everything already.
bool copy_between(WalArchive& from, WalArchive& to) {
    bool copied = false;
    std::set<WalPieceName> there;
    for (const WalPieceFacts& piece : to.pieces()) there.insert(piece.name);
    std::set<std::uint64_t> systems;
    for (const WalPieceFacts& piece : from.pieces()) {
        systems.insert(piece.name.branch.system);
        if (there.contains(piece.name)) continue;
        Bytes bytes(piece.name.bytes());
        from.read(piece.name.branch, piece.name.begin, bytes);
        copied |= to.put(piece.name.branch, piece.name.begin, bytes, from.index_of(piece)) != 0;
    }
    for (const std::uint64_t system : systems) {
        for (const std::string& name : from.files(system)) {
            if (const auto bytes = from.file(system, name)) copied |= to.put_file(system, name, *bytes);
        }
    }
    return copied;
}

bool has_window(const Installation& installation, const DatabaseSpec& spec, const StoreName& store) {
    const std::vector<LogWindow> windows = installation.catalog.windows(spec.name);
    return std::ranges::find(windows, store, &LogWindow::store) != windows.end();
}

}  // namespace

void record_wal(const Installation& installation, const DatabaseSpec& spec, const StoreName& store, std::optional<Instant> reached) {
    std::vector<LogWindow> windows = wal_windows(installation, spec.name, store, promised_since(installation, spec));
    for (LogWindow& window : windows) {
        if (window.ended.empty()) window.until = std::max(window.until, reached.value_or(window.until));   // Only what goes on is known up to now.
    }
    installation.catalog.replace_windows_of(store, spec.name, windows);
}

void copy_wal(const Installation& installation, const DatabaseSpec& spec) {
    const std::vector<StoreName>& stores = installation.environment_of(spec).copies;
    for (const StoreName& other : stores) {
        if (other == stores.front()) continue;
        try {
            // Recording reads the log's indexes again, so it is left out where that would say what is known.
            const bool copied = copy_between(*wal_of(installation.repositories.of(stores.front()), spec.name), *wal_of(open_for_writing(installation, other), spec.name));
            if (copied || !has_window(installation, spec, other)) record_wal(installation, spec, other);
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) throw;
            log_warning("the log of {} was not copied to {}: {}", spec.name.str(), other.str(), error.message);
        }
    }
}

std::vector<std::string> expire_wal(const Installation& installation, const DatabaseSpec& spec, const CancelToken& cancel) {
    std::vector<std::string> sentences;
    const RetentionRule& rule = installation.policy_of(spec).retention;
    if (spec.engine != EngineKind::Postgres || rule.empty()) return sentences;
    const Instant promised = promised_since(installation, spec);
    for (const StoreName& store : installation.environment_of(spec).copies) {
        if (!Repository::exists(installation.repositories.store(store))) continue;
        const auto archive = wal_of(installation.repositories.of(store), spec.name);
        std::uint64_t bytes = 0, pieces = 0;
        for (const WalPieceFacts& piece : wal_to_expire(installation, spec.name, store, promised)) {
            throw_if_cancelled(cancel);
            if (!archive->remove(piece)) continue;
            bytes += piece.stored_bytes;
            ++pieces;
        }
        record_wal(installation, spec, store);   // Also where nothing went: what is promised has moved on.
        if (pieces == 0) continue;
        installation.catalog.audit("log.expire", spec.name.str(), fmt::format("{} before {} in {}", counted(pieces, "piece"), to_rfc3339(promised), store.str()));
        sentences.push_back(fmt::format("{}: {} of the log before {} in {}", spec.name.str(), format_bytes(bytes), to_rfc3339(promised), store.str()));
    }
    return sentences;
}

}  // namespace holdfast
