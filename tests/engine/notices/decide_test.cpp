#include "engine/notices/decide.hpp"

#include <catch2/catch.hpp>

#include "tests/support/catalog_values.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

// The catalog's part, in memory.
class Outbox {
public:
    std::vector<NotifySpec> ways{way("on-call", {NoticeEvent::BackupFailed, NoticeEvent::RpoAtRisk})};
    NoticesBefore kept;

    static NotifySpec way(std::string name, std::vector<NoticeEvent> on) {
        NotifySpec spec;
        spec.name = std::move(name);
        spec.command = {"/bin/page"};
        spec.on = std::move(on);
        return spec;
    }
    void look(const TroublesNow& now, std::string_view at) {
        const NoticeChanges changes = decide_notices(ways, now, kept, instant_of(at), [this] { return "n" + std::to_string(++made_); });
        std::erase_if(kept.unsent, [&](const Notice& notice) { return std::ranges::find(changes.drop, notice.id) != changes.drop.end(); });
        for (const auto& [way, key] : changes.forget) forget(way, key);
        for (const ToldTrouble& told : changes.told) {
            forget(told.way, told.about.key());
            kept.told.push_back(told);
        }
        kept.unsent.insert(kept.unsent.end(), changes.add.begin(), changes.add.end());
    }
    // Everything on its way arrives; what it was.
    std::vector<std::string> send() {
        std::vector<std::string> sent;
        for (const Notice& notice : kept.unsent) sent.push_back(notice.way + " " + std::string(name_of(notice.state)) + " " + notice.about.key());
        kept.unsent.clear();
        return sent;
    }

private:
    void forget(const std::string& way, const std::string& key) {
        std::erase_if(kept.told, [&](const ToldTrouble& told) { return told.way == way && told.about.key() == key; });
    }
    int made_ = 0;
};

Trouble trouble(NoticeEvent event, std::string subject, Severity severity = Severity::Error) {
    return {.event = event, .severity = severity, .subject = std::move(subject), .part = {}, .message = "m", .fix = "f", .since = instant_of("2026-12-01T02:00:00Z")};
}
const TroublesNow kNothing;
const TroublesNow kFailed{.troubles = {trouble(NoticeEvent::BackupFailed, "orders")}, .unknown = {}};
using Sent = std::vector<std::string>;

}  // namespace

TEST_CASE("a trouble is told once, reminded of after a day, and its end is told", "[notices]") {
    Outbox box;
    box.look(kFailed, "2026-12-01T02:00:00Z");
    CHECK(box.send() == Sent{"on-call trouble backup_failed/orders/"});
    box.look(kFailed, "2026-12-01T02:01:00Z");
    box.look(kFailed, "2026-12-02T01:59:00Z");
    CHECK(box.send().empty());
    box.look(kFailed, "2026-12-02T02:00:00Z");
    box.look(kFailed, "2026-12-02T02:01:00Z");
    CHECK(box.send() == Sent{"on-call reminder backup_failed/orders/"});
    box.look(kNothing, "2026-12-02T03:00:00Z");
    box.look(kNothing, "2026-12-02T03:01:00Z");
    CHECK(box.send() == Sent{"on-call over backup_failed/orders/"});
}

TEST_CASE("only what a way wants is told to it", "[notices]") {
    Outbox box;
    box.ways.push_back(Outbox::way("security", {NoticeEvent::KeyDue}));
    box.look({.troubles = {trouble(NoticeEvent::KeyDue, "local", Severity::Warning), trouble(NoticeEvent::DrillFailed, "orders")}, .unknown = {}}, "2026-12-01T02:00:00Z");
    CHECK(box.send() == Sent{"security trouble key_due/local/"});
}

