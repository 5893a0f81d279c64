// The live server of the policy as a process and a data directory of this machine: found, stopped, started as it was.
//
// A server that answers is found by the process that serves us (local_cluster.hpp), and its system identifier must be that of the files, so
// that no other server is taken for it.
#pragma once

#include <optional>

#include "engine/provider/provider.hpp"
#include "providers/databases/postgres/own_server.hpp"

namespace holdfast {

struct LiveServer {
    OwnServer own;                       // How it was started.
    std::optional<pid_t> process;        // Nothing: it does not run.
};

// Throws NotPermitted where it is on another machine or we are neither root nor its owner, Unavailable where it is down and the policy
// does not say where its data directory is.
LiveServer find_live_server(const Place& live, const CancelToken& cancel);

// Others that are connected, as "orders (app at 10.0.0.7)"; nothing where it cannot be asked.
std::vector<std::string> clients_of(const Place& live, const CancelToken& cancel);

// By the policy's command, or by the server's own signal (fast). Returns when nobody has its files any more.
void stop_live_server(const LiveServer& server, const ServerSpec& care, const CancelToken& cancel);
// By the policy's command, or as it was started before. Returns when it takes statements.
void start_live_server(const OwnServer& own, const ServerSpec& care, const CancelToken& cancel);

// "0::/system.slice/postgresql@15-main.service": the unit that would miss a server which is stopped behind its back. Empty: none.
std::string unit_of(std::string_view cgroup);

}  // namespace holdfast
