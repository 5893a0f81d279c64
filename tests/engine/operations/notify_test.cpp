#include "engine/operations/notify.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/gather_troubles.hpp"
#include "engine/operations/tick.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

class NotifyFixture : public WorkplaceFixture {
public:
    // Each run of the command leaves a line in `paged`.
    void page_with(const std::string& script) {
        write("page.sh", "#!/bin/sh\n" + script);
        std::filesystem::permissions(folder / "page.sh", std::filesystem::perms::owner_all);
        std::filesystem::remove_all(folder / "policies");
        set_up("notify:\n  on-call: { command: [\"" + (folder / "page.sh").string() + "\", \"{state}\", \"{event}\", \"{database}\", \"{message}\"], on: [backup_failed, drill_failed], remind_every: 6h }\n");
        open();
    }
    static std::string append(const std::filesystem::path& folder) { return "echo \"$1 $2 $3\" >> " + (folder / "paged").string() + "\n"; }
    std::string paged() const {
        std::ifstream file(folder / "paged");
        return {std::istreambuf_iterator<char>(file), {}};
    }
    NoticesDone tell() { return tell_notices(place(), [](const Notice& notice, const std::string&) { return notice.id; }, never); }
    // A night in which the database is not there.
    void fail_a_night() {
        std::filesystem::rename(database(), folder / "gone.db");
        clock.set(*parse_rfc3339("2026-11-21T01:05:00Z"));
        tick(place(), {}, progress, never);
    }
    void mend() {
        std::filesystem::rename(folder / "gone.db", database());
        back_up();
    }
};

}  // namespace

TEST_CASE_METHOD(NotifyFixture, "a failed backup is told once, reminded of, and its end is told", "[operations][notices]") {
    page_with(append(folder.path()));
    CHECK(tell().sent == 0);
    fail_a_night();
    CHECK(tell().sent == 1);
    CHECK(tell().sent == 0);
    CHECK(paged() == "trouble backup_failed orders\n");
    clock.advance(6h);
    CHECK(tell().sent == 1);
    clock.advance(1min);
    mend();
    CHECK(tell().sent == 1);
    CHECK(tell().sent == 0);
    CHECK(paged() == "trouble backup_failed orders\nreminder backup_failed orders\nover backup_failed orders\n");
}

TEST_CASE_METHOD(NotifyFixture, "what could not be told is kept by the catalog and tried again after a while", "[operations][notices]") {
    page_with("test -e " + (folder / "reachable").string() + " || { echo 'the pager is away' >&2; exit 3; }\n" + append(folder.path()));
    fail_a_night();
    const NoticesDone first = tell();
    REQUIRE(first.failed.size() == 1);
    CHECK(first.failed[0].error == (folder / "page.sh").string() + " ended with status 3: the pager is away");
    CHECK(tell().failed.empty());   // Its time has not come.
    write("reachable", "");
    open();                         // As another process.
    CHECK(tell().waiting == 1);
    clock.advance(1min);
    CHECK(tell().sent == 1);
    CHECK(paged() == "trouble backup_failed orders\n");
    CHECK(notice_status(place()).unsent.empty());
    CHECK(notice_status(place()).told.size() == 1);
}

TEST_CASE_METHOD(NotifyFixture, "a program that is not there is an answer, not an end", "[operations][notices]") {
    page_with("exit 0\n");
    std::filesystem::remove(folder / "page.sh");
    fail_a_night();
    const NoticesDone done = tell();
    REQUIRE(done.failed.size() == 1);
    CHECK(done.failed[0].error.find("No such file") != std::string::npos);
}

TEST_CASE_METHOD(NotifyFixture, "while another process tells, nobody else does", "[operations][notices]") {
    page_with(append(folder.path()));
    fail_a_night();
    const LockFile other = LockFile::take(place().installation().state / "notices.lock", "the outbox", "a test", clock);
    CHECK(tell().elsewhere);
    CHECK(paged().empty());
}

TEST_CASE_METHOD(NotifyFixture, "a test message goes at once and is not kept", "[operations][notices]") {
    page_with("echo \"$1: $4\" >> " + (folder / "paged").string() + "\n");
    const NoticeTest test = test_notice(place(), "on-call", {}, never);
    CHECK(test.told);
    CHECK(test.answer == "status 0");
    CHECK(paged() == "test: this is a test of `notify.on-call`; nothing is wrong\n");
    CHECK(notice_status(place()).unsent.empty());
    const Error error = thrown_by([&] { test_notice(place(), "on-cal", {}, never); });
    CHECK(error.hint == "Did you mean on-call?");
}

TEST_CASE_METHOD(NotifyFixture, "without a courier web hooks and mails say so", "[operations][notices]") {
    std::filesystem::remove_all(folder / "policies");
    set_up("notify:\n  hook: { url: \"https://hooks.example.org/x\", on: [backup_failed] }\n");
    open();
    const NoticeTest test = test_notice(place(), "hook", [](const Notice&, const std::string&) { return std::string("{}"); }, never);
    CHECK_FALSE(test.told);
    CHECK(test.how == "https://hooks.example.org");
    CHECK(test.answer == "this build can neither post nor mail");
}

TEST_CASE_METHOD(NotifyFixture, "a tick whose messages fail has done its work all the same", "[operations][notices]") {
    page_with("exit 1\n");
    clock.set(*parse_rfc3339("2026-11-22T01:05:00Z"));
    const TickDone done = tick(place(), {}, progress, never);
    tell();
    CHECK(done.exit_status() == 0);
    CHECK(place().catalog().points(kOrders).size() == 1);
}