TEST_CASE("a trouble that becomes worse is told again at once", "[notices]") {
    Outbox box;
    box.look({.troubles = {trouble(NoticeEvent::RpoAtRisk, "orders", Severity::Warning)}, .unknown = {}}, "2026-12-01T02:00:00Z");
    box.send();
    box.look({.troubles = {trouble(NoticeEvent::RpoAtRisk, "orders", Severity::Error)}, .unknown = {}}, "2026-12-01T02:05:00Z");
    CHECK(box.send() == Sent{"on-call trouble rpo_at_risk/orders/"});
    box.look({.troubles = {trouble(NoticeEvent::RpoAtRisk, "orders", Severity::Warning)}, .unknown = {}}, "2026-12-01T02:10:00Z");
    CHECK(box.send().empty());
}

TEST_CASE("what nobody was told of is not said to be over", "[notices]") {
    Outbox box;
    box.look(kFailed, "2026-12-01T02:00:00Z");
    box.look(kNothing, "2026-12-01T02:01:00Z");
    CHECK(box.kept.unsent.empty());
    CHECK(box.kept.told.empty());
}

TEST_CASE("what may have arrived is said to be over, after it", "[notices]") {
    Outbox box;
    box.look(kFailed, "2026-12-01T02:00:00Z");
    box.kept.unsent[0].attempts = 1;
    box.look(kNothing, "2026-12-01T02:01:00Z");
    CHECK(box.send() == Sent{"on-call trouble backup_failed/orders/", "on-call over backup_failed/orders/"});
}

TEST_CASE("what comes and goes while a server is away makes no heap of messages", "[notices]") {
    Outbox box;
    box.look(kFailed, "2026-12-01T02:00:00Z");
    box.send();
    for (int minute = 10; minute < 50; minute += 2) {
        box.look(kNothing, "2026-12-01T02:" + std::to_string(minute) + ":00Z");
        box.look(kFailed, "2026-12-01T02:" + std::to_string(minute + 1) + ":00Z");
    }
    CHECK(box.send().empty());
    box.look(kNothing, "2026-12-01T03:00:00Z");
    CHECK(box.send() == Sent{"on-call over backup_failed/orders/"});
}

TEST_CASE("no reminder piles up on a message that did not get through", "[notices]") {
    Outbox box;
    box.look(kFailed, "2026-12-01T02:00:00Z");
    for (int day = 2; day < 9; ++day) box.look(kFailed, "2026-12-0" + std::to_string(day) + "T03:00:00Z");
    CHECK(box.send() == Sent{"on-call trouble backup_failed/orders/"});
}

TEST_CASE("what cannot be looked at is neither told nor over", "[notices]") {
    Outbox box;
    box.ways = {Outbox::way("on-call", {NoticeEvent::SpaceLow})};
    box.look({.troubles = {trouble(NoticeEvent::SpaceLow, "offsite")}, .unknown = {}}, "2026-12-01T02:00:00Z");
    box.send();
    box.look({.troubles = {}, .unknown = {{NoticeEvent::SpaceLow, "offsite"}}}, "2026-12-01T02:01:00Z");
    CHECK(box.send().empty());
    box.look(kNothing, "2026-12-01T02:02:00Z");
    CHECK(box.send() == Sent{"on-call over space_low/offsite/"});
}

TEST_CASE("what the policy no longer tells is forgotten without a word", "[notices]") {
    Outbox box;
    box.look(kFailed, "2026-12-01T02:00:00Z");
    box.ways.clear();
    box.look(kFailed, "2026-12-01T02:01:00Z");
    CHECK(box.kept.unsent.empty());
    CHECK(box.kept.told.empty());
}

TEST_CASE("a message is tried again after one minute, two, four, up to an hour", "[notices]") {
    const Instant now = instant_of("2026-12-01T02:00:00Z");
    CHECK(next_try_after(1, now) == now + 1min);
    CHECK(next_try_after(2, now) == now + 2min);
    CHECK(next_try_after(4, now) == now + 8min);
    CHECK(next_try_after(7, now) == now + 60min);
    CHECK(next_try_after(1'000'000'000'000, now) == now + 60min);
}
