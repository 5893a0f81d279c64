// A program that writes a WAL database as programs do: transactions of all sizes, rolled-back ones, savepoints, pages freed
// and used again, checkpoints of every kind. Each committed transaction counts, so a missing or a torn one shows.
#pragma once

#include <optional>
#include <random>

#include "engine/sqlite/connection.hpp"

namespace holdfast {

class CountingWriter {
public:
    static void make(const fs::path& path, std::uint32_t page_bytes, bool auto_vacuum = false);

    explicit CountingWriter(fs::path path, unsigned seed = 7) : path_(std::move(path)), random_(seed) {}

    // One transaction, and sometimes what is around it.
    void work(unsigned round);
    // One small transaction.
    void count_one();
    Connection& connection();

    // How many transactions are in the database; nothing where it is not sound.
    static std::optional<std::int64_t> count_in(const fs::path& path);

    // All rows, as text that is short.
    static std::string content_of(const fs::path& path);

    bool checkpoints = true;
    bool savepoints = true;   // SQLite 3.40 can leave frames without a checksum where a spilled savepoint is rolled back.
    bool vacuums = false;

private:
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
    void change();
    void checkpoint();

    fs::path path_;
    std::mt19937_64 random_;
    std::optional<Connection> connection_;
};

}  // namespace holdfast
