#include "engine/model/notice_event.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("every event has a word that is read back", "[model][notices]") {
    for (const std::string& word : notice_event_words()) {
        const auto event = parse_notice_event(word);
        REQUIRE(event);
        CHECK(name_of(*event) == word);
    }
    CHECK(name_of(NoticeEvent::ApprovalNeeded) == "approval_needed");
    CHECK_FALSE(parse_notice_event("backup_faild"));
}
