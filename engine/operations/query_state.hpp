// `query`: asks a database in SQL as it was, without restoring it.
#pragma once

#include "engine/operations/open.hpp"
#include "engine/recovery/open_state.hpp"

namespace holdfast {

struct QueryAsked {
    DatabaseName database;
    std::optional<std::string> point;         // A prefix of an id …
    std::optional<Before> before;             // … or a moment or a transaction; the newest state without both.
    std::string sql;
    std::optional<std::uint64_t> rows_max;
    std::optional<Duration> time_limit;
};

// A statement that is being answered: rows come as they are asked for, so an answer of any size takes little memory.
class StateQuery {
public:
    StateQuery(const Workplace& workplace, const QueryAsked& asked, Progress& progress, const CancelToken& cancel);

    const RecoveryTarget& target() const { return state_->target(); }
    const StoreName& store() const { return state_->store(); }
    const std::vector<std::string>& columns() const { return rows_->columns(); }
    const SqlRow* next();                                       // nullptr at the end, or after `rows_max` rows.
    std::uint64_t row_count() const { return row_count_; }
    bool has_more_rows() const { return has_more_rows_; }       // Known at the end: `rows_max` left some out.
    std::uint64_t fetched_bytes() const { return state_->fetched_bytes(); }
    Duration took() const { return clock_.steady() - began_; }

private:
    const Clock& clock_;
    Duration began_;
    std::optional<std::uint64_t> rows_max_;
    std::unique_ptr<OpenedState> state_;
    std::unique_ptr<SqlRows> rows_;
    std::uint64_t row_count_ = 0;
    bool has_more_rows_ = false;
};

}  // namespace holdfast
