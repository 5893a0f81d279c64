#include "engine/operations/kept_logs.hpp"

#include <set>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kMuchKept = 1ull << 30;

Diagnosis bad(const std::string& subject, std::string says, std::string advice) { return {subject, false, std::move(says), std::move(advice)}; }

Diagnosis judge_own(const DatabaseName& database, const KeptWal& kept) {
    const std::string subject = fmt::format("log kept for {}", database.str());
    const std::string start = fmt::format("Let it be received: runbook follow {}, or see why the log job does not run: runbook catalog list.", database.str());
    if (kept.lost) {
        return bad(subject, "the server has given it up, and what was not received is gone",
                   "Take a log backup: a new recovery point is taken, and the log goes on behind the gap.");
    }
    if (kept.bytes_most && kept.bytes > *kept.bytes_most / 2) {
        return bad(subject, fmt::format("{} of at most {}; beyond that the log has a gap", format_bytes(kept.bytes), format_bytes(*kept.bytes_most)), start);
    }
    if (!kept.bytes_most && kept.bytes > kMuchKept) {
        return bad(subject, fmt::format("{}, and nothing bounds it: the server's disk fills", format_bytes(kept.bytes)),
                   start + " Bound it on the server with max_slot_wal_keep_size.");
    }
    return {subject, true, fmt::format("{}{}, {}", format_bytes(kept.bytes), kept.bytes_most ? fmt::format(" of at most {}", format_bytes(*kept.bytes_most)) : "",
                                       kept.in_use ? "received now" : "nobody receives it at the moment"), ""};
}

}  // namespace

std::vector<Diagnosis> judge_kept_logs(const std::vector<KeptLogs>& all) {
    std::vector<Diagnosis> lines;
    std::set<std::string> known;
    for (const KeptLogs& logs : all) {
        for (const KeptWal& kept : logs.kept) {
            if (!kept.is_own) continue;
            known.insert(kept.name);
            lines.push_back(judge_own(logs.database, kept));
        }
    }
    for (const KeptLogs& logs : all) {
        for (const KeptWal& kept : logs.kept) {
            if (kept.in_use || !known.insert(kept.name).second) continue;
            lines.push_back(bad(fmt::format("slot {}", kept.name),
                                fmt::format("the server of {} keeps {} for it, it is of no database of this policy, and nobody receives over it",
                                            logs.database.str(), format_bytes(kept.bytes)),
                                fmt::format("Where no other installation needs it, remove it on the server: SELECT pg_drop_replication_slot('{}')", kept.name)));
        }
    }
    return lines;
}

void stop_keeping_log(const Workplace& workplace, const DatabaseName& database) {
    const DatabaseSpec& spec = workplace.installation().database(database);
    wal_engine_of(workplace.installation().providers.of(spec.engine)).stop_keeping_wal(live_place_of(spec));
    workplace.catalog().audit("log.release", spec.name.str(), "the server keeps no log for it any more");
}

}  // namespace holdfast
