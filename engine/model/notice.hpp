// A trouble that somebody is to be told of, and what is told of it.
#pragma once

#include <utility>

#include "engine/base/time.hpp"
#include "engine/model/finding.hpp"
#include "engine/model/notice_event.hpp"

namespace holdfast {

// Something that is wrong now. What has the same key is the same trouble, whatever its words are by now.
struct Trouble {
    NoticeEvent event = NoticeEvent::BackupFailed;
    Severity severity = Severity::Error;
    std::string subject;           // The database, store or run; empty: the installation.
    std::string part;              // What of it: "full", a runbook, a step; may be empty.
    std::string message;           // A sentence's end, with the arithmetic; no secrets.
    std::string fix;               // What to do next.
    Instant since;
    std::string key() const;       // "backup_failed/orders/full"
    bool operator==(const Trouble&) const = default;
};

enum class NoticeState : std::uint8_t { Trouble, Reminder, Over, Test };
std::string_view name_of(NoticeState state);    // trouble, reminder, over, test

// One message on its way. It stays until it was told; its id is the same however often that is tried.
struct Notice {
    std::string id;
    std::string way;               // Its name under `notify:`.
    NoticeState state = NoticeState::Trouble;
    Trouble about;
    Instant made;
    std::int64_t attempts = 0;     // That failed.
    Instant next_try;
    std::string last_error;        // Of the last one; no secrets.
    bool operator==(const Notice&) const = default;
};

// A trouble as one way of telling was last told of it, or is about to be.
struct ToldTrouble {
    std::string way;
    Trouble about;
    Instant told;                  // When the newest message about it was made.
    bool operator==(const ToldTrouble&) const = default;
};

// What becomes of notices after a look at what is wrong: all of it at once, or nothing.
struct NoticeChanges {
    std::vector<Notice> add;
    std::vector<std::string> drop;                             // Ids of notices that need not be sent any more.
    std::vector<ToldTrouble> told;                             // New, or in place of that of the same way and key.
    std::vector<std::pair<std::string, std::string>> forget;   // Way and key of troubles that are over.
    bool empty() const { return add.empty() && drop.empty() && told.empty() && forget.empty(); }
};

// "error: orders: the full backup due at … failed: …"; "error: still: …", "over: …" and "test: …" for the other states. One line.
std::string notice_line(const Notice& notice);

// What every kind of message says, under the names that placeholders and the webhook use, in that order.
std::vector<std::pair<std::string, std::string>> fields_of(const Notice& notice, const std::string& host);

}  // namespace holdfast
