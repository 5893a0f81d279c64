#include "providers/databases/sqlite/state_reader.hpp"

#include <sqlite3.h>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/sqlite/connection.hpp"
#include "engine/sqlite/image_vfs.hpp"
#include "providers/databases/sqlite/read_only.hpp"

namespace holdfast {
namespace {

constexpr int kCacheKiB = 32 * 1024;
// How many steps of its machine SQLite runs between two looks at the clock and the stop.
constexpr int kStepsBetweenLooks = 2000;

// When a statement must stop.
class Limit {
public:
    Limit(const Clock& clock, CancelToken cancel) : clock_(clock), cancel_(std::move(cancel)) {}
    void begin(std::optional<Duration> time) {
        time_ = time;
        began_ = clock_.steady();
    }
    bool is_reached() const { return cancel_.stop_requested() || (time_ && clock_.steady() - began_ > *time_); }
    void throw_if_reached() const {
        if (cancel_.stop_requested()) throw Error(ErrorCode::Cancelled, "stopped on request", "Nothing was changed.");
        if (is_reached()) {
            throw Error(ErrorCode::Cancelled, fmt::format("the query was stopped after {}", for_people(*time_)),
                        "Give it more time, or ask for less: an index on the column it filters by helps most.");
        }
    }

private:
    const Clock& clock_;
    CancelToken cancel_;
    std::optional<Duration> time_;
    Duration began_{0};
};

class StatePages final : public ImageBytes {
public:
    StatePages(StateFiles& files, const Limit& limit) : files_(files), limit_(limit) {
        if (files.files().size() != 1) throw Error(ErrorCode::Corrupt, "a SQLite backup that is not one file");
        file_ = files.files().front();
    }
    std::uint64_t size() const override { return file_.bytes; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) override {
        limit_.throw_if_reached();   // A statement that waits for a slow store runs no steps.
        files_.read_at(file_.name, offset, out);
    }

private:
    StateFiles& files_;
    const Limit& limit_;
    ImageFile file_;
};

// Runs what may read pages; what stood in the way of a read goes before what SQLite makes of it.
template <typename Work>
auto reading(ImageVfs& vfs, const Limit& limit, Work&& work) {
    try {
        auto result = work();
        vfs.throw_failure();
        return result;
    } catch (const Error& error) {
        vfs.throw_failure();
        if (error.code == ErrorCode::Cancelled) limit.throw_if_reached();
        if (error.code == ErrorCode::Corrupt || error.code == ErrorCode::NotADatabase) {
            throw Error(ErrorCode::Corrupt, "the database was damaged already when this state was backed up: " + error.message,
                        "Look at an earlier state. `runbook catalog verify` tells whether the backup itself is sound.");
        }
        if (error.code == ErrorCode::Internal) throw Error(ErrorCode::Usage, "the SQL failed: " + error.message);
        throw;
    }
}

class StateRows final : public SqlRows {
public:
    StateRows(ImageVfs& vfs, const Limit& limit, Statement statement) : vfs_(vfs), limit_(limit), statement_(std::move(statement)) {
        for (int column = 0; column < statement_.columns(); ++column) columns_.push_back(statement_.column_name(column));
    }
    const std::vector<std::string>& columns() const override { return columns_; }
    const SqlRow* next() override {
        if (done_) return nullptr;   // A statement that is stepped on after its end would start again.
        done_ = true;                // Nor after a failure.
        const bool there = reading(vfs_, limit_, [&] {
            const bool row = statement_.step();
            if (row) statement_.read_row_into(row_);
            return row;
        });
        done_ = !there;
        return there ? &row_ : nullptr;
    }

private:
    ImageVfs& vfs_;
    const Limit& limit_;
    Statement statement_;
    std::vector<std::string> columns_;
    SqlRow row_;
    bool done_ = false;
};

class StateReader final : public SqlReader {
public:
    StateReader(StateFiles& files, const DatabaseName& database, const WorkContext& work)
        : limit_(work.clock, work.cancel), pages_(files, limit_), vfs_(pages_),
          connection_(reading(vfs_, limit_, [&] { return Connection::open_image(vfs_, database.str()); })) {
        reading(vfs_, limit_, [&] {
            connection_.execute(fmt::format("PRAGMA cache_size=-{}; PRAGMA temp_store=FILE; PRAGMA query_only=ON", kCacheKiB));
            return true;
        });
        allow_reading_only(connection_);
        sqlite3_progress_handler(connection_.handle(), kStepsBetweenLooks, [](void* limit) { return static_cast<const Limit*>(limit)->is_reached() ? 1 : 0; }, &limit_);
    }

    std::unique_ptr<SqlRows> query(const std::string& sql, std::optional<Duration> time_limit) override {
        limit_.begin(time_limit);
        return reading(vfs_, limit_, [&]() -> std::unique_ptr<SqlRows> {
            require_reading_statement(connection_, sql);
            return std::make_unique<StateRows>(vfs_, limit_, connection_.prepare(sql));
        });
    }

private:
    Limit limit_;
    StatePages pages_;
    ImageVfs vfs_;
    Connection connection_;
};

}  // namespace

std::unique_ptr<SqlReader> make_state_reader(StateFiles& files, const DatabaseName& database, const WorkContext& work) {
    return std::make_unique<StateReader>(files, database, work);
}

}  // namespace holdfast
