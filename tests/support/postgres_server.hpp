// A real PostgreSQL server for tests: in a folder of its own, on a private socket, under a user who is not root, gone
// at the end, also where the test failed or was killed.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace holdfast {

struct PostgresServerOptions {
    int major = 15;
    std::vector<std::string> settings = {};   // "wal_level=replica", on the command line: above all files.
    bool checksums = true;                // Of pages.
    bool durable = false;                 // fsync and full_page_writes as a server of the world has them.
    int segment_mb = 1;                   // Of the write-ahead log. 16 is the world's; 1 makes a small cluster.
    bool fresh = false;                   // A system identifier of its own; otherwise all servers of one major have the same.
    std::string access = "local all all trust\nlocal replication all trust\n";   // pg_hba.conf
};

class PostgresServer {
public:
    // Whether its programs are here. The folder: Debian's, or what tests/support/fetch_postgres.sh has put into the build folder.
    static std::optional<std::filesystem::path> programs(int major);

    // Makes a cluster and starts it. Throws std::runtime_error with the server's log.
    explicit PostgresServer(PostgresServerOptions options = {});
    // Starts over a data directory that is there, such as a restored one. It is given to the server's user, with all in it.
    PostgresServer(const std::filesystem::path& data_folder, PostgresServerOptions options);
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer();

    // What a policy's `connection` would say.
    std::string connection(const std::string& user = "postgres", const std::string& database = "postgres") const;
    // Runs statements with psql; returns rows as lines with '|' between columns. Throws with what psql said.
    std::string sql(const std::string& text, const std::string& database = "postgres", const std::string& user = "postgres") const;

    enum class Stop { Smart, Fast, Immediate };   // Immediate: as a crash; recovery follows.
    void stop(Stop how = Stop::Fast);
    void start();
    // Stops and starts with these settings instead.
    void restart(std::vector<std::string> settings);
    bool running();

    const std::filesystem::path& data_folder() const { return data_; }
    const std::filesystem::path& folder() const { return folder_; }   // The server's user may make things in it; for tablespaces, archives.
    int major() const { return options_.major; }
    pid_t pid() const { return child_; }
    std::string log() const;
    // A new folder in folder() that belongs to the server's user.
    std::filesystem::path make_folder(const std::string& name) const;

private:
    void write_access() const;
    void wait_until_ready();

    PostgresServerOptions options_;
    std::filesystem::path programs_, folder_, data_;
    pid_t child_ = 0;
};

// Gives a path, with all in it, to the user that servers run under; nothing where the tests are not run by root.
void give_to_server(const std::filesystem::path& path);

}  // namespace holdfast
