#include "providers/databases/postgres/backup_facts.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("places in the log are read back from a point's facts", "[postgres][facts]") {
    std::map<std::string, std::string> facts;
    add_places(facts, {Lsn{0x2000028}, 1, Lsn{0x2000100}, 2});
    const auto places = places_of(facts);
    REQUIRE(places);
    CHECK((places->start == Lsn{0x2000028} && places->start_timeline == 1 && places->stop == Lsn{0x2000100} && places->stop_timeline == 2));
    facts[kStopLsnFact] = "nowhere";
    CHECK_FALSE(places_of(facts));
    CHECK_FALSE(places_of({}));
}

TEST_CASE("a label of an increment becomes that of a whole", "[postgres][facts]") {
    CHECK(label_of_whole("START WAL LOCATION: 0/2\nINCREMENTAL FROM LSN: 0/1\nINCREMENTAL FROM TLI: 1\nLABEL: x\n") == "START WAL LOCATION: 0/2\nLABEL: x\n");
}
