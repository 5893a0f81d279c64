#include "engine/sqlite/transaction.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("a transaction that is not committed leaves nothing", "[sqlite]") {
    Connection memory = Connection::in_memory();
    memory.execute("CREATE TABLE t(a)");
    {
        const Transaction transaction(memory);
        memory.run("INSERT INTO t VALUES (1)");
    }
    CHECK(memory.integer("SELECT count(*) FROM t") == 0);
    CHECK_FALSE(memory.in_transaction());
}

TEST_CASE("a committed transaction stays", "[sqlite]") {
    Connection memory = Connection::in_memory();
    memory.execute("CREATE TABLE t(a)");
    {
        Transaction transaction(memory, Transaction::Kind::Deferred);
        memory.run("INSERT INTO t VALUES (1)");
        transaction.commit();
    }
    CHECK(memory.integer("SELECT count(*) FROM t") == 1);
}
