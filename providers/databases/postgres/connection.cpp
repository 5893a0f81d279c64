#include "providers/databases/postgres/connection.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <map>

#include "engine/base/check.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr Duration kConnectPatience = std::chrono::seconds(15);
constexpr std::size_t kNoticesKept = 100;

// Becomes readable when a stop is asked for, so that poll() sees it.
class Alarm {
public:
    explicit Alarm(const CancelToken& cancel) : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), token_(cancel), ring_(cancel, Ring{descriptor_}) {
        if (descriptor_ < 0) throw_errno(errno, "make an event");
    }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    ~Alarm() { ::close(descriptor_); }
    int descriptor() const { return descriptor_; }
    bool rung() const { return token_.stop_requested(); }

private:
    struct Ring {
        int descriptor;
        void operator()() const noexcept {
            const std::uint64_t one = 1;
            [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
        }
    };
    int descriptor_;
    CancelToken token_;
    std::stop_callback<Ring> ring_;   // Last made, first gone: nobody writes to a closed descriptor.
};

struct FreeOptions { void operator()(PQconninfoOption* options) const { PQconninfoFree(options); } };
struct FreeCancel { void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); } };
struct FinishConnection { void operator()(PGconn* connection) const { PQfinish(connection); } };
using OwnedConnection = std::unique_ptr<PGconn, FinishConnection>;
using Settings = std::map<std::string, std::string>;

// The words as settings, so that ours can be added. What libpq says of words that it cannot read may quote a secret.
Settings parse_words(const ConnectionWords& words) {
    const std::string text(as_text(words.words.reveal()));
    char* why = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(text.c_str(), &why));
    PQfreemem(why);
    if (!options) {
        throw Error(ErrorCode::NotADatabase, fmt::format("{} is not a connection that PostgreSQL's library understands", words.shown),
                    "Write \"host=… user=… dbname=…\", postgresql://user@host/database, or \"service=…\".");
    }
    Settings settings;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) settings[option->keyword] = option->val;
    }
    return settings;
}

bool has_in_environment(const char* name) { return std::getenv(name) != nullptr; }

void add_ours(Settings& settings, const ConnectOptions& options) {
    const bool by_service = settings.contains("service") || has_in_environment("PGSERVICE");   // Its file may say more; ours would win.
    if (options.replication) settings["replication"] = "true";
    else if (!options.database.empty()) settings["dbname"] = options.database;
    else if (!by_service && !has_in_environment("PGDATABASE")) settings.try_emplace("dbname", "postgres");
    settings.try_emplace("fallback_application_name", options.purpose);
    if (by_service) return;
    // A server that vanished without a word is noticed in a minute, not in two hours.
    for (const auto& [name, value] : Settings{{"keepalives_idle", "30"}, {"keepalives_interval", "10"}, {"keepalives_count", "3"}}) {
        settings.try_emplace(name, value);
    }
}

// This thread alone acts as another user: the kernel keeps that for each thread, and a server that asks who has opened a socket is told.
class ActingAs {
public:
    explicit ActingAs(const std::optional<SystemUser>& user) : acting_(user && ::geteuid() == 0) {
        if (acting_ && ::syscall(SYS_setresuid, -1, user->user, -1) != 0) throw_errno(errno, "act as " + user->name);
    }
    ActingAs(const ActingAs&) = delete;
    ActingAs& operator=(const ActingAs&) = delete;
    ~ActingAs() {
        if (acting_) HOLDFAST_CHECK(::syscall(SYS_setresuid, -1, 0, -1) == 0);
    }

private:
    bool acting_;
};

OwnedConnection start(const Settings& settings) {
    std::vector<const char*> keywords, values;
    for (const auto& [keyword, value] : settings) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    OwnedConnection connection(PQconnectStartParams(keywords.data(), values.data(), 0));
    if (!connection) throw Error(ErrorCode::Io, "out of memory");
    PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);   // So that a refusal comes with its code.
    return connection;
}

// connect_timeout, where the words, a service or the environment set one.
Duration patience_of(PGconn* connection) {
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfo(connection));
    for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
        if (std::string_view(option->keyword) != "connect_timeout" || option->val == nullptr) continue;
        const std::string_view text = option->val;
        int seconds = 0;
        std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (seconds > 0) return std::chrono::seconds(std::max(seconds, 2));
    }
    return kConnectPatience;
}

using Ticks = std::chrono::steady_clock::time_point;

// Waits for the socket; false: the time is up. Throws Cancelled.
bool wait_for_socket(PGconn* connection, short events, const Alarm& alarm, std::optional<Ticks> until) {
    while (true) {
        if (alarm.rung()) throw Error(ErrorCode::Cancelled, "stopped on request");
        pollfd waits[2] = {{PQsocket(connection), events, 0}, {alarm.descriptor(), POLLIN, 0}};
        int millis = -1;
        if (until) {
            const auto left = std::chrono::ceil<Duration>(*until - std::chrono::steady_clock::now()).count();
            millis = static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
        }
        const int ready = ::poll(waits, 2, millis);
        if (ready < 0 && errno != EINTR) throw_errno(errno, "wait for the server");
        if (ready > 0 && waits[0].revents != 0) return true;
        if (ready == 0) return false;
    }
}

