// The other program of the soak test: random transactions on the live database, with all that applications do beside
// them: rollbacks, spills of a small cache, checkpoints of every mode, VACUUM, readers that stay open.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/sqlite/transaction.hpp"
#include "tests/soak/soak_model.hpp"

namespace holdfast {

class SoakWriter {
public:
    SoakWriter(const std::filesystem::path& path, const std::filesystem::path& journal, std::int64_t epoch, std::uint64_t seed)
        : path_(path), database_(Connection::open(path, OpenMode::Create)), epoch_(epoch), random_(seed) {
        journal_ = ::open(journal.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
        database_.execute("pragma journal_mode = wal; pragma cache_size = 20; pragma synchronous = normal");
        make_tables();
        content_ = SoakContent::read(database_).value();
    }

    void round() {
        transact();
        if (one_in(25)) checkpoint();
        if (one_in(150)) database_.execute("vacuum");
        if (one_in(40)) reader_.emplace(Connection::open(path_, OpenMode::ReadOnly)), reader_->execute("begin; select count(*) from t0");
        if (one_in(20)) reader_.reset();
        if (!one_in(4)) std::this_thread::sleep_for(std::chrono::microseconds(number(0, 8000)));
    }

private:
    std::int64_t number(std::int64_t least, std::int64_t most) { return std::uniform_int_distribution<std::int64_t>(least, most)(random_); }
    bool one_in(int n) { return number(1, n) == 1; }

    void make_tables() {
        if (database_.integer("select 1 from sqlite_schema where name = 'state'")) return;
        std::string sql = "begin immediate; create table state (one integer primary key, epoch integer, number integer);";
        for (int table = 0; table < kSoakTables; ++table) sql += table_sql(table);
        note({epoch_, 0}, 0);
        database_.execute(sql + fmt::format("insert into state values (1, {}, 0); commit", epoch_));
    }
    static std::string table_sql(int table) {
        return fmt::format("create table t{0} (id integer primary key, body text not null); create index t{0}_by_begin on t{0} (substr(body, 1, 12));", table);
    }

    // Before COMMIT: what is committed has surely been noted.
    void note(const SoakMoment& moment, std::uint64_t sum) const {
        const std::string line = fmt::format("{} {} {:x}\n", moment.epoch, moment.number, sum);
        if (::write(journal_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) throw Error(ErrorCode::Io, "the journal cannot be written");
    }

    void transact() {
        const SoakContent before = one_in(8) ? content_ : SoakContent{};   // Only for those that are rolled back.
        const bool rolled_back = !before.rows.empty();
        Transaction transaction(database_);
        for (std::int64_t n = one_in(30) ? number(100, 400) : number(1, 8); n > 0; --n) change_row();
        if (one_in(60)) drop_table();
        if (rolled_back) {
            transaction.rollback();
            content_ = before;
            return;
        }
        const SoakMoment moment{epoch_, content_.moment.number + 1};
        database_.run("update state set epoch = ?, number = ?", moment.epoch, moment.number);
        note(moment, content_.sum);
        transaction.commit();
        content_.moment = moment;
    }

    void change_row() {
        const int table = static_cast<int>(number(0, kSoakTables - 1));
        const std::int64_t id = number(1, 600);
        const auto row = content_.rows.find({table, id});
        const std::string name = "t" + std::to_string(table);
        if (row != content_.rows.end()) content_.sum -= row->second;
        if (row != content_.rows.end() && one_in(3)) {
            database_.run("delete from " + name + " where id = ?", id);
            content_.rows.erase(row);
            return;
        }
        const std::string body = text();
        database_.run("insert or replace into " + name + " values (?, ?)", id, body);
        content_.sum += content_.rows[{table, id}] = hash_of_row(table, id, body);
    }

    void drop_table() {
        const int table = static_cast<int>(number(0, kSoakTables - 1));
        database_.execute(fmt::format("drop table t{};", table) + table_sql(table));
        std::erase_if(content_.rows, [&](const auto& row) {
            if (row.first.first == table) content_.sum -= row.second;
            return row.first.first == table;
        });
    }

    std::string text() {
        const std::int64_t kind = number(1, 20);
        std::string text(static_cast<std::size_t>(kind <= 14 ? number(0, 300) : kind <= 19 ? number(300, 3000) : number(3000, 30'000)), ' ');
        std::uint64_t bits = random_();
        for (char& c : text) {
            bits = bits * 6364136223846793005ull + 1442695040888963407ull;
            c = static_cast<char>('a' + (bits >> 59));
        }
        return text;
    }

    void checkpoint() {
        constexpr const char* kModes[] = {"passive", "full", "restart", "truncate"};
        database_.set_busy_timeout(std::chrono::milliseconds(20));   // A follower holds it open; the application does not insist.
        try {
            database_.execute(fmt::format("pragma wal_checkpoint({})", kModes[number(0, 3)]));
        } catch (const Error& error) {
            if (error.code != ErrorCode::Busy) throw;
        }
        database_.set_busy_timeout(std::chrono::seconds(30));
    }

    std::filesystem::path path_;
    Connection database_;
    std::optional<Connection> reader_;
    std::int64_t epoch_;
    std::mt19937_64 random_;
    int journal_ = -1;
    SoakContent content_;
};

}  // namespace holdfast
