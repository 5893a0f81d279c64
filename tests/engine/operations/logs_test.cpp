#include "engine/operations/logs.hpp"

#include <catch2/catch.hpp>

#include "engine/operations/touched_tables.hpp"
#include "engine/operations/transaction_named.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/support/thrown.hpp"
#include "tests/support/workplace_fixture.hpp"

using namespace holdfast;

namespace {

class LogsFixture : public WorkplaceFixture {
public:
    LogsFixture() {
        keeper.integer("SELECT count(*) FROM orders");
        add_sample_orders(database(), 1);
        log_now();
    }
    // As long as a program has the database open its log stays.
    Connection keeper = Connection::open(database(), OpenMode::ReadWrite);
    LogDone log_now() {
        clock.advance(std::chrono::minutes(1));
        return take_log_now(place(), kOrders, progress, never);
    }
};

}  // namespace

TEST_CASE_METHOD(LogsFixture, "the newest transactions are listed oldest first with their tables", "[operations][log]") {
    add_sample_orders(database(), 5);
    log_now();
    const LogListing listing = list_log(place(), {.database = kOrders, .around = {}, .limit = 3, .with_tables = true}, never);
    REQUIRE(listing.transactions.size() == 3);
    CHECK(listing.in_all == 5);
    CHECK(listing.transactions.front().transaction.number == 3);
    CHECK(listing.note.empty());
    for (const ListedTransaction& one : listing.transactions) CHECK(std::ranges::find(one.touched, "orders") != one.touched.end());
}

TEST_CASE_METHOD(LogsFixture, "a table that a transaction dropped is still named", "[operations][log]") {
    Connection database = Connection::open(this->database(), OpenMode::ReadWrite);
    database.execute("CREATE TABLE doomed (n); INSERT INTO doomed SELECT 1 FROM orders, customers");
    log_now();
    database.execute("DROP TABLE doomed");
    log_now();
    const LogListing listing = list_log(place(), {.database = kOrders, .around = {}, .limit = 1, .with_tables = true}, never);
    REQUIRE(listing.transactions.size() == 1);
    CHECK(std::ranges::find(listing.transactions[0].touched, "doomed") != listing.transactions[0].touched.end());
}

TEST_CASE_METHOD(LogsFixture, "transactions around a moment are those on both sides of it", "[operations][log]") {
    add_sample_orders(database(), 4);
    log_now();
    const Instant moment = clock.now();
    add_sample_orders(database(), 4);
    log_now();
    const LogListing listing = list_log(place(), {.database = kOrders, .around = moment + Duration(1), .limit = 4, .with_tables = false}, never);
    REQUIRE(listing.transactions.size() == 4);
    CHECK(listing.transactions.front().transaction.number == 3);
    CHECK(listing.transactions.back().transaction.number == 6);
}

TEST_CASE_METHOD(LogsFixture, "a transaction is named in whichever database has it", "[operations][log]") {
    add_sample_orders(database(), 2);
    log_now();
    const LogListing listing = list_log(place(), {.database = kOrders, .around = {}, .limit = 1, .with_tables = false}, never);
    const LogPosition position = listing.transactions.at(0).position;
    const auto before = transaction_named(place(), std::nullopt, to_text(position));
    REQUIRE(before);
    CHECK(before->transaction == position);
    CHECK_FALSE(transaction_named(place(), std::nullopt, "14:05"));
    CHECK(code_thrown_by([&] { transaction_named(place(), kOrders, position.stream.str() + ":99"); }) == ErrorCode::Missing);
}

TEST_CASE_METHOD(LogsFixture, "a timeline is as of the moment that is asked for", "[operations][timeline]") {
    const auto rows = timelines(place(), {.database = kOrders, .since = {}, .as_of = {}});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].timeline.until == clock.now());
    CHECK_FALSE(rows[0].followed);
    CHECK(rows[0].timeline.points.size() == 1);
}

TEST_CASE_METHOD(LogsFixture, "following several databases ends with the failure of one", "[operations][follow]") {
    keeper.execute("PRAGMA journal_mode = DELETE");
    CHECK(code_thrown_by([&] { follow_databases(place(), {kOrders}, {}, {}, never); }) == ErrorCode::Unavailable);
    CHECK(code_thrown_by([&] { follow_databases(place(), {DatabaseName("nobody")}, {}, {}, never); }) == ErrorCode::Usage);
}
