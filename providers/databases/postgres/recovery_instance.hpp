// A server of our own over a restored data directory, so that it can be asked.
//
// It listens on a socket in a private folder and nowhere else, archives nothing, follows nobody, runs no program that a setting of the
// cluster names and loads none of its libraries. It goes on when this process ends, and is started again by whoever needs it.
// Beside the data directory F stands F.instance: the server's settings, its log, and a record that says whose server may run in F; its
// copy of the cluster's number (holdfast_lineage) tells it from a server that somebody else started there.
#pragma once

#include <optional>
#include <string>

#include "engine/base/cancel.hpp"
#include "engine/base/file.hpp"
#include "engine/provider/provider.hpp"
#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/instance_settings.hpp"
#include "providers/databases/postgres/server_process.hpp"

namespace holdfast {

struct InstanceOrder {
    fs::path data_folder;
    fs::path room;               // A folder of ours around it: from there down the server's user is let through.
    std::string live_database;   // What the live connection says; empty: nothing.
    std::string live_user;
    InstanceShape shape = {};
};

// Where an instance answers.
struct InstanceAddress {
    fs::path socket_folder;
    std::string user;            // A superuser of the cluster.
    std::string live_database;
    std::string port = "5432";
    std::optional<SystemUser> as = std::nullopt;   // As whom its socket is opened.
};

// Prepares the folder and starts the server; returns when the log that is staged has been replayed to its target and the server takes
// statements. It is on a timeline of its own from then on, unless it is to wait. Throws Unavailable (no programs of that version, no way to the folder), Corrupt (the server does not come up; says why).
InstanceAddress start_instance(const InstanceOrder& order, const WorkContext& work);

// Of an instance that start_instance() has made; started where it does not run, as after a crash of the machine. Nothing: there is none.
std::optional<InstanceAddress> instance_of(const fs::path& data_folder, const CancelToken& cancel);

PostgresConnection connect_to_instance(const InstanceAddress& address, const std::string& database, const CancelToken& cancel);
std::string connection_text(const InstanceAddress& address);   // "host=… port=5432 user=…", for people and programs

// What was an instance goes on as a server with settings of its own (own_server.hpp), and is still ours to be stopped and dropped.
void settle_instance(const fs::path& data_folder, std::uint16_t port, const WorkContext& work);
// Ends it cleanly, everything written: the data directory is whole without it.
void close_instance(const fs::path& data_folder, const CancelToken& cancel);

// Stops the instance at once. A server that is no instance of ours is left alone.
void stop_instance(const fs::path& data_folder);
// Removes what belongs to it beside the data directory; after stop_instance().
void forget_instance(const fs::path& data_folder);

}  // namespace holdfast
