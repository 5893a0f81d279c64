#include "engine/operations/notify.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/crypto/secret_source.hpp"
#include "engine/notices/decide.hpp"
#include "engine/notices/letter.hpp"
#include "engine/operations/gather_troubles.hpp"
#include "engine/recovery/lock_file.hpp"

namespace holdfast {
namespace {

constexpr Duration kOneMessage = std::chrono::seconds(20);
constexpr Duration kAllMessages = std::chrono::seconds(60);
constexpr std::size_t kErrorColumns = 300;

// What sending needs beside the message itself.
struct Sending {
    const Workplace& workplace;
    const NoticeJson& json;
    const CancelToken& cancel;

    const std::string& host() const { return workplace.installation().provenance.host; }
    Instant now() const { return workplace.built().clock.now(); }
};

Delivery run_command(const Sending& sending, const NotifySpec& way, const Notice& notice, Duration timeout) {
    ProcessOptions options;
    options.timeout = timeout;
    options.cancel = sending.cancel;
    const ProcessResult result = run_process(command_for(way.command, notice, sending.host()), options);
    if (result.ok()) return {.told = true, .answer = "status 0"};
    if (result.timed_out) return {.told = false, .answer = fmt::format("{} did not end within {} and was stopped", way.command.front(), for_people(timeout))};
    const std::string said(trim(result.errors.substr(0, result.errors.find('\n'))));
    return {.told = false, .answer = fmt::format("{} ended with status {}{}", way.command.front(), result.exit_status, said.empty() ? "" : ": " + said)};
}

const Courier& courier_of(const Sending& sending) {
    if (sending.workplace.built().courier != nullptr) return *sending.workplace.built().courier;
    throw Error(ErrorCode::Unavailable, "this build can neither post nor mail", "Use `command:` in `notify:`.");
}

Delivery post(const Sending& sending, const NotifySpec& way, const Notice& notice, Duration timeout) {
    WebPost post;
    post.url = way.url_from ? fetch_secret(*way.url_from) : Secret(std::string_view(way.url));
    post.json = sending.json(notice, sending.host());
    post.id = notice.id;
    post.ca = way.ca;
    post.timeout = timeout;
    return courier_of(sending).post(post, sending.cancel);
}

Delivery mail(const Sending& sending, const NotifySpec& way, const Notice& notice, Duration timeout) {
    MailPost mail;
    mail.server = way.mail->server;
    mail.from = way.mail->from;
    mail.to = way.mail->to;
    mail.user = way.mail->user;
    if (way.mail->password) mail.password = fetch_secret(*way.mail->password);
    mail.tls = way.mail->tls;
    mail.ca = way.ca;
    mail.text = mail_of(notice, *way.mail, sending.host(), sending.now());
    mail.timeout = timeout;
    return courier_of(sending).mail(mail, sending.cancel);
}

// Whatever goes wrong is an answer; only a wish to stop is thrown.
Delivery deliver(const Sending& sending, const NotifySpec& way, const Notice& notice, Duration timeout) {
    Delivery delivery;
    try {
        if (!way.command.empty()) delivery = run_command(sending, way, notice, timeout);
        else if (way.mail) delivery = mail(sending, way, notice, timeout);
        else delivery = post(sending, way, notice, timeout);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        delivery = {.told = false, .answer = error.message};
    }
    throw_if_cancelled(sending.cancel);
    delivery.answer = printable(delivery.answer, kErrorColumns);
    return delivery;
}

// One way's messages, oldest first, until one cannot be told: what follows it waits with it, so that nothing is over before it began.
void send_along(const Sending& sending, const NotifySpec& way, const std::vector<Notice>& notices, Duration until, NoticesDone& done) {
    Catalog& catalog = sending.workplace.catalog();
    const Clock& clock = sending.workplace.built().clock;
    bool stopped = false;
    for (const Notice& notice : notices) {
        if (notice.way != way.name) continue;
        const Duration left = until - clock.steady();
        stopped = stopped || left <= Duration(0) || notice.next_try > sending.now();
        if (stopped) {
            ++done.waiting;
            continue;
        }
        const Delivery delivery = deliver(sending, way, notice, std::min(kOneMessage, left));
        if (delivery.told) {
            catalog.notice_sent(notice.id);
            ++done.sent;
            continue;
        }
        const std::int64_t attempts = notice.attempts + 1;
        catalog.notice_failed(notice.id, next_try_after(attempts, sending.now()), delivery.answer);
        done.failed.push_back({.way = way.name, .id = notice.id, .error = delivery.answer, .attempts = attempts});
        log_warning("{} could not be told: {}", way.name, delivery.answer);
        stopped = true;
    }
}

void look_and_tell(const Sending& sending, NoticesDone& done) {
    const Workplace& workplace = sending.workplace;
    Catalog& catalog = workplace.catalog();
    const auto& ways = workplace.policy().notify;
    const NoticesBefore before{.told = catalog.told_troubles(), .unsent = catalog.notices()};
    if (ways.empty() && before.told.empty() && before.unsent.empty()) return;
    const TroublesNow troubles = ways.empty() ? TroublesNow{} : gather_troubles(workplace);
    const Instant now = sending.now();
    catalog.change_notices(decide_notices(ways, troubles, before, now, [&] { return new_ulid(to_millis(now)); }));
    const std::vector<Notice> unsent = catalog.notices();
    const Duration until = workplace.built().clock.steady() + kAllMessages;
    for (const NotifySpec& way : ways) send_along(sending, way, unsent, until, done);
}

std::string how_of(const NotifySpec& way) {
    if (!way.command.empty()) return way.command.front();
    if (way.mail) return way.mail->server;
    if (way.url_from) return to_text(*way.url_from);
    const auto path = way.url.find('/', way.url.find("://") + 3);
    return way.url.substr(0, path);
}

}  // namespace

NoticesDone tell_notices(const Workplace& workplace, const NoticeJson& json, const CancelToken& cancel) {
    NoticesDone done;
    try {
        const LockFile lock = LockFile::take(workplace.installation().state / "notices.lock", "the outbox", "telling what is wrong", workplace.built().clock);
        look_and_tell({workplace, json, cancel}, done);
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        done.elsewhere = error.code == ErrorCode::Busy;
        if (!done.elsewhere) {
            log_warning("nobody could be told what is wrong: {}", error.message);
            done.failed.push_back({.way = {}, .id = {}, .error = error.message});
        }
    }
    return done;
}

NoticeStatus notice_status(const Workplace& workplace) { return {.told = workplace.catalog().told_troubles(), .unsent = workplace.catalog().notices()}; }

NoticeTest test_notice(const Workplace& workplace, const std::string& way, const NoticeJson& json, const CancelToken& cancel) {
    const auto& ways = workplace.policy().notify;
    const auto spec = std::ranges::find(ways, way, &NotifySpec::name);
    if (spec == ways.end()) {
        std::vector<std::string> names;
        for (const NotifySpec& one : ways) names.push_back(one.name);
        const auto meant = closest_match(way, names);
        throw Error(ErrorCode::Usage, fmt::format("the policy has nothing named {} under `notify`", printable(way, 60)),
                    meant ? fmt::format("Did you mean {}?", *meant) : names.empty() ? "Add it: `notify: { on-call: { command: [...], on: [backup_failed] } }`." : fmt::format("It has: {}.", join(names, ", ")));
    }
    const Instant now = workplace.built().clock.now();
    const Notice notice{.id = new_ulid(to_millis(now)), .way = way, .state = NoticeState::Test,
                        .about = {.event = spec->on.empty() ? NoticeEvent::BackupFailed : spec->on.front(), .severity = Severity::Note, .subject = {}, .part = {},
                                  .message = fmt::format("this is a test of `notify.{}`; nothing is wrong", way), .fix = "Nothing.", .since = now},
                        .made = now, .attempts = 0, .next_try = now, .last_error = {}};
    const Delivery delivery = deliver({workplace, json, cancel}, *spec, notice, kOneMessage);
    return {.way = way, .how = how_of(*spec), .answer = delivery.answer, .told = delivery.told};
}

}  // namespace holdfast
