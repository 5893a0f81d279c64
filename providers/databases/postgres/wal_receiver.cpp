#include "providers/databases/postgres/wal_receiver.hpp"

#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "providers/databases/postgres/connection.hpp"
#include "providers/databases/postgres/known_timelines.hpp"
#include "providers/databases/postgres/server_facts.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kSlotNameMost = 63;
constexpr std::string_view kSlotPrefix = "holdfast_";
constexpr std::size_t kBatchBytes = 4u << 20;             // What waits beyond this is put before more is taken.
constexpr Duration kConfirmEvery = std::chrono::seconds(5);
constexpr Duration kWait{500};
constexpr std::size_t kLogHeaderBytes = 25, kAliveBytes = 18;

std::uint64_t big_endian_at(ByteView bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
    return value;
}

void put_big_endian(ByteWriter& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out.u8(static_cast<std::uint8_t>(value >> shift));
}

// What the server keeps for us, and from where on.
struct Slot {
    bool is_there = false, in_use = false, lost = false;
    std::optional<Lsn> from;
};

Slot look_at_slot(PostgresConnection& sql, const std::string& name) {
    const std::vector<std::optional<std::string>> values{name};
    const PostgresResult row = sql.query("SELECT restart_lsn::text, wal_status, active FROM pg_catalog.pg_replication_slots WHERE slot_name = $1", values);
    if (row.rows() == 0) return {};
    Slot slot{.is_there = true, .in_use = row.truth(0, 2), .lost = row.text(0, 1) == "lost", .from = {}};
    if (!row.is_null(0, 0)) slot.from = row.lsn(0, 0);
    return slot;
}

void make_slot(PostgresConnection& sql, const std::string& name) {
    const std::vector<std::optional<std::string>> values{name};
    sql.query("SELECT pg_catalog.pg_create_physical_replication_slot($1, true)", values);
}

void remove_slot(PostgresConnection& sql, const std::string& name) {
    const std::vector<std::optional<std::string>> values{name};
    sql.query("SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1", values);
}

class Receiver {
public:
    Receiver(const ConnectionWords& words, std::string slot, WalSink& sink, bool follow, const WorkContext& work)
        : words_(words), slot_(std::move(slot)), sink_(sink), follow_(follow), work_(work),
          link_(PostgresConnection::open(words, {.replication = true, .purpose = "holdfast log"}, work.cancel)) {}

    ReceiveResult run() {
        const ServerFacts server = ask_server(link_);
        goal_ = server.written;
        head_.segment_bytes = static_cast<std::uint32_t>(server.wal_segment_bytes);
        head_.version = static_cast<std::uint32_t>(server.major);
        head_.branch.system = system_of(server);
        if (auto lost = find_begin(server)) return *lost;
        while (true) {
            const auto next = receive_timeline();
            if (!next) return {work_.cancel.stop_requested() ? ReceiveEnd::Stopped : ReceiveEnd::CaughtUp, gap_};
            // The server goes on in another timeline: with a copy of the segment in which that begins.
            head_.branch.timeline = next->first;
            durable_ = floor_to(next->second, head_.segment_bytes);
        }
    }

private:
    // Where to go on: where the store's log ends, or where the server's own begins to be kept for us.
    std::optional<ReceiveResult> find_begin(const ServerFacts& server) {
        PostgresConnection sql = PostgresConnection::open(words_, {.purpose = "holdfast log"}, work_.cancel);
        Slot slot = look_at_slot(sql, slot_);
        if (slot.in_use) {
            throw Error(ErrorCode::Busy, fmt::format("somebody receives the log over the slot {} already", slot_), "One receiver of a database is enough; stop the other one.");
        }
        const auto end = sink_.end_of(head_.branch.system, server.timeline);
        if (slot.lost) {
            // It is of no use any more. The next one begins behind the gap.
            remove_slot(sql, slot_);
            return ReceiveResult{ReceiveEnd::Lost, "the server has removed log that was not received yet (max_slot_wal_keep_size)"};
        }
        if (!slot.is_there) {
            make_slot(sql, slot_);
            slot = look_at_slot(sql, slot_);
        }
        const Lsn kept = floor_to(slot.from.value_or(server.written), head_.segment_bytes);
        if (end && !has_in_its_past(server, *end)) {
            head_.branch.timeline = server.timeline;
            durable_ = kept;
            gap_ = fmt::format("the server has been set back: on its timeline {} it does not have the log up to {} of timeline {}", server.timeline, to_text(end->second), end->first);
            return std::nullopt;
        }
        if (end && end->second >= kept) {
            head_.branch.timeline = end->first;
            durable_ = end->second;
            return std::nullopt;
        }
        head_.branch.timeline = server.timeline;
        durable_ = kept;
        // What lies between is gone from the server, or may be: the store's log has a gap there, and goes on behind it.
        if (end) gap_ = fmt::format("the server's log from {} to {} was not kept for us", to_text(end->second), to_text(kept));
        return std::nullopt;
    }

