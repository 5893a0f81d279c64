// `notify:` of the policy: sees what is wrong, keeps what is to be told, and tells it.
//
// What is wrong is read from the record, not remembered by whoever met it: nothing is lost when a process dies. What is to be told
// is in the catalog before it is sent and stays there until it was (at least once: a message that was sent right before a crash is
// sent again, under the same id). None of it makes a backup wait or fail.
#pragma once

#include "engine/operations/open.hpp"

namespace holdfast {

// Makes the body that is posted to a web hook (engine/wire).
using NoticeJson = std::function<std::string(const Notice&, const std::string& host)>;

struct NoticeFailure {
    std::string way, id, error;
    std::int64_t attempts = 0;
};
struct NoticesDone {
    std::size_t sent = 0, waiting = 0;           // Waiting: for their next try, or for a later tick.
    std::vector<NoticeFailure> failed;
    bool elsewhere = false;                      // Another process is at it.
};

// Looks and tells, for a minute at most. Throws nothing but Cancelled: what fails is in the result and in the catalog.
NoticesDone tell_notices(const Workplace& workplace, const NoticeJson& json, const CancelToken& cancel);

// What was told and is not over, and what is on its way.
struct NoticeStatus {
    std::vector<ToldTrouble> told;
    std::vector<Notice> unsent;
};
NoticeStatus notice_status(const Workplace& workplace);

struct NoticeTest {
    std::string way, how, answer;                // How: "command", "https://hooks.example.org", "smtp://mail:587".
    bool told = false;
};
// Sends a test message at once, past all that is kept. Throws Error{Usage} for a name that the policy does not have.
NoticeTest test_notice(const Workplace& workplace, const std::string& way, const NoticeJson& json, const CancelToken& cancel);

}  // namespace holdfast
