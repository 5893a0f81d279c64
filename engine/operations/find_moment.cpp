#include "engine/operations/find_moment.hpp"

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

std::string next_command(const LastGood& found) {
    if (found.outcome != LastGoodOutcome::Found) return {};
    const std::string database = found.database.str();
    const std::string before = before_text(found);
    if (!before.empty()) return fmt::format("runbook run accidental-deletion --database {} --before {}", database, before);
    return fmt::format("runbook restore {} --point {} --to PATH", database, found.last_good->target.point.id.str());
}

}  // namespace

std::string before_text(const LastGood& found) {
    if (found.before) return to_rfc3339(*found.before);
    return found.before_transaction ? to_text(*found.before_transaction) : "";
}

int MomentFound::exit_status() const {
    return found.outcome == LastGoodOutcome::NowhereGood ? exit_status_of(ErrorCode::CannotRecover) : 0;
}

MomentFound find_moment(const Workplace& workplace, const LastGoodRequest& asked, const std::function<void(const StateAnswer&)>& each,
                        Progress& progress, const CancelToken& cancel) {
    MomentFound moment{.found = find_last_good(workplace.installation(), asked, each, progress, cancel), .next = {}};
    moment.next = next_command(moment.found);
    return moment;
}

}  // namespace holdfast