    // A server that was restored to an earlier moment goes on elsewhere than the store's log has gone.
    bool has_in_its_past(const ServerFacts& server, const std::pair<TimelineNumber, Lsn>& end) {
        if (end.first == server.timeline) return true;
        if (server.timeline < 2 || end.first > server.timeline) return false;
        const PostgresResult history = link_.execute(fmt::format("TIMELINE_HISTORY {}", server.timeline));
        history.expect(1, 2);
        const auto left = left_timeline_at(history.text(0, 1), end.first);
        return left && end.second <= *left;
    }

    // Returns the next timeline and where it begins, or nothing where it was to end.
    std::optional<std::pair<TimelineNumber, Lsn>> receive_timeline() {
        if (head_.branch.timeline > 1) fetch_history();
        const PostgresResult begun = link_.execute(fmt::format("START_REPLICATION SLOT {} PHYSICAL {} TIMELINE {}", quote_name(slot_), to_text(durable_), head_.branch.timeline));
        if (begun.kind() != PostgresResult::Kind::CopyBoth) return next_timeline(begun);
        received_ = durable_;
        confirm(true);
        while (!work_.cancel.stop_requested()) {
            if (!follow_ && durable_ >= goal_) {
                confirm(false);
                link_.end_copy();
                return std::nullopt;
            }
            if (!take_messages()) {
                put_waiting();
                link_.end_copy();
                const PostgresResult said = link_.next_result();
                while (link_.next_result().kind() != PostgresResult::Kind::None) {}   // That the command has ended: the next one can be given.
                return next_timeline(said);
            }
        }
        put_waiting();
        return std::nullopt;
    }

    std::optional<std::pair<TimelineNumber, Lsn>> next_timeline(const PostgresResult& result) {
        if (result.rows() == 0) throw Error(ErrorCode::Unavailable, "the server ended its log without saying how it goes on", "It may be shutting down; try again.");
        result.expect(1, 2);
        return std::pair(static_cast<TimelineNumber>(result.integer(0, 0)), result.lsn(0, 1));
    }

    void fetch_history() {
        const PostgresResult history = link_.execute(fmt::format("TIMELINE_HISTORY {}", head_.branch.timeline));
        history.expect(1, 2);
        // Some versions send the content as text, some as bytes; both are the file as it is.
        sink_.put_history(head_.branch.system, history_name(head_.branch.timeline), as_bytes(history.text(0, 1)));
    }

    // Takes what is there, waits a little where nothing is; false where the server ends the stream.
    bool take_messages() {
        CopyMessage message;
        auto read = link_.read_copy(message, waiting_.empty() ? kWait : Duration(0));
        for (; read == PostgresConnection::CopyRead::Message; read = link_.read_copy(message, Duration(0))) {
            take(message.bytes());
            if (waiting_.size() >= kBatchBytes) break;
        }
        if (read == PostgresConnection::CopyRead::End) return false;
        put_waiting();
        if (work_.clock.steady() - confirmed_at_ >= kConfirmEvery) confirm(true);
        return true;
    }

