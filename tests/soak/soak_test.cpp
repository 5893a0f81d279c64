// A database that is written, checkpointed, vacuumed, replaced and killed without pause while it is followed, killed and
// backed up; after each round transactions chosen at random are restored and compared with what the writer knew.
//
//   HOLDFAST_SOAK_MINUTES=60 build/release/tests/test_soak     an hour; without it twenty seconds
//   HOLDFAST_SOAK_SEED=7                                       the same decisions once more
#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "engine/base/file.hpp"
#include "engine/base/format.hpp"
#include "tests/soak/soak_writer.hpp"
#include "tests/support/background_program.hpp"
#include "tests/support/other_process.hpp"
#include "tests/support/workshop.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

double setting(const char* name, double otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::stod(text);
}

struct Listed {
    std::string name, stream;
};

class Soak {
public:
    explicit Soak(std::uint64_t seed)
        : random_(seed), shop_({.orders = 100,
                                .wal = true,
                                .offsite = seed % 2 == 1,
                                .retention = "{ daily: 30d, at_least: 2, any_second: 2d }",
                                .backups = "{ full: { every: 7d }, incremental: { every: 24h }, log: continuous }"}) {
        start_writer();
        start_follower();
    }

    void round() {
        struct Event {
            int weight;
            const char* name;
            void (Soak::*happens)();
        };
        static constexpr Event kEvents[] = {{6, "nothing", &Soak::nothing},
                                            {4, "the follower is killed", &Soak::kill_follower},
                                            {3, "the follower is stopped", &Soak::stop_follower},
                                            {4, "the writer is killed", &Soak::kill_writer},
                                            {3, "log backups without a follower", &Soak::log_backups},
                                            {2, "the log is reset while nobody watches", &Soak::reset_log},
                                            {2, "a backup", &Soak::back_up},
                                            {2, "another file takes its place", &Soak::replace_file},
                                            {1, "it is deleted and made again", &Soak::make_again},
                                            {1, "journal mode and page size change", &Soak::change_format},
                                            {2, "the clock steps ahead", &Soak::step_clock},
                                            {2, "the clock is set back", &Soak::set_clock_back}};
        int dice = static_cast<int>(number(1, 32));
        const Event* event = kEvents;
        while ((dice -= event->weight) > 0) ++event;
        ++rounds_;
        happened_.push_back(event->name);
        (this->*event->happens)();
        if (!follower_ && number(0, 2) > 0) start_follower();
        let_write(number(10, 80));
        look_back();
    }

    // Everything that was ever committed is in the store when a follower has been stopped.
    void check_newest() {
        writer_->pause();
        start_follower();
        const int status = follower_->end(SIGTERM);
        follower_said_ = follower_->said();
        follower_.reset();
        INFO(story());
        CHECK(status == 0);
        const SoakContent live = content_of(shop_.database());
        const SoakContent restored = restored_state({});
        CHECK(restored.moment == live.moment);
        CHECK(restored.sum == live.sum);
        writer_->resume();
    }

    std::string story() const {
        std::string text = fmt::format("round {}, the clock {} s ahead; so far:", rounds_, later_.count() / 1000);
        for (std::size_t i = happened_.size() > 12 ? happened_.size() - 12 : 0; i < happened_.size(); ++i) text += "\n  " + happened_[i];
        return text + "\nthe follower said:\n" + (follower_ ? follower_->said() : follower_said_);
    }
    std::string numbers() {
        return fmt::format("{} rounds, {} transactions, {} restored and compared, {} streams", rounds_, journal_.size(), compared_, streams_);
    }

private:
    std::int64_t number(std::int64_t least, std::int64_t most) { return std::uniform_int_distribution<std::int64_t>(least, most)(random_); }

    std::map<std::string, std::string> environment() const {
        return {{"HOLDFAST_NOW", to_rfc3339(now())}};
    }
    ProcessResult run(const std::vector<std::string>& command) const { return shop_.run(command, {.environment = environment()}); }
    std::string must(const std::vector<std::string>& command) const { return shop_.must(command, {.environment = environment()}); }

