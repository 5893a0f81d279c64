#include "engine/recovery/extract.hpp"

#include <catch2/catch.hpp>

#include "tests/support/shop_pair.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

ExtractResult extract(ShopPair& pair, const std::vector<std::string>& tables, const std::string& where = {}) {
    const ExtractRequest request{.from = pair.copy(), .to = pair.fixture.folder / "out/rows.db", .tables = tables, .only_where = where,
                                 .mark = pair.fixture.folder / "mark"};
    return extract_rows(pair.fixture.installation(), request, pair.fixture.progress, {});
}

std::int64_t count(ShopPair& pair, const std::string& sql) {
    return Connection::open(pair.fixture.folder / "out/rows.db", OpenMode::ReadOnly).integer(sql).value_or(-1);
}

}  // namespace

TEST_CASE("the rows asked for are written with their table and its indexes", "[recovery][extract]") {
    ShopPair pair;
    const ExtractResult result = extract(pair, {"orders"}, "id between 10 and 19");
    CHECK(result.rows == 10);
    CHECK(result.tables == 1);
    CHECK(count(pair, "SELECT count(*) FROM orders") == 10);
    CHECK(count(pair, "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'orders'") > 0);
    CHECK(count(pair, "SELECT count(*) FROM sqlite_schema WHERE name = 'customers'") == 0);
}

TEST_CASE("without names and conditions everything is written", "[recovery][extract]") {
    ShopPair pair;
    extract(pair, {});
    CHECK((sample_content(pair.fixture.folder / "out/rows.db") == sample_content(pair.copy_path())));
}

TEST_CASE("a file that stands there is left alone, one of an earlier attempt is made anew", "[recovery][extract]") {
    ShopPair pair;
    fs::create_directories(pair.fixture.folder / "out");
    write_file_durably(pair.fixture.folder / "out/rows.db", as_bytes("somebody's"));
    CHECK(code_thrown_by([&] { extract(pair, {"orders"}); }) == ErrorCode::AlreadyExists);
    CHECK(read_text_file(pair.fixture.folder / "out/rows.db", 100) == "somebody's");
    fs::remove(pair.fixture.folder / "out/rows.db");
    extract(pair, {"orders"});
    extract(pair, {"orders"});
    CHECK(count(pair, "SELECT count(*) FROM orders") == 200);
}

TEST_CASE("a table or a condition that is none is refused", "[recovery][extract]") {
    ShopPair pair;
    CHECK(code_thrown_by([&] { extract(pair, {"ordrs"}); }) == ErrorCode::Usage);
    CHECK(error_thrown_by([&] { extract(pair, {"orders"}, "no_such_column = 1"); }).has_value());
    CHECK_FALSE(fs::exists(pair.fixture.folder / "out/rows.db"));
}