    void take(ByteView message) {
        if (message.empty()) throw Error(ErrorCode::Corrupt, "the server sent an empty message in its log");
        const char kind = static_cast<char>(message[0]);
        if (kind == 'w' && message.size() >= kLogHeaderBytes) {
            if (Lsn{big_endian_at(message, 1)} != received_) {
                throw Error(ErrorCode::Corrupt, fmt::format("the server went on at {} where {} was due", to_text(Lsn{big_endian_at(message, 1)}), to_text(received_)));
            }
            const ByteView bytes = message.subspan(kLogHeaderBytes);
            waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
            received_ = received_ + bytes.size();
        } else if (kind == 'k' && message.size() >= kAliveBytes) {
            if (waiting_.empty() && Lsn{big_endian_at(message, 1)} <= durable_) sink_.nothing_new(asked_at_);
            if (message[17] != std::byte{0}) confirm(false);
        }
    }

    void put_waiting() {
        if (waiting_.empty()) return;
        sink_.put(head_, durable_, waiting_);
        durable_ = durable_ + waiting_.size();
        waiting_.clear();
        confirm(false);
    }

    // Tells the server what is durable. `ask`: it is to answer how far it is.
    void confirm(bool ask) {
        if (ask) asked_at_ = work_.clock.now();
        ByteWriter out;
        out.u8('r');
        for (int i = 0; i < 3; ++i) put_big_endian(out, durable_.bytes);
        put_big_endian(out, static_cast<std::uint64_t>((to_millis(work_.clock.now()) - 946'684'800'000) * 1000));
        out.u8(ask ? 1 : 0);
        link_.write_copy(out.bytes());
        confirmed_at_ = work_.clock.steady();
    }

    const ConnectionWords& words_;
    std::string slot_;
    WalSink& sink_;
    bool follow_;
    const WorkContext& work_;
    PostgresConnection link_;
    WalHead head_;
    Lsn goal_, durable_, received_;
    Bytes waiting_;
    Instant asked_at_{};
    Duration confirmed_at_{0};
    std::string gap_;
};

}  // namespace

std::string wal_slot_name(const DatabaseName& database) {
    std::string name(kSlotPrefix);
    for (const char c : database.str()) name += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
    return name.substr(0, kSlotNameMost);
}

ReceiveResult receive_wal_of(const ConnectionWords& words, const DatabaseName& database, WalSink& sink, bool follow, const WorkContext& work) {
    return Receiver(words, wal_slot_name(database), sink, follow, work).run();
}

std::vector<KeptWal> kept_wal_of(const ConnectionWords& words, const DatabaseName& database) {
    PostgresConnection sql = PostgresConnection::open(words, {.purpose = "holdfast log"}, {});
    const PostgresResult rows = sql.query(
        "SELECT slot_name, active, coalesce(wal_status = 'lost', false), coalesce(greatest(pg_catalog.pg_wal_lsn_diff("
        "CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END, restart_lsn), 0), 0)::bigint, "
        "(SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'max_slot_wal_keep_size') "
        "FROM pg_catalog.pg_replication_slots WHERE slot_type = 'physical' AND left(slot_name, $1::int) = $2 ORDER BY slot_name",
        std::vector<std::optional<std::string>>{std::to_string(kSlotPrefix.size()), std::string(kSlotPrefix)});
    std::vector<KeptWal> kept;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        KeptWal each{.name = std::string(rows.text(row, 0)), .is_own = rows.text(row, 0) == wal_slot_name(database), .in_use = rows.truth(row, 1),
                     .lost = rows.truth(row, 2), .bytes = static_cast<std::uint64_t>(rows.integer(row, 3)), .bytes_most = std::nullopt};
        // In megabytes (the manual's "Sending Servers"); -1 is without end.
        if (const std::int64_t most = rows.integer(row, 4); most >= 0) each.bytes_most = static_cast<std::uint64_t>(most) << 20;
        kept.push_back(std::move(each));
    }
    return kept;
}

void drop_wal_slot(const ConnectionWords& words, const DatabaseName& database) {
    PostgresConnection sql = PostgresConnection::open(words, {.purpose = "holdfast log"}, {});
    const std::string name = wal_slot_name(database);
    if (look_at_slot(sql, name).in_use) {
        throw Error(ErrorCode::Busy, fmt::format("somebody receives the log over the slot {}", name), "Stop the follower of this database first: nothing was dropped.");
    }
    remove_slot(sql, name);
}

}  // namespace holdfast
