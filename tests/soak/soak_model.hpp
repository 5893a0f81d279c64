// What the soak test knows about its database without asking it: the sum over all rows after every transaction, noted in a
// file before each COMMIT. A copy tells by its `state` row which transaction it has last, and must then have that sum.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "engine/sqlite/connection.hpp"

namespace holdfast {

inline constexpr int kSoakTables = 4;

// A transaction of the soak: `epoch` grows whenever another file took the database's place, since numbers then begin anew.
struct SoakMoment {
    std::int64_t epoch = 0, number = 0;
    auto operator<=>(const SoakMoment&) const = default;
};

inline std::uint64_t hash_of_row(int table, std::int64_t id, std::string_view body) {
    constexpr std::uint64_t kBasis = 14695981039346656037u, kPrime = 1099511628211u;   // FNV-1a.
    std::uint64_t hash = kBasis ^ static_cast<std::uint64_t>(table) ^ static_cast<std::uint64_t>(id) << 8;
    for (const char c : body) hash = (hash ^ static_cast<std::uint64_t>(static_cast<unsigned char>(c))) * kPrime;
    return hash ^ hash >> 29;
}

// What is really in a database.
struct SoakContent {
    SoakMoment moment;
    std::uint64_t sum = 0;
    std::map<std::pair<int, std::int64_t>, std::uint64_t> rows;

    // Nothing where the soak has not begun in it.
    static std::optional<SoakContent> read(Connection& database) {
        if (!database.integer("select 1 from sqlite_schema where name = 'state'")) return std::nullopt;
        SoakContent content;
        Statement state = database.prepare("select epoch, number from state");
        if (!state.step()) return std::nullopt;
        content.moment = {state.integer(0), state.integer(1)};
        for (int table = 0; table < kSoakTables; ++table) {
            Statement rows = database.prepare("select id, body from t" + std::to_string(table));
            while (rows.step()) {
                const std::int64_t id = rows.integer(0);
                const std::uint64_t hash = hash_of_row(table, id, rows.text(1));
                content.rows.emplace(std::pair(table, id), hash);
                content.sum += hash;
            }
        }
        return content;
    }
};

// The file of sums, written by one process and read by another while it grows.
class SoakJournal {
public:
    explicit SoakJournal(std::filesystem::path path) : path_(std::move(path)) {}

    // The sum that this transaction left; where it was begun twice because a writer was killed, the later try counts.
    std::optional<std::uint64_t> sum_at(const SoakMoment& moment) {
        read_on();
        const auto found = sums_.find(moment);
        return found == sums_.end() ? std::nullopt : std::optional(found->second);
    }
    std::size_t size() {
        read_on();
        return sums_.size();
    }

private:
    void read_on() {
        std::ifstream stream(path_);
        stream.seekg(read_to_);
        std::string line;
        while (std::getline(stream, line) && !stream.eof()) {
            read_to_ += static_cast<std::streamoff>(line.size()) + 1;
            SoakMoment moment;
            unsigned long long sum = 0;
            if (std::sscanf(line.c_str(), "%ld %ld %llx", &moment.epoch, &moment.number, &sum) == 3) sums_[moment] = sum;
        }
    }

    std::filesystem::path path_;
    std::streamoff read_to_ = 0;
    std::map<SoakMoment, std::uint64_t> sums_;
};

}  // namespace holdfast