    void start_writer() {
        writer_ = std::make_unique<OtherProcess>([path = shop_.database(), journal = journal_path(), epoch = epoch_, seed = random_(),
                                                  writer = std::shared_ptr<SoakWriter>()](unsigned) mutable {
            if (!writer) writer = std::make_shared<SoakWriter>(path, journal, epoch, seed);   // In the other process: nothing open crosses a fork.
            writer->round();
        });
        let_write(1);
    }
    void let_write(std::int64_t rounds) {
        const unsigned before = writer_->rounds();
        writer_->wait_for_rounds(static_cast<unsigned>(rounds));
        INFO(story());
        REQUIRE(writer_->rounds() > before);
    }

    void start_follower() {
        if (follower_ && follower_->running()) return;
        if (follower_) {
            INFO(story());
            FAIL_CHECK("the follower has ended by itself");
        }
        auto environment = this->environment();
        environment["HOLDFAST_POLICIES"] = (shop_.folder() / "policies").string();
        environment["BACKUP_ENCRYPTION_KEY"] = Shop::key();
        follower_ = std::make_unique<BackgroundProgram>(std::vector<std::string>{program_path().string(), "follow", "shop"}, environment, shop_.scratch("follower.txt"));
        const bool follows = follower_->wait_until_it_says("is followed");
        INFO(story());
        REQUIRE(follows);
    }
    void end_follower(int signal) {
        if (follower_) follower_->end(signal), follower_said_ = follower_->said();
        follower_.reset();
    }

    // ---- what happens ----