void finish_connecting(PGconn* connection, const Alarm& alarm, const PostgresAsker& asker) {
    const Duration patience = patience_of(connection);
    const Ticks until = std::chrono::steady_clock::now() + patience;
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (PQstatus(connection) != CONNECTION_BAD && state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
        if (!wait_for_socket(connection, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, alarm, until)) {
            throw PostgresError(ErrorCode::Unavailable, fmt::format("the server did not answer within {}", for_people(patience)),
                                "Check host and port, and whether a firewall is in the way.", "");
        }
        state = PQconnectPoll(connection);
    }
    if (PQstatus(connection) != CONNECTION_OK) throw connect_failure(PQerrorMessage(connection), asker);
}

std::string text_or_empty(const char* text) { return text == nullptr ? std::string() : text; }

}  // namespace

void CopyMessage::Free::operator()(char* bytes) const { PQfreemem(bytes); }

struct PostgresConnection::Link {
    Link(OwnedConnection opened, const CancelToken& token, bool for_replication)
        : connection(std::move(opened)), alarm(token), replication(for_replication) {}

    PGconn* get() const { return connection.get(); }
    PostgresAsker asker() const { return {text_or_empty(PQuser(get())), replication}; }

    [[noreturn]] void fail() const {
        if (PQstatus(get()) != CONNECTION_OK) {
            throw PostgresError(ErrorCode::Unavailable, "the connection to the server was lost: " + printable(trim(PQerrorMessage(get())), 300),
                                "Is the server running? Look at its log, and at the network in between.", "");
        }
        throw postgres_failure("", trim(PQerrorMessage(get())), asker());
    }
    [[noreturn]] void fail(PGresult* result) const {
        const std::string code = text_or_empty(PQresultErrorField(result, PG_DIAG_SQLSTATE));
        const std::string said = text_or_empty(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
        PQclear(result);
        if (code.empty()) fail();
        throw postgres_failure(code, said, asker());
    }
    // Asks the server to stop what it does for us, then says so here.
    bool wait(short events, std::optional<Ticks> until = std::nullopt) {
        try {
            return wait_for_socket(get(), events, alarm, until);
        } catch (const Error& error) {
            if (error.code == ErrorCode::Cancelled) ask_to_stop();
            throw;
        }
    }
    void ask_to_stop() const {
        const std::unique_ptr<PGcancel, FreeCancel> request(PQgetCancel(get()));
        char why[256];
        if (request && PQcancel(request.get(), why, sizeof why) == 0) log_debug("the server was not asked to stop: {}", why);
    }
    void flush() {
        for (int left = PQflush(get()); left != 0; left = PQflush(get())) {
            if (left < 0) fail();
            wait(POLLIN | POLLOUT);
            if (PQconsumeInput(get()) == 0) fail();
        }
    }

    static void keep_notice(void* self, const PGresult* notice) {
        auto& kept = static_cast<Link*>(self)->notices;
        const char* said = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
        if (said == nullptr) return;
        try {
            if (kept.size() == kNoticesKept) kept.erase(kept.begin());
            kept.push_back(printable(said, 400));
            log_debug("the server says: {}", kept.back());
        } catch (const std::exception&) {   // Called from C: a notice that is lost is no loss.
        }
    }

    OwnedConnection connection;
    Alarm alarm;
    bool replication;
    std::vector<std::string> notices;
};

PostgresConnection::PostgresConnection(std::unique_ptr<Link> link) : link_(std::move(link)) {}
PostgresConnection::PostgresConnection(PostgresConnection&&) noexcept = default;
PostgresConnection& PostgresConnection::operator=(PostgresConnection&&) noexcept = default;
PostgresConnection::~PostgresConnection() = default;

PostgresConnection PostgresConnection::open(const ConnectionWords& words, const ConnectOptions& options, const CancelToken& cancel) {
    return within("connect to " + words.shown, [&] {
        Settings settings = parse_words(words);
        add_ours(settings, options);
        const ActingAs acting(words.as);
        auto link = std::make_unique<Link>(start(settings), cancel, options.replication);
        for (auto& [keyword, value] : settings) wipe_memory(value.data(), value.size());
        PGconn* connection = link->get();
        PQsetNoticeReceiver(connection, &Link::keep_notice, link.get());
        finish_connecting(connection, link->alarm, link->asker());
        PQsetErrorVerbosity(connection, PQERRORS_TERSE);
        if (PQsetnonblocking(connection, 1) != 0) link->fail();
        if (PQserverVersion(connection) < 130000) {
            throw Error(ErrorCode::Unavailable, fmt::format("the server is PostgreSQL {}; 13 and newer are supported", PQparameterStatus(connection, "server_version")),
                        "Upgrade the server; its version gets no fixes any more.");
        }
        return PostgresConnection(std::move(link));
    });
}

void PostgresConnection::send(const std::string& sql) {
    if (PQsendQuery(link_->get(), sql.c_str()) == 0) link_->fail();
    link_->flush();
}

PostgresResult PostgresConnection::next_result() {
    PGconn* connection = link_->get();
    while (PQisBusy(connection) != 0) {
        link_->wait(POLLIN);
        if (PQconsumeInput(connection) == 0) link_->fail();
    }
    PGresult* result = PQgetResult(connection);
    const ExecStatusType status = result == nullptr ? PGRES_COMMAND_OK : PQresultStatus(result);
    if (status != PGRES_FATAL_ERROR && status != PGRES_BAD_RESPONSE && status != PGRES_NONFATAL_ERROR) return PostgresResult(result);
    link_->fail(result);
}

namespace {

// Everything up to a copy, or to the end; what came last. After a failure the rest is drained, so that the connection stays usable.
template <typename Next>
PostgresResult take_last(const Next& next) {
    PostgresResult last;
    try {
        for (PostgresResult result = next(); result.kind() != PostgresResult::Kind::None; result = next()) {
            last = std::move(result);
            if (last.kind() != PostgresResult::Kind::Rows && last.kind() != PostgresResult::Kind::Command) return last;
        }
    } catch (const PostgresError& error) {
        while (!error.sqlstate.empty() && next().kind() != PostgresResult::Kind::None) {}
        throw;
    }
    return last;
}

}  // namespace

PostgresResult PostgresConnection::execute(const std::string& sql) {
    send(sql);
    return take_last([this] { return next_result(); });
}

PostgresResult PostgresConnection::query(const std::string& sql, std::span<const std::optional<std::string>> values) {
    std::vector<const char*> texts;
    for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
    if (PQsendQueryParams(link_->get(), sql.c_str(), static_cast<int>(texts.size()), nullptr, texts.data(), nullptr, nullptr, 0) == 0) link_->fail();
    link_->flush();
    return take_last([this] { return next_result(); });
}

void PostgresConnection::prepare(const std::string& name, const std::string& sql) {
    if (PQsendPrepare(link_->get(), name.c_str(), sql.c_str(), 0, nullptr) == 0) link_->fail();
    link_->flush();
    take_last([this] { return next_result(); });
}

PostgresResult PostgresConnection::query_prepared(const std::string& name, std::span<const std::optional<std::string>> values) {
    std::vector<const char*> texts;
    for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
    if (PQsendQueryPrepared(link_->get(), name.c_str(), static_cast<int>(texts.size()), texts.data(), nullptr, nullptr, 0) == 0) link_->fail();
    link_->flush();
    return take_last([this] { return next_result(); });
}

std::string PostgresConnection::quoted_literal(std::string_view text) const {
    char* quoted = PQescapeLiteral(link_->get(), text.data(), text.size());
    if (quoted == nullptr) link_->fail();
    std::string copy = quoted;
    PQfreemem(quoted);
    return copy;
}

PostgresConnection::CopyRead PostgresConnection::read_copy(CopyMessage& message, std::optional<Duration> patience) {
    PGconn* connection = link_->get();
    std::optional<Ticks> until;
    if (patience) until = std::chrono::steady_clock::now() + *patience;
    while (true) {
        char* bytes = nullptr;
        const int size = PQgetCopyData(connection, &bytes, 1);
        if (size > 0) {
            message = CopyMessage(bytes, static_cast<std::size_t>(size));
            return CopyRead::Message;
        }
        if (size == -1) return CopyRead::End;
        if (size < -1) link_->fail();
        if (!link_->wait(POLLIN, until)) return CopyRead::Nothing;
        if (PQconsumeInput(connection) == 0) link_->fail();
    }
}

void PostgresConnection::write_copy(ByteView bytes) {
    PGconn* connection = link_->get();
    const std::string_view text = as_text(bytes);
    while (true) {
        const int put = PQputCopyData(connection, text.data(), static_cast<int>(text.size()));
        if (put < 0) link_->fail();
        link_->flush();
        if (put == 1) return;
    }
}

void PostgresConnection::end_copy() {
    while (true) {
        const int put = PQputCopyEnd(link_->get(), nullptr);
        if (put < 0) link_->fail();
        link_->flush();
        if (put == 1) return;
    }
}

int PostgresConnection::server_version() const { return PQserverVersion(link_->get()); }
std::string PostgresConnection::user() const { return text_or_empty(PQuser(link_->get())); }
std::string PostgresConnection::database() const { return text_or_empty(PQdb(link_->get())); }
int PostgresConnection::backend() const { return PQbackendPID(link_->get()); }
std::string PostgresConnection::host() const { return text_or_empty(PQhost(link_->get())); }
std::string PostgresConnection::port() const { return text_or_empty(PQport(link_->get())); }
bool PostgresConnection::by_local_socket() const { return host().starts_with('/') || host().starts_with('@'); }
std::string PostgresConnection::parameter(const char* name) const { return text_or_empty(PQparameterStatus(link_->get(), name)); }
std::vector<std::string> PostgresConnection::take_notices() { return std::exchange(link_->notices, {}); }

bool PostgresConnection::is_alive() {
    return PQconsumeInput(link_->get()) != 0 && PQstatus(link_->get()) == CONNECTION_OK;
}

}  // namespace holdfast
