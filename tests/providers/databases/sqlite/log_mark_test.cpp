#include "providers/databases/sqlite/log_mark.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

LogMark some_mark() {
    LogMark mark;
    mark.salts.fill(std::byte{0xa1});
    mark.frame = 812;
    mark.checksum = {0x1234, 0xfedcba98};
    mark.changes = 77;
    mark.page_bytes = 65536;
    mark.pages = 4'294'967'294;
    mark.inode = 18'446'744'073'709'551'615U;
    mark.seen = from_millis(1'795'000'000'123);
    mark.at = from_millis(1'795'000'000'125);
    return mark;
}

}  // namespace

TEST_CASE("a mark survives being text", "[sqlite][log]") {
    CHECK(parse_log_mark(to_text(some_mark())) == some_mark());
    CHECK(to_text(some_mark()) == "wal=a1a1a1a1a1a1a1a1 frame=812 sum=00001234fedcba98 changes=77 page=65536 pages=4294967294 "
                                  "inode=18446744073709551615 seen=1795000000123 at=1795000000125");
}

TEST_CASE("a text that is no mark is refused", "[sqlite][log]") {
    const std::string good = to_text(some_mark());
    for (const std::string& bad : {std::string(), std::string("wal"), good + " ", good + " more=1", good.substr(1), good.substr(0, good.size() - 1) + "x"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_log_mark(bad));
    }
    // Each field in turn holds something else.
    for (std::size_t at = good.find('='); at != std::string::npos; at = good.find('=', at + 1)) {
        std::string bad = good;
        bad[at + 1] = '-';
        CAPTURE(bad);
        if (at < good.find("seen=")) CHECK_FALSE(parse_log_mark(bad));   // A time may be before 1970.
    }
}
