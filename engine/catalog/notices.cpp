// What was told and what is to be, and the statements that were signed.
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/catalog/catalog.hpp"
#include "engine/catalog/state.hpp"

namespace holdfast {
namespace {

// The columns that both tables have of a trouble; trouble_in follows this order.
constexpr std::string_view kTroubleColumns = "event, severity, subject, part, message, fix, since";
constexpr int kTroubleColumnCount = 7;

Trouble trouble_in(const Statement& row, int first) {
    return {.event = enum_named(row.text(first), NoticeEvent::ApprovalNeeded), .severity = enum_named(row.text(first + 1), Severity::Note), .subject = row.text(first + 2),
            .part = row.text(first + 3), .message = row.text(first + 4), .fix = row.text(first + 5), .since = from_millis(row.integer(first + 6))};
}

void insert_notice(Connection& database, const Notice& notice) {
    const Trouble& about = notice.about;
    database.run(fmt::format("INSERT INTO notice ({}, id, way, state, made, attempts, next_try, last_error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)", kTroubleColumns),
                 name_of(about.event), name_of(about.severity), about.subject, about.part, about.message, about.fix, to_millis(about.since), notice.id, notice.way, name_of(notice.state),
                 to_millis(notice.made), notice.attempts, to_millis(notice.next_try), notice.last_error);
}

void put_told(Connection& database, const ToldTrouble& told) {
    const Trouble& about = told.about;
    database.run(fmt::format("INSERT OR REPLACE INTO told_trouble ({}, way, key, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)", kTroubleColumns), name_of(about.event),
                 name_of(about.severity), about.subject, about.part, about.message, about.fix, to_millis(about.since), told.way, about.key(), to_millis(told.told));
}

}  // namespace

std::vector<ToldTrouble> Catalog::told_troubles() const {
    const auto lock = state_->lock();
    Statement row = state_->database.prepare(fmt::format("SELECT {}, way, told FROM told_trouble ORDER BY way, key", kTroubleColumns));
    std::vector<ToldTrouble> found;
    while (row.step()) found.push_back({.way = row.text(kTroubleColumnCount), .about = trouble_in(row, 0), .told = from_millis(row.integer(kTroubleColumnCount + 1))});
    return found;
}

std::vector<Notice> Catalog::notices() const {
    const auto lock = state_->lock();
    Statement row = state_->database.prepare(fmt::format("SELECT {}, id, way, state, made, attempts, next_try, last_error FROM notice ORDER BY number", kTroubleColumns));
    std::vector<Notice> found;
    while (row.step()) {
        constexpr int kAfter = kTroubleColumnCount;
        found.push_back({.id = row.text(kAfter), .way = row.text(kAfter + 1), .state = enum_named(row.text(kAfter + 2), NoticeState::Test), .about = trouble_in(row, 0),
                         .made = from_millis(row.integer(kAfter + 3)), .attempts = row.integer(kAfter + 4), .next_try = from_millis(row.integer(kAfter + 5)), .last_error = row.text(kAfter + 6)});
    }
    return found;
}

void Catalog::change_notices(const NoticeChanges& changes) {
    if (changes.empty()) return;
    const auto lock = state_->lock();
    Transaction transaction(state_->database);
    for (const std::string& id : changes.drop) state_->database.run("DELETE FROM notice WHERE id = ?1", id);
    for (const auto& [way, key] : changes.forget) state_->database.run("DELETE FROM told_trouble WHERE way = ?1 AND key = ?2", way, key);
    for (const ToldTrouble& told : changes.told) put_told(state_->database, told);
    for (const Notice& notice : changes.add) insert_notice(state_->database, notice);
    fault_point("catalog.notices.before");
    transaction.commit();
    fault_point("catalog.notices.after");
}

void Catalog::notice_sent(const std::string& id) {
    fault_point("catalog.notice_sent.before");
    const auto lock = state_->lock();
    state_->database.run("DELETE FROM notice WHERE id = ?1", id);
    fault_point("catalog.notice_sent.after");
}

void Catalog::notice_failed(const std::string& id, Instant next_try, const std::string& error) {
    const auto lock = state_->lock();
    state_->database.run("UPDATE notice SET attempts = attempts + 1, next_try = ?2, last_error = ?3 WHERE id = ?1", id, to_millis(next_try), error);
}

void Catalog::keep_statement(const KeptStatement& statement) {
    const auto lock = state_->lock();
    fault_point("catalog.statement.before");
    state_->database.run("INSERT OR IGNORE INTO statement (kind, subject, happened, signed_at, public_key, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", statement.kind, statement.subject,
                         to_millis(statement.happened), to_millis(statement.signed_at), statement.public_key, statement.envelope);
    fault_point("catalog.statement.after");
}

bool Catalog::has_statement(std::string_view kind, std::string_view subject) const {
    const auto lock = state_->lock();
    return state_->database.integer("SELECT 1 FROM statement WHERE kind = ?1 AND subject = ?2", kind, subject).has_value();
}

std::vector<KeptStatement> Catalog::statements(Instant after, Instant until) const {
    const auto lock = state_->lock();
    Statement row = state_->database.prepare("SELECT kind, subject, happened, signed_at, public_key, envelope FROM statement WHERE happened > ?1 AND happened <= ?2 ORDER BY kind, happened, number");
    row.bind_all(to_millis(after), to_millis(until));
    std::vector<KeptStatement> found;
    while (row.step()) {
        found.push_back({.kind = row.text(0), .subject = row.text(1), .happened = from_millis(row.integer(2)), .signed_at = from_millis(row.integer(3)), .public_key = row.text(4), .envelope = row.text(5)});
    }
    return found;
}

}  // namespace holdfast
