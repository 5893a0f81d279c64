#include "dsl/journal/record.hpp"

#include <catch2/catch.hpp>

#include "engine/base/error.hpp"

using namespace holdfast;

TEST_CASE("every kind of record comes back from its bytes", "[dsl][journal]") {
    const Instant at = from_millis(77);
    const std::vector<JournalRecord> records{
        HeaderRecord{}, ResumeRecord{at, "u", "h"}, IntentRecord{}, ResultRecord{}, FailureRecord{3, 2, "io", "m", "h", at},
        AskRecord{4, "put back", ValueMap{{"into", "orders"}}, {"31 rows missing", "sample"}, "hash", 2, at},
        AnswerRecord{4, "hash", "dba-one", true, "fine", "signature", "ed25519:x", "00ff", at}, ResolveRecord{5, "done", "u", "c", at},
        UndoIntentRecord{6, 1, "drop.copy", ValueMap{}, "u", at}, UndoResultRecord{6, false, "no", Duration(3), at},
        StopRecord{"done", "", "", "", ValueMap{{"rows", 31}}, "u", at}, EditRecord{"text", "hash", "file", "u", at},
    };
    REQUIRE(records.size() == std::variant_size_v<JournalRecord>);
    for (const JournalRecord& record : records) {
        const Bytes bytes = encode_record(record);
        CHECK(encode_record(decode_record(bytes)) == bytes);
        CHECK(decode_record(bytes).index() == record.index());
        for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_THROWS_AS(decode_record(ByteView(bytes).first(size)), Error);
        Bytes longer = bytes;
        longer.push_back(std::byte{0});
        CHECK_THROWS_AS(decode_record(longer), Error);
    }
    CHECK(std::get<AskRecord>(decode_record(encode_record(records[5]))).evidence.size() == 2);
}

TEST_CASE("a record of an unknown kind is refused", "[dsl][journal]") {
    CHECK_THROWS_AS(decode_record(as_bytes(std::string_view("\0", 1))), Error);
    CHECK_THROWS_AS(decode_record(as_bytes("\x7f")), Error);
}
