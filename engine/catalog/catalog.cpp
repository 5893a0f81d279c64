#include "engine/catalog/catalog.hpp"

#include "engine/catalog/schema.hpp"
#include "engine/catalog/state.hpp"

namespace holdfast {
namespace {
constexpr std::string_view kLastDone = "SELECT at FROM last_done WHERE what = ?1";
constexpr std::string_view kWatching = "watching since";
}  // namespace

std::unique_ptr<Catalog> Catalog::open(const fs::path& file, const Clock& clock) {
    return within("catalog", [&] {
        make_private_folders(file.parent_path());
        Connection database = Connection::open_own(file);
        upgrade_catalog(database);
        // The first to open it decides; a query first, so that opening is usually without a write.
        if (!database.integer(kLastDone, kWatching)) {
            database.run("INSERT INTO last_done (what, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING", kWatching, to_millis(clock.now()));
        }
        return std::unique_ptr<Catalog>(new Catalog(std::unique_ptr<State>(
            new State{.mutex = {}, .database = std::move(database), .clock = clock, .head = file.parent_path() / "audit.head"})));
    });
}

Catalog::Catalog(std::unique_ptr<State> state) : state_(std::move(state)) {}
Catalog::~Catalog() = default;

std::optional<Instant> Catalog::last_done(const std::string& what) const {
    const auto lock = state_->lock();
    return instant_or_none(state_->database.integer(kLastDone, what));
}

void Catalog::clear_last_done(const std::string& what) {
    const auto lock = state_->lock();
    state_->database.run("DELETE FROM last_done WHERE what = ?1", what);
}

Instant Catalog::watching_since() const { return last_done(std::string(kWatching)).value_or(Instant{}); }

Instant watching_since_in(Connection& database) { return instant_or_none(database.integer(kLastDone, kWatching)).value_or(Instant{}); }

void Catalog::set_last_done(const std::string& what, Instant at) {
    const auto lock = state_->lock();
    state_->database.run("INSERT INTO last_done (what, at) VALUES (?1, ?2) ON CONFLICT (what) DO UPDATE SET at = excluded.at",
                         what, to_millis(at));
}

}  // namespace holdfast
