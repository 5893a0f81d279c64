// A real cluster whose log is kept: moments between its commits, and the log brought to the store as archive_command does.
#pragma once

#include <algorithm>

#include "engine/job/archive_wal.hpp"
#include "tests/support/cluster_fixture.hpp"

namespace holdfast {

class ArchivedCluster : public ClusterFixture {
public:
    explicit ArchivedCluster(PostgresServerOptions options = {.settings = {"wal_keep_size=400MB"}}) : ClusterFixture(std::move(options)) {}

    // Behind everything that was committed so far, and in front of what is committed next.
    std::string moment() const {
        std::string now = server->sql("select to_char(clock_timestamp() at time zone 'utc' + interval '1 ms', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') from pg_sleep(0.01)");
        server->sql("select pg_sleep(0.01)");
        return now;
    }
    void archive() {
        const std::string current = server->sql("select pg_walfile_name(pg_switch_wal())");
        std::vector<fs::path> segments;
        for (const auto& entry : fs::directory_iterator(server->data_folder() / "pg_wal")) {
            const std::string name = entry.path().filename();
            if (name.size() == 24 && name <= current) segments.push_back(entry.path());
        }
        std::ranges::sort(segments);
        for (const fs::path& segment : segments) push_wal(installation(), spec().name, segment);
    }
    // What questions and runs have left behind.
    std::vector<fs::path> copies() const {
        std::vector<fs::path> found;
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(state() / "copies", none)) found.push_back(entry.path());
        return found;
    }
};

}  // namespace holdfast
