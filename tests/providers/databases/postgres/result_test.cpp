#include "providers/databases/postgres/result.hpp"

#include <catch2/catch.hpp>

#include "tests/support/thrown.hpp"

using namespace holdfast;

TEST_CASE("no result has no rows to be expected", "[postgres][result]") {
    const PostgresResult none;
    CHECK(none.kind() == PostgresResult::Kind::None);
    CHECK(thrown_by([&] { none.expect(1, 1); }).code == ErrorCode::Corrupt);
}
