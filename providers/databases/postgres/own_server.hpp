// A server over a data directory with settings of its own, as its administrators would start it: whose it is, how it is started, and
// what a restored cluster lacks for that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/cancel.hpp"
#include "engine/base/detached.hpp"
#include "engine/base/file.hpp"

namespace holdfast {

struct OwnServer {
    fs::path data_folder;
    std::vector<std::string> argv;
    SystemUser owner;
    fs::path log;                      // What it says on its terminal.
};

// Whose the folder is. Throws Missing where it is not there, NotPermitted where it belongs to root.
SystemUser owner_of(const fs::path& data_folder);

// As `pg_ctl -D FOLDER -l FOLDER.log start` would have it.
OwnServer own_server_of(const fs::path& data_folder);

// Returns when it takes statements. Throws Busy where one runs there, Unavailable or Corrupt with its last complaint where it does not come up.
void start_own_server(const OwnServer& server, const CancelToken& cancel);

// Replay has ended: takes out what steered it, sets the port, and puts files there that lay outside of the data directory and that a server
// cannot do without. Archiving stays off until somebody decides that this is the database.
void make_own_settings(const fs::path& data_folder, std::uint16_t port);

// Throws Busy where somebody listens on the port.
void require_free_port_here(std::uint16_t port);

}  // namespace holdfast
