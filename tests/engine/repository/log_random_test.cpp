// Whatever a database does, and whatever is killed, merged, folded or copied meanwhile: every transaction that is listed is
// what it was.
#include "engine/repository/copy_point.hpp"
#include "tests/engine/repository/hooked_store.hpp"
#include "tests/engine/repository/log_bench.hpp"
#include "tests/support/sanitized.hpp"

using namespace holdfast;

namespace {

struct Killed {};

class RandomLife : public LogBench {
public:
    explicit RandomLife(unsigned seed) : LogBench(seed % 4 != 0), random_(seed) {
        take_base(pick(1, 80));
        begin_stream();
    }

    void step() {
        switch (pick(0, 11)) {
        case 0: return compact(false);
        case 1: return compact(pick(0, 3) == 0);
        case 2: return die();
        case 3: clock.advance(std::chrono::seconds(pick(1, 60))); return;
        case 4: case 5: return put();
        default: return random_transaction();
        }
    }
    void check_some() {
        put();
        const auto listed = transactions();
        REQUIRE(facts().hole.empty());
        REQUIRE(facts().transactions == states.size() - 1);
        if (listed.empty()) return;
        for (int i = 0; i < 3; ++i) {
            const std::uint64_t number = listed[pick(0, listed.size() - 1)].number;
            INFO("transaction " << number << " of " << states.size() - 1);
            CHECK((restored_at(number) == states[number]));
        }
        const std::uint64_t last = listed.back().number;
        CHECK((read_at(last) == states[last]));
        CHECK(verify().ok());
    }

private:
    std::uint64_t pick(std::uint64_t least, std::uint64_t most) { return std::uniform_int_distribution(least, most)(random_); }

    void random_transaction() {
        transaction([&](Bytes& bytes) {
            std::set<std::uint64_t> written;
            if (pick(0, 5) == 0) bytes.resize(pick(1, 120) * kPage);
            const std::uint64_t pages = bytes.size() / kPage;
            for (std::uint64_t i = pick(0, 6); i > 0; --i) {
                const std::uint64_t page = pick(0, 1) == 0 ? pick(0, pages - 1) : pick(0, std::min<std::uint64_t>(pages - 1, 4));
                const std::span<std::byte> place = std::span(bytes).subspan(page * kPage, kPage);
                switch (pick(0, 4)) {
                case 0: std::ranges::copy(noise(kPage, static_cast<unsigned>(random_())), place.begin()); break;
                case 1: std::ranges::fill(place, std::byte{0}); break;
                default: std::ranges::copy(noise(20, static_cast<unsigned>(random_())), place.begin() + static_cast<std::ptrdiff_t>(pick(0, kPage - 20)));
                }
                written.insert(page);
            }
            return written;
        });
    }
    void put() {
        make_durable();
        durable_transactions_ = states.size() - 1;
    }
    // What was not durable is gone, with the database's own memory of it: as if it had crashed too.
    void die() {
        if (durable_transactions_ == 0) return;
        states.resize(durable_transactions_ + 1);
        live = states.back();
        go_on();
    }
    void compact(bool fold) {
        if (durable_transactions_ == 0) return;
        clock.advance(std::chrono::seconds(40));
        HookedStore hooked(store);
        int left = static_cast<int>(pick(1, 30));
        hooked.before = hooked.after = [&](StoreCall call, const std::string&) {
            if ((call == StoreCall::PutIfAbsent || call == StoreCall::Remove) && --left == 0) throw Killed{};
        };
        const CompactRequest request{fold ? std::optional(clock.now() - std::chrono::seconds(pick(30, 400))) : std::nullopt};
        try {
            Repository::open(hooked, key(), options())->compact_log(kShop, stream(), request, progress, {});
        } catch (const Killed&) {   // The next one tidies up.
        }
    }

    std::mt19937_64 random_;
    std::uint64_t durable_transactions_ = 0;
};

}  // namespace

TEST_CASE("a random life of a log loses no transaction", "[repository][log][long]") {
    for (unsigned seed = 1; seed <= (kSanitized ? 8 : 30); ++seed) {
        INFO("seed " << seed);
        RandomLife life(seed);
        for (int round = 0; round < 4; ++round) {
            for (int i = 0; i < 40; ++i) life.step();
            life.check_some();
        }
    }
}
