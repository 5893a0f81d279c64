#include "providers/databases/postgres/online_backup.hpp"

#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr int kFirstWithNewNames = 15;

// What is called to begin and to end, and their signatures for rights.
struct Calls { const char *begin, *end, *begin_signature, *end_signature; };
const Calls& calls_of(const PostgresConnection& sql) {
    static constexpr Calls kNew{"pg_backup_start('holdfast', true)", "pg_backup_stop(false)", "pg_backup_start(text, boolean)", "pg_backup_stop(boolean)"};
    static constexpr Calls kOld{"pg_start_backup('holdfast', true, false)", "pg_stop_backup(false, false)", "pg_start_backup(text, boolean, boolean)", "pg_stop_backup(boolean, boolean)"};
    return sql.major() >= kFirstWithNewNames ? kNew : kOld;
}

}  // namespace

std::string OnlineBackup::missing_right(PostgresConnection& sql) {
    std::vector<std::string> grants;
    for (const char* signature : {calls_of(sql).begin_signature, calls_of(sql).end_signature}) {
        const PostgresResult has = sql.execute(fmt::format("SELECT pg_catalog.has_function_privilege('pg_catalog.{}', 'EXECUTE')", signature));
        if (!has.expect(1, 1).truth(0, 0)) grants.push_back(fmt::format("GRANT EXECUTE ON FUNCTION {} TO {}", signature, quote_name(sql.user())));
    }
    return grants.empty() ? std::string() : fmt::format("the role may not begin a backup of files ({})", join(grants, "; "));
}

OnlineBackup::OnlineBackup(PostgresConnection& sql) : sql_(sql) {
    const PostgresResult begun = sql_.execute(fmt::format("SELECT pg_catalog.{}", calls_of(sql_).begin));
    start_ = begun.expect(1, 1).lsn(0, 0);
}

OnlineBackup::End OnlineBackup::stop() {
    const PostgresResult ended = sql_.execute(fmt::format("SELECT lsn, labelfile FROM pg_catalog.{}", calls_of(sql_).end));
    ended.expect(1, 2);
    return {.stop = ended.lsn(0, 0), .label = std::string(ended.text(0, 1))};
}

std::uint32_t timeline_in_label(std::string_view label) {
    constexpr std::string_view kWord = "START TIMELINE: ";
    std::uint32_t timeline = 0;
    if (const auto at = label.find(kWord); at != std::string_view::npos) std::from_chars(label.data() + at + kWord.size(), label.data() + label.size(), timeline);
    if (timeline == 0) throw Error(ErrorCode::Corrupt, "the server's backup label names no timeline");
    return timeline;
}

}  // namespace holdfast
