// Makes and changes the deterministic database that the benchmarks use: orders with realistic text,
// of which zstd -3 leaves about two fifths.
//
//   bench_database make FILE MEBIBYTES      a new database of about that size, in WAL mode
//   bench_database rows FILE PERMILLE       changes that many rows, chosen at random over the whole table
//   bench_database pages FILE PERMILLE      changes neighbouring rows on that many pages

#include <cstdio>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/sqlite/connection.hpp"
#include "engine/sqlite/transaction.hpp"
#include "tests/bench/words.hpp"

namespace {

using namespace holdfast;

void make(const std::string& file, std::uint64_t bytes) {
    Connection database = Connection::open(file, OpenMode::Create);
    database.execute("pragma page_size = 4096; pragma journal_mode = off; pragma synchronous = off; pragma locking_mode = exclusive;"
                     "create table orders (id integer primary key, customer integer not null, day text not null,"
                     "                     state text not null, total integer not null, note text not null)");
    Words words;
    constexpr std::string_view kStates[] = {"new", "paid", "packed", "sent", "done", "returned"};
    Transaction transaction(database);
    const auto pages_wanted = static_cast<std::int64_t>(bytes / 4096);
    for (std::int64_t id = 1;; ++id) {
        if (id % 20'000 == 0 && *database.integer("pragma page_count") >= pages_wanted) break;
        database.run("insert into orders values (?, ?, ?, ?, ?, ?)", id, words.number(1, 200'000),
                     fmt::format("2026-{:02}-{:02}", words.number(1, 12), words.number(1, 28)),
                     kStates[static_cast<std::size_t>(words.number(0, 5))], words.number(100, 99'999),
                     words.text(static_cast<std::size_t>(words.number(80, 220))));
    }
    transaction.commit();
    database.execute("pragma locking_mode = normal; pragma journal_mode = wal");
}

void change(const std::string& file, std::int64_t permille, bool at_random) {
    Connection database = Connection::open(file, OpenMode::ReadWrite);
    const std::int64_t last = database.integer("select max(id) from orders").value_or(0);
    const std::int64_t wanted = last * permille / 1000;
    Words words;
    Transaction transaction(database);
    const std::int64_t first = words.number(1, last - wanted);
    for (std::int64_t i = 0; i < wanted; ++i) {
        const std::int64_t id = at_random ? words.number(1, last) : first + i;
        // The same length, so that rows stay on their pages.
        database.run("update orders set total = total + 1 + ?, state = 'paid' where id = ?", words.number(1, 9), id);
    }
    transaction.commit();
    database.execute("pragma wal_checkpoint(truncate)");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        std::fprintf(stderr, "bench_database make|rows|pages FILE MEBIBYTES|PERMILLE\n");
        return 64;
    }
    try {
        const std::string verb = arguments[1];
        const std::int64_t amount = std::stoll(arguments[3]);
        if (verb == "make") {
            make(arguments[2], static_cast<std::uint64_t>(amount) << 20);
        } else {
            change(arguments[2], amount, verb == "rows");
        }
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "bench_database: %s\n", error.message.c_str());
        return exit_status_of(error.code);
    }
}
