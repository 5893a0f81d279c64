// The audit chain: entries that are only ever added, each hashed together with the hash before it.
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/catalog/audit_head.hpp"
#include "engine/catalog/catalog.hpp"
#include "engine/catalog/state.hpp"
#include "engine/crypto/hash.hpp"

namespace holdfast {
namespace {

struct ChainedEntry {
    AuditEntry entry;     // entry.hash is not used here.
    Bytes previous, hash;
};

// The one place that names the columns of `audit`.
constexpr std::string_view kAuditColumns = "sequence, at, user, host, action, subject, detail, previous, hash";

ChainedEntry entry_in(const Statement& row) {
    return {.entry = {.sequence = row.integer(0),
                      .at = from_millis(row.integer(1)),
                      .user = row.text(2),
                      .host = row.text(3),
                      .action = row.text(4),
                      .subject = row.text(5),
                      .detail = row.text(6),
                      .hash = {}},
            .previous = row.blob(7),
            .hash = row.blob(8)};
}

// Every field with its length in front, so that no two different entries are hashed as the same bytes.
Bytes hash_of(const AuditEntry& entry, ByteView previous) {
    ByteWriter writer;
    writer.text("holdfast-audit-1");
    writer.u64(static_cast<std::uint64_t>(entry.sequence));
    writer.u64(static_cast<std::uint64_t>(to_millis(entry.at)));
    for (const std::string* field : {&entry.user, &entry.host, &entry.action, &entry.subject, &entry.detail}) writer.text(*field);
    writer.sized(previous);
    return to_bytes(sha256(writer.bytes()));
}

// The account that runs this process, from the system's own table: a variable could say anything.
std::string current_user() {
    std::array<char, 4096> buffer{};
    struct passwd account {};
    struct passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &account, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return found->pw_name;
    return fmt::format("uid {}", ::geteuid());
}

std::string current_host() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

std::optional<ChainedEntry> entry_at(Connection& database, std::string_view where, std::optional<std::int64_t> sequence) {
    Statement row = database.prepare(fmt::format("SELECT {} FROM audit {} LIMIT 1", kAuditColumns, where));
    if (sequence) row.bind(1, *sequence);
    return row.step() ? std::optional(entry_in(row)) : std::nullopt;
}

std::optional<ChainedEntry> last_entry(Connection& database) {
    return entry_at(database, "ORDER BY sequence DESC", std::nullopt);
}

// What comes before the next entry: the last one; in a catalog that was made anew, the head of the chain that was lost.
AuditHead end_of_chain(Connection& database, const fs::path& head_file) {
    if (const auto last = last_entry(database)) return {.sequence = last->entry.sequence, .hash = last->hash};
    try {
        if (auto head = read_audit_head(head_file)) return *head;
    } catch (const Error&) {
        // An unreadable head must not stop a backup; verify_audit reports it.
    }
    return {.sequence = 0, .hash = Bytes(32)};
}

// Brings the second copy of the chain's end up to date. The transaction, which changes nothing, keeps other
// processes from writing an older end over a newer one. A head that contradicts the chain is evidence: it stays.
void follow_with_head(Connection& database, const fs::path& head_file) {
    const Transaction turn(database);
    const auto last = last_entry(database);
    std::optional<AuditHead> head;
    try {
        head = read_audit_head(head_file);
    } catch (const Error&) {
        return;  // Evidence as well.
    }
    if (head) {
        if (head->sequence >= last->entry.sequence) return;
        const auto same = entry_at(database, "WHERE sequence = ?1", head->sequence);
        const auto first = entry_at(database, "ORDER BY sequence", std::nullopt);
        const bool continues_lost_chain = first->entry.sequence == head->sequence + 1 && first->previous == head->hash;
        if (!continues_lost_chain && (!same || same->hash != head->hash)) return;
    }
    write_audit_head(head_file, {.sequence = last->entry.sequence, .hash = last->hash});
}

// Returns why the chain does not hold at `entry`; empty where it does.
std::string fault_of(const ChainedEntry& entry, std::int64_t expected_sequence, const Bytes& expected_previous) {
    if (entry.entry.sequence != expected_sequence) {
        return fmt::format("entries {} to {} are missing", expected_sequence, entry.entry.sequence - 1);
    }
    if (entry.previous != expected_previous) return fmt::format("entry {} does not follow from the one before it", expected_sequence);
    if (hash_of(entry.entry, entry.previous) != entry.hash) return fmt::format("entry {} was changed", expected_sequence);
    return {};
}

std::string fault_of_head(const std::optional<AuditHead>& head, const std::map<std::int64_t, Bytes>& at_head, std::int64_t last) {
    if (!head) return last > 0 ? "audit.head, the second copy of the chain's end, is missing" : "";
    if (head->sequence > last) return fmt::format("entries {} to {} were cut off", last + 1, head->sequence);
    const auto found = at_head.find(head->sequence);
    if (found == at_head.end() || found->second != head->hash) {
        return fmt::format("entry {} is not the one that audit.head remembers", head->sequence);
    }
    return {};
}

}  // namespace

void Catalog::audit(const std::string& action, const std::string& subject, const std::string& detail) {
    const auto lock = state_->lock();
    Connection& database = state_->database;
    fault_point("catalog.audit.before");
    {
        Transaction transaction(database);
        const AuditHead end = end_of_chain(database, state_->head);
        const AuditEntry entry{.sequence = end.sequence + 1,
                               .at = state_->clock.now(),
                               .user = current_user(),
                               .host = current_host(),
                               .action = action,
                               .subject = subject,
                               .detail = detail,
                               .hash = {}};
        database.run(fmt::format("INSERT INTO audit ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", kAuditColumns),
                     entry.sequence, to_millis(entry.at), entry.user, entry.host, entry.action, entry.subject, entry.detail,
                     end.hash, hash_of(entry, end.hash));
        transaction.commit();
    }
    fault_point("catalog.audit.after");
    follow_with_head(database, state_->head);
}

std::vector<AuditEntry> Catalog::audit_entries(std::size_t limit) const {
    const auto lock = state_->lock();
    Statement row = state_->database.prepare(fmt::format("SELECT {} FROM audit ORDER BY sequence DESC LIMIT ?1", kAuditColumns));
    row.bind(1, limit);
    std::vector<AuditEntry> entries;
    while (row.step()) {
        ChainedEntry chained = entry_in(row);
        chained.entry.hash = to_hex(chained.hash);
        entries.push_back(std::move(chained.entry));
    }
    return entries;
}

AuditReport Catalog::verify_audit() const {
    const auto lock = state_->lock();
    AuditReport report;
    const auto break_at = [&report](std::int64_t sequence, std::string why) {
        if (why.empty() || report.broken_at) return;
        report.broken_at = sequence;
        report.why = std::move(why);
    };
    // The head is read before the entries: whoever appends meanwhile can only make it lag behind them.
    std::optional<AuditHead> head;
    std::string head_unreadable;
    try {
        head = read_audit_head(state_->head);
    } catch (const Error& error) {
        head_unreadable = error.message;
    }
    const Transaction snapshot(state_->database, Transaction::Kind::Deferred);
    Statement row = state_->database.prepare(fmt::format("SELECT {} FROM audit ORDER BY sequence", kAuditColumns));
    std::map<std::int64_t, Bytes> at_head;
    std::int64_t last = 0;
    Bytes previous(32);
    while (row.step()) {
        const ChainedEntry entry = entry_in(row);
        break_at(last + 1, fault_of(entry, last + 1, previous));
        last = entry.entry.sequence;
        previous = entry.hash;
        if (head && last == head->sequence) at_head.emplace(last, entry.hash);
        ++report.entries;
    }
    break_at(last + 1, head_unreadable);
    if (head_unreadable.empty()) break_at(head ? std::min(head->sequence, last + 1) : last, fault_of_head(head, at_head, last));
    return report;
}

}  // namespace holdfast
