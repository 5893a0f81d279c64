// Two hundred kills at random times while another program writes without pause.
#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include "engine/base/format.hpp"
#include "engine/sqlite/connection.hpp"
#include "tests/crash/scenario.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

constexpr int kKills = 200;

// Moves money between accounts and notes each move, so that a snapshot that is not one instant's shows.
class Writer {
public:
    explicit Writer(const Shop& shop) : database_(shop.database()) {
        Connection connection = Connection::open(database_, OpenMode::ReadWrite);
        connection.execute("create table accounts (id integer primary key, money integer not null);"
                           "create table moves (id integer primary key, amount integer, note text);"
                           "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100) insert into accounts select i, 1000 from n");
        thread_ = std::jthread([this](const std::stop_token& stop) { write(stop); });
    }
    int commits() const { return commits_; }

    // True where a database is one that the writer has once left.
    static bool is_consistent(const std::filesystem::path& database) {
        Connection connection = Connection::open(database, OpenMode::ReadOnly);
        const auto moves = connection.integer("select count(*) from moves");
        return connection.text("pragma integrity_check") == "ok" && connection.integer("select sum(money) from accounts") == 100'000 &&
               moves == connection.integer("select coalesce(max(id), 0) from moves");
    }

private:
    void write(const std::stop_token& stop) {
        Connection connection = Connection::open(database_, OpenMode::ReadWrite);
        std::mt19937 dice(7);
        while (!stop.stop_requested()) {
            const auto from = 1 + dice() % 100;
            const auto to = 1 + dice() % 100;
            connection.execute(fmt::format("begin immediate; update accounts set money = money - 1 where id = {};"
                                           "update accounts set money = money + 1 where id = {};"
                                           "insert into moves (amount, note) values (1, hex(randomblob(50))); commit;",
                                           from, to));
            ++commits_;
        }
    }

    std::filesystem::path database_;
    std::atomic<int> commits_{0};
    std::jthread thread_;
};

const std::vector<std::vector<std::string>>& commands() {
    static const std::vector<std::vector<std::string>> all{
        {"backup", "now", "shop", "--incremental"}, {"backup", "now", "shop", "--full"}, {"tick"},
        {"backup", "now", "shop", "--incremental"}, {"catalog", "rebuild"},              {"expire", "--yes"},
    };
    return all;
}

// Every point that is listed restores to what the writer has once left.
void check_points(const Shop& shop, std::size_t newest, const CommandOptions& options) {
    std::vector<std::string> ids = Witness::point_ids(shop, options);
    if (ids.size() > newest) ids.resize(newest);
    for (const std::string& id : ids) {
        INFO("point " << id);
        Witness::restored(shop, id, options);
        CHECK(Writer::is_consistent(shop.scratch("restored.db")));
    }
}

}  // namespace

TEST_CASE("two hundred kills at random times lose no point and break none", "[crash]") {
    const unsigned seed = std::random_device{}();
    std::mt19937 dice(seed);
    // Found again with this seed: put it in place of the device.
    WARN("seed " << seed);
    const Shop shop({.orders = 2000, .wal = true, .offsite = false, .retention = "{ daily: 30d, at_least: 500 }"});
    const Writer writer(shop);
    shop.must({"tick"});
    std::vector<std::string> committed = Witness::point_ids(shop);

    int killed = 0;
    // A fast machine ends its commands sooner: every other time the longest wait follows, so that enough of them are killed.
    double longest_ms = 150;
    for (int round = 1; killed < kKills && round <= 4 * kKills; ++round) {
        const auto& command = commands()[dice() % commands().size()];
        const double seconds = 0.003 + 0.001 * (round % 2 == 0 ? 150.0 : longest_ms) * static_cast<double>(dice() % 1000) / 1000.0;
        const CommandOptions options{.later = std::chrono::minutes(round), .through = {"timeout", "-s", "KILL", fmt::format("{:.3f}", seconds)}};
        const ProcessResult result = shop.run(command, options);
        INFO("round " << round << ", " << fmt::format("{}", fmt::join(command, " ")) << " for " << seconds << " s: " << result.exit_status << "\n"
                      << result.output << result.errors);
        CHECK((result.exit_status == kKilled || result.exit_status == 0));
        if (result.exit_status == kKilled) ++killed;
        if (round % 2 == 1) longest_ms = result.exit_status == kKilled ? std::min(150.0, longest_ms * 1.05) : std::max(2.0, longest_ms * 0.85);
        if (round % 20 != 0) continue;
        const CommandOptions after_it{.later = std::chrono::minutes(round + 1)};
        check_points(shop, 3, after_it);
        // What was listed once stays: nothing here lets a point go.
        const std::vector<std::string> listed = Witness::point_ids(shop, after_it);
        for (const std::string& id : committed) CHECK(std::ranges::find(listed, id) != listed.end());
        committed = listed;
    }
    CHECK(killed == kKills);
    CHECK(writer.commits() > 100);

    const CommandOptions afterwards{.later = 11h};
    shop.must({"backup", "now", "shop", "--incremental"}, afterwards);
    check_points(shop, 1000, afterwards);
    CHECK(shop.run({"catalog", "verify"}, afterwards).exit_status == 0);
    CHECK(shop.run({"audit", "verify"}, afterwards).exit_status == 0);
}
