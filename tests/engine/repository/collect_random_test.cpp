// Long random stories of backups, forgetting and collecting, against a model that knows what every
// listed point must give back.
#include "tests/engine/repository/sources.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Told {
    PointManifest point;
    Source source;
};

struct RunningBackup {
    std::unique_ptr<ImageWriter> writer;
    std::string database;
    Source source;
};

class Story {
public:
    explicit Story(unsigned seed) : random_(seed) {}

    void tell(int steps) {
        for (int step = 0; step < steps; ++step) {
            told_.clear();
            INFO("step " << step);
            next_step();
            INFO(told_);
            check_all();
        }
        running_.clear();
        settle();
    }

private:
    std::uint64_t dice(std::uint64_t sides) { return random_() % sides; }
    std::string any_database() { return std::array{"shop", "crm", "orders.eu"}[dice(3)]; }

    // Content comes from a small stock, so that databases share much of it.
    void edit(Bytes& bytes) {
        const std::size_t pages = bytes.size() / kPage;
        switch (dice(6)) {
        case 0: bytes.resize(dice(60) * kPage); break;
        case 1:
            for (std::size_t page = 0; page + 16 <= pages; page += 16) {
                if (dice(2) == 0) continue;
                const Bytes stock = text_pages(16, static_cast<unsigned>(dice(6)));
                std::copy(stock.begin(), stock.end(), bytes.begin() + static_cast<std::ptrdiff_t>(page * kPage));
            }
            break;
        default:
            for (std::uint64_t i = dice(8); i > 0 && pages > 0; --i) change_page(bytes, dice(pages), static_cast<unsigned>(dice(50)));
        }
    }

    Source& live(const std::string& database) {
        Source& source = live_[database];
        if (source.empty()) source = {{"main", kPage, text_pages(32, static_cast<unsigned>(dice(6)))}, {"log", 0, {}}};
        return source;
    }

    std::optional<PointId> any_base(const std::string& database) {
        std::vector<PointId> points;
        for (const auto& [id, told] : listed_) {
            if (told.point.point.database.str() == database) points.push_back(id);
        }
        if (points.empty() || dice(4) == 0) return std::nullopt;
        return points[dice(points.size())];
    }

    RunningBackup begin() {
        const std::string database = any_database();
        Source& source = live(database);
        edit(source[0].bytes);
        if (dice(3) == 0) source[1].bytes = noise(dice(90'000), static_cast<unsigned>(dice(4)));
        RunningBackup backup{bench_.repository->begin_image(DatabaseName(database), {}, any_base(database), bench_.progress, {}), database, source};
        add_all(*backup.writer, backup.source);
        return backup;
    }

    void end(RunningBackup backup) {
        const auto code = code_thrown_by([&] {
            PointManifest point = backup.writer->commit({});
            const PointId id = point.point.id;
            listed_.emplace(id, Told{std::move(point), std::move(backup.source)});
        });
        if (code) CHECK(*code == ErrorCode::Changed);
        told_ += code ? " (refused)" : "";
    }

    void next_step() {
        switch (dice(12)) {
        case 0: case 1: case 2: case 3:
            told_ = "backup";
            end(begin());
            break;
        case 4:
            told_ = "backup begins";
            if (running_.size() < 3) running_.push_back(begin());
            break;
        case 5:
            if (running_.empty()) return;
            told_ = "backup ends";
            end(std::move(running_.front()));
            running_.erase(running_.begin());
            break;
        case 6: case 7: case 8:
            told_ = "forget";
            if (listed_.size() < 3) return;
            forget(std::next(listed_.begin(), static_cast<std::ptrdiff_t>(dice(listed_.size()))));
            break;
        case 9: case 10: {
            const Duration grace = std::array<Duration, 4>{0s, 10min, 2h, 24h}[dice(4)];
            const double below = std::array{0.0, 0.5, 0.95}[dice(3)];
            told_ = "collect after " + std::to_string(grace.count()) + " ms below " + std::to_string(below);
            bench_.collect(grace, below);
            break;
        }
        default: move_on();
        }
    }

    void forget(std::map<PointId, Told>::iterator which) {
        CHECK(bench_.repository->forget(which->second.point.point.database, which->first));
        listed_.erase(which);
    }

    void move_on() {
        switch (dice(8)) {
        case 0:
            told_ = "the clock is set back";
            bench_.clock.set(bench_.clock.now() - 3h);
            break;
        case 1:
            told_ = "reopened";
            running_.clear();
            bench_.repository.reset();
            bench_.repository = bench_.open(bench_.store);
            break;
        case 2:
            told_ = "a key is destroyed";
            if (dice(3) == 0) destroy(any_database());
            break;
        case 3:
            told_ = "the cache is lost";
            fs::remove_all(bench_.folder / "cache");
            break;
        default:
            told_ = "time goes by";
            bench_.clock.advance(std::array<Duration, 4>{1s, 8min, 40min, 25h}[dice(4)]);
        }
    }

    void destroy(const std::string& database) {
        bench_.repository->destroy_database_key(DatabaseName(database));
        std::erase_if(listed_, [&](const auto& each) { return each.second.point.point.database.str() == database; });
        live_.erase(database);
    }

    void check_all() {
        std::set<PointId> there;
        for (const PointManifest& manifest : bench_.repository->points(std::nullopt)) there.insert(manifest.point.id);
        std::set<PointId> wanted;
        for (const auto& [id, told] : listed_) {
            wanted.insert(id);
            const auto error = error_thrown_by([&] {
                if (!comes_back(*bench_.repository, told.point, told.source)) FAIL("a point gives back something else");
            });
            if (error) FAIL("a listed point cannot be read: " << error->message);
        }
        REQUIRE(there == wanted);
    }

    // Once everybody is done, what is left is sound and not much more than what is needed.
    void settle() {
        for (int i = 0; i < 3; ++i) {
            bench_.clock.advance(48h);
            bench_.collect(1h, 0.95);
        }
        check_all();
        CHECK(bench_.verify().ok());
        CHECK(bench_.names("marks/").empty());
        CHECK(bench_.names("locks/").empty());
        while (!listed_.empty()) forget(listed_.begin());
        for (int i = 0; i < 2; ++i) {
            bench_.clock.advance(48h);
            bench_.collect(1h);
        }
        CHECK(bench_.names("packs/").empty());
        CHECK(bench_.names("index/").empty());
        CHECK(bench_.names("moved/").empty());
    }

    SmallBench bench_;
    std::mt19937_64 random_;
    std::map<PointId, Told> listed_;
    std::map<std::string, Source> live_;
    std::vector<RunningBackup> running_;
    std::string told_;
};

}  // namespace

TEST_CASE("whatever is backed up, forgotten and collected in whatever order, every listed point comes back", "[repository][long]") {
    const unsigned seed = GENERATE(range(1u, 9u));
    CAPTURE(seed);
    Story(seed).tell(90);
}
