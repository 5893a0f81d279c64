#include "providers/databases/postgres/own_server.hpp"

#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/recovery_settings.hpp"
#include "providers/databases/postgres/server_process.hpp"
#include "providers/databases/postgres/server_programs.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kSettingsBytesMost = 1u << 20;

struct NeededFile {
    const char* name;
    const char* content;
};
// Where the cluster kept them elsewhere (Debian's /etc/postgresql) they are in no backup.
constexpr std::array kNeededFiles{NeededFile{"postgresql.conf", "# Written by Holdfast: the cluster that this was restored from kept its settings elsewhere.\n"},
                                  NeededFile{"pg_hba.conf", "# Written by Holdfast: the cluster that this was restored from kept this elsewhere.\n"
                                                            "local all all peer\nlocal replication all peer\n"},
                                  NeededFile{"pg_ident.conf", ""}};

void write_for_owner(const fs::path& file, std::string_view text, const SystemUser& owner) {
    write_file_durably(file, as_bytes(text));
    if (::geteuid() == 0) give_to(file, owner);
}

bool sets_port(std::string_view line) {
    const auto begin = line.find_first_not_of(" \t");
    return begin != std::string_view::npos && (line.substr(begin).starts_with("port ") || line.substr(begin).starts_with("port="));
}

std::string own_settings(std::string_view auto_conf, std::uint16_t port) {
    std::string text;
    for (const std::string& line : split(without_recovery_settings(auto_conf), '\n')) {
        if (!line.empty() && !sets_port(line)) text += line + "\n";
    }
    text += "# Written by Holdfast: this cluster was restored. Nothing is archived from it until somebody decides that it is the database:\n"
            "# ALTER SYSTEM RESET archive_mode; then restart it.\narchive_mode = 'off'\n";
    return text + fmt::format("port = '{}'\n", port);
}

class Socket {
public:
    explicit Socket(int family) : descriptor_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace

SystemUser owner_of(const fs::path& data_folder) {
    struct stat status {};
    if (::stat(data_folder.c_str(), &status) != 0) throw_errno(errno, "look at " + data_folder.string());
    if (status.st_uid == 0) throw Error(ErrorCode::NotPermitted, fmt::format("{} belongs to root, and a server does not run as root", data_folder.string()), "Give it to the user that servers run under.");
    std::array<char, 16384> room{};
    passwd entry{};
    passwd* found = nullptr;
    const bool named = ::getpwuid_r(status.st_uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr;
    return {.name = named ? found->pw_name : std::to_string(status.st_uid), .user = status.st_uid, .group = status.st_gid};
}

OwnServer own_server_of(const fs::path& data_folder) {
    return {.data_folder = data_folder, .argv = {require_postgres_program(major_of_cluster(data_folder), "postgres").string(), "-D", data_folder.string()},
            .owner = owner_of(data_folder), .log = data_folder.string() + ".log"};
}

void start_own_server(const OwnServer& server, const CancelToken& cancel) {
    if (const auto running = server_in(server.data_folder)) throw Error(ErrorCode::Busy, fmt::format("a server runs in {} already (process {})", server.data_folder.string(), *running));
    wait_until_left(server.data_folder, cancel);
    remove_marks_of_dead_server(server.data_folder);
    const ServerStart start{.data_folder = server.data_folder, .argv = server.argv, .as = ::geteuid() == 0 ? std::optional(server.owner) : std::nullopt, .log = server.log};
    const std::uint64_t from = log_bytes(start.log);
    await_server(start, launch_server(start), from, cancel);
}

void make_own_settings(const fs::path& data_folder, std::uint16_t port) {
    const SystemUser owner = owner_of(data_folder);
    const fs::path settings = data_folder / "postgresql.auto.conf";
    const std::string before = fs::exists(settings) ? read_text_file(settings, kSettingsBytesMost) : std::string();
    write_for_owner(settings, own_settings(before, port), owner);
    for (const NeededFile& needed : kNeededFiles) {
        if (!fs::exists(data_folder / needed.name)) write_for_owner(data_folder / needed.name, needed.content, owner);
    }
}

void require_free_port_here(std::uint16_t port) {
    const Socket socket(AF_INET);
    const int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    if (socket.get() < 0 || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    if (errno == EADDRINUSE) throw Error(ErrorCode::Busy, fmt::format("port {} is taken on this machine", port), "Choose another one, or stop who listens there.");
    if (errno == EACCES) throw Error(ErrorCode::NotPermitted, fmt::format("port {} is for root alone", port), "Choose one above 1023.");
    throw_errno(errno, fmt::format("look whether port {} is free", port));
}

}  // namespace holdfast
