#include "providers/databases/postgres/local_cluster.hpp"

#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/control_file.hpp"
#include "providers/databases/postgres/recovery_instance.hpp"

namespace holdfast {
namespace {

// The fourth word of /proc/N/stat, behind the name in brackets. 0: there is no such process here.
pid_t parent_of(std::int64_t process) {
    std::string text;
    try {
        text = read_text_file(fmt::format("/proc/{}/stat", process), 64 << 10);
    } catch (const Error&) {
        return 0;   // It runs elsewhere, or we may not know.
    }
    const auto name_ends = text.rfind(") ");
    constexpr std::size_t kToParent = 4;   // ") S "
    if (name_ends == std::string::npos || text.size() < name_ends + kToParent) return 0;
    pid_t parent = 0;
    std::from_chars(text.data() + name_ends + kToParent, text.data() + text.size(), parent);
    return parent;
}

}  // namespace

LocalCluster find_local_cluster(PostgresConnection& sql) {
    const PostgresResult named = sql.execute("SELECT (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory'), pg_catalog.pg_backend_pid()");
    named.expect(1, 2);
    if (named.is_null(0, 0)) return {{}, fmt::format("the role may not know where the files are (GRANT pg_read_all_settings TO {})", quote_name(sql.user()))};
    const fs::path folder(named.text(0, 0));
    try {
        const auto server = server_in(folder);
        if (!server || parent_of(named.integer(0, 1)) != *server) return {{}, "the server does not run on this machine"};
        read_control_file(folder);
        return {folder, {}};
    } catch (const Error& error) {
        if (error.code == ErrorCode::Corrupt) return {folder, {}};   // It was just being written.
        return {{}, error.message};
    }
}

}  // namespace holdfast
