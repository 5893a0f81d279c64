#include "engine/operations/query_state.hpp"

#include "engine/base/format.hpp"
#include "engine/recovery/find_target.hpp"

namespace holdfast {
namespace {

RecoveryTarget wanted_state(const Workplace& workplace, const QueryAsked& asked) {
    workplace.installation().database(asked.database);
    if (!asked.point) return find_target(workplace.installation(), asked.database, asked.before);
    const RecoveryPoint point = workplace.catalog().point_by_prefix(*asked.point);
    if (point.database == asked.database) return target_of_point(point);
    throw Error(ErrorCode::Usage, fmt::format("{} is a point of {}, not of {}", point.id.str(), point.database.str(), asked.database.str()),
                fmt::format("See: runbook catalog list --database {}", asked.database.str()));
}

}  // namespace

StateQuery::StateQuery(const Workplace& workplace, const QueryAsked& asked, Progress& progress, const CancelToken& cancel)
    : clock_(workplace.built().clock), began_(clock_.steady()), rows_max_(asked.rows_max),
      state_(open_state(workplace.installation(), wanted_state(workplace, asked), progress, cancel)),
      rows_(state_->sql().query(asked.sql, asked.time_limit)) {}

const SqlRow* StateQuery::next() {
    const SqlRow* row = rows_->next();
    if (row == nullptr) return nullptr;
    if (rows_max_ && row_count_ == *rows_max_) {
        has_more_rows_ = true;
        return nullptr;
    }
    ++row_count_;
    return row;
}

}  // namespace holdfast