    void nothing() {}
    void kill_follower() { end_follower(SIGKILL); }
    void stop_follower() { check_newest(); }
    void kill_writer() {
        writer_.reset();
        start_writer();
    }
    void log_backups() {
        end_follower(number(0, 1) == 0 ? SIGKILL : SIGTERM);
        for (std::int64_t n = number(1, 3); n > 0; --n) {
            must({"backup", "now", "shop", "--log"});
            let_write(number(1, 20));
        }
    }
    void reset_log() {
        end_follower(SIGKILL);
        let_write(number(1, 20));
        writer_.reset();   // Its readers go with it.
        shop_.sql("pragma wal_checkpoint(truncate)");
        start_writer();
    }
    void back_up() { must({"backup", "now", "shop", number(0, 2) == 0 ? "--full" : "--incremental"}); }
    void replace_file() {
        const std::vector<Listed> all = listed();
        if (all.empty()) return;
        const auto copy = restored(all[static_cast<std::size_t>(number(0, static_cast<std::int64_t>(all.size()) - 1))].name);
        if (!has_begun(copy)) return;
        take_away_live();
        std::filesystem::rename(copy, shop_.database());
        ++epoch_;
        start_writer();
    }
    void make_again() {
        take_away_live();
        ++epoch_;
        start_writer();
    }
    void take_away_live() {
        writer_.reset();
        for (const char* end : {"-wal", "-shm", ""}) std::filesystem::remove(shop_.database().string() + end);
    }
    void change_format() {
        end_follower(SIGTERM);
        writer_.reset();
        shop_.sql(fmt::format("pragma journal_mode = delete; pragma page_size = {}; vacuum; pragma journal_mode = wal", 1024 << number(0, 4)));
        start_writer();
    }
    void step_clock() {
        end_follower(SIGKILL);
        later_ += std::chrono::milliseconds(number(1, number(0, 3) == 0 ? 3'600'000 : 20'000));
    }

    // Also far enough for moments that there were already; nothing may depend on which.
    void set_clock_back() {
        end_follower(number(0, 1) == 0 ? SIGKILL : SIGTERM);
        later_ -= std::chrono::milliseconds(number(1, number(0, 3) == 0 ? 3'600'000 : 20'000));
    }

    // ---- what is true afterwards ----

    Instant now() const { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) + later_; }

    // The newest transactions, or those around any moment since the beginning.
    std::vector<Listed> listed() {
        std::vector<Listed> all;
        std::vector<std::string> command{"log", "shop", "--no-tables", "--count", "2000", "--format", "json"};
        if (number(0, 1) == 0) command.insert(command.end(), {"--around", to_rfc3339(began_ + Duration(number(0, std::max<std::int64_t>(0, (now() - began_).count()))))});
        const std::string json = must(command);
        for (const auto& row : json_rows(json, "$.transactions", {"$.transaction"})) all.push_back({row[0], row[0].substr(0, row[0].find(':'))});
        return all;
    }

    std::filesystem::path restored(const std::string& before) const {
        const auto to = shop_.scratch("restored.db");
        for (const char* end : {"-wal", "-shm", ""}) std::filesystem::remove(to.string() + end);
        std::vector<std::string> command{"restore", "shop", "--to", to.string()};
        if (!before.empty()) command.insert(command.end(), {"--before", before});
        must(command);
        return to;
    }
    static bool has_begun(const std::filesystem::path& file) {
        Connection database = Connection::open(file, OpenMode::ReadWrite);
        return SoakContent::read(database).has_value();
    }
    static SoakContent content_of(const std::filesystem::path& file) {
        Connection database = Connection::open(file, OpenMode::ReadWrite);
        CHECK(database.text("pragma integrity_check") == "ok");
        return SoakContent::read(database).value_or(SoakContent{});
    }
    SoakContent restored_state(const std::string& before) {
        ++compared_;
        return content_of(restored(before));
    }

    // The state before this transaction is one that the writer knows.
    SoakContent check_before(const Listed& one) {
        SoakContent state = restored_state(one.name);
        INFO("before " << one.name << ": epoch " << state.moment.epoch << ", number " << state.moment.number << "\n" << story());
        if (state.moment.number > 0) CHECK(journal_.sum_at(state.moment) == std::optional(state.sum));
        return state;
    }

    void look_back() {
        const std::vector<Listed> all = listed();
        if (all.empty()) return;
        std::set<std::string> streams;
        for (const Listed& one : all) streams.insert(one.stream);
        streams_ = streams.size();
        const auto last = static_cast<std::int64_t>(all.size()) - 1;
        // Recent ones more often: they are where things just happened.
        const std::int64_t first = number(0, 1) == 0 ? number(0, last) : std::max<std::int64_t>(0, last - number(0, 200));
        const std::int64_t second = std::min(last, first + number(1, 6));
        const SoakContent one = check_before(all[static_cast<std::size_t>(first)]);
        const SoakContent other = check_before(all[static_cast<std::size_t>(second)]);
        if (all[static_cast<std::size_t>(first)].stream != all[static_cast<std::size_t>(second)].stream || one.moment.epoch != other.moment.epoch) return;
        INFO(all[static_cast<std::size_t>(first)].name << " to " << all[static_cast<std::size_t>(second)].name << "\n" << story());
        CHECK(one.moment.number <= other.moment.number);
        CHECK(other.moment.number - one.moment.number <= second - first);
    }

    std::filesystem::path journal_path() const { return shop_.scratch("journal"); }

    std::mt19937_64 random_;
    Shop shop_;
    SoakJournal journal_{journal_path()};
    std::unique_ptr<OtherProcess> writer_;
    std::unique_ptr<BackgroundProgram> follower_;
    std::string follower_said_;
    std::int64_t epoch_ = 1;
    std::chrono::milliseconds later_{0};
    const Instant began_ = now();
    std::vector<std::string> happened_;
    std::uint64_t rounds_ = 0, compared_ = 0;
    std::size_t streams_ = 0;
};

}  // namespace

TEST_CASE("whatever happens to a database and its follower, every recorded transaction is what it was", "[soak]") {
    const auto seed = static_cast<std::uint64_t>(setting("HOLDFAST_SOAK_SEED", std::random_device{}()));
    WARN("seed " << seed);
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(60 * setting("HOLDFAST_SOAK_MINUTES", 1.0 / 3));
    Soak soak(seed);
    while (std::chrono::steady_clock::now() < end) soak.round();
    soak.check_newest();
    WARN(soak.numbers());
}
