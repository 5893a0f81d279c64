// An application that writes the database of bench_database: every commit updates one row chosen at random and inserts one.
//
//   bench_writer FILE RATE SECONDS NORMAL|FULL [TIMES]     RATE commits a second; 0: as fast as it goes
//
// Prints figures, a name and a number a line. TIMES gets a line per commit: the nanoseconds since 1970 at which COMMIT had
// returned. The i-th commit inserts the i-th new id, so a copy tells by its largest id how many commits it has.

#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/sqlite/connection.hpp"
#include "engine/sqlite/transaction.hpp"
#include "tests/bench/words.hpp"

namespace {

using namespace holdfast;
using Steady = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Asked {
    std::string file;
    int rate = 0;
    double seconds = 0;
    std::string synchronous;
    std::string times = {};
};

std::int64_t nanoseconds_since_1970() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t bytes_of(const std::string& file) {
    struct stat facts {};
    return ::stat(file.c_str(), &facts) == 0 ? static_cast<std::int64_t>(facts.st_size) : 0;
}

class Writer {
public:
    explicit Writer(const Asked& asked) : asked_(asked), database_(Connection::open(asked.file, OpenMode::ReadWrite)) {
        database_.execute("pragma synchronous = " + asked.synchronous);
        last_ = database_.integer("select max(id) from orders").value_or(0);
        words_ = Words(static_cast<std::uint64_t>(last_));
    }

    void run() {
        const Steady::time_point begin = Steady::now();
        const Steady::time_point end = begin + std::chrono::duration_cast<Steady::duration>(Seconds(asked_.seconds));
        for (std::int64_t i = 0; Steady::now() < end; ++i) {
            if (asked_.rate > 0) std::this_thread::sleep_until(begin + std::chrono::nanoseconds(1'000'000'000 / asked_.rate * i));
            commit();
            if (i % 64 == 0) wal_most_ = std::max(wal_most_, bytes_of(asked_.file + "-wal"));
        }
        took_ = Seconds(Steady::now() - begin).count();
    }

    void report() const {
        std::printf("commits %zu\nseconds %.2f\nper_second %.1f\nlongest_stall_ms %.1f\nlongest_lock_ms %.1f\nlongest_commit_ms %.1f\nwal_bytes_most %lld\n",
                    times_.size(), took_, static_cast<double>(times_.size()) / took_, longest_ * 1e3, longest_lock_ * 1e3, longest_commit_ * 1e3, static_cast<long long>(wal_most_));
        if (asked_.times.empty()) return;
        std::ofstream stream(asked_.times);
        for (const std::int64_t time : times_) stream << time << '\n';
    }

private:
    void commit() {
        const std::int64_t changed = words_.number(1, last_);
        const std::string note = words_.text(static_cast<std::size_t>(words_.number(80, 220)));
        const Steady::time_point begin = Steady::now();
        Transaction transaction(database_);
        const Steady::time_point locked = Steady::now();
        database_.run("update orders set total = total + ?, state = 'paid' where id = ?", words_.number(1, 9), changed);
        database_.run("insert into orders values (?, ?, '2026-11-20', 'new', ?, ?)", ++last_, words_.number(1, 200'000), words_.number(100, 99'999), note);
        const Steady::time_point written = Steady::now();
        transaction.commit();
        longest_lock_ = std::max(longest_lock_, Seconds(locked - begin).count());
        longest_commit_ = std::max(longest_commit_, Seconds(Steady::now() - written).count());
        times_.push_back(nanoseconds_since_1970());
        longest_ = std::max(longest_, Seconds(Steady::now() - begin).count());
    }

    Asked asked_;
    Connection database_;
    Words words_;
    std::int64_t last_ = 0, wal_most_ = 0;
    std::vector<std::int64_t> times_;
    double longest_ = 0, longest_lock_ = 0, longest_commit_ = 0, took_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 5 && count != 6) {
        std::fprintf(stderr, "bench_writer FILE RATE SECONDS NORMAL|FULL [TIMES]\n");
        return 64;
    }
    try {
        Writer writer({.file = arguments[1],
                       .rate = std::stoi(arguments[2]),
                       .seconds = std::stod(arguments[3]),
                       .synchronous = arguments[4],
                       .times = count == 6 ? arguments[5] : ""});
        writer.run();
        writer.report();
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "bench_writer: %s\n", error.message.c_str());
        return exit_status_of(error.code);
    }
}
