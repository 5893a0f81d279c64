#include "dsl/actions/action.hpp"

#include <algorithm>

#include "dsl/actions/groups.hpp"
#include "engine/base/check.hpp"

namespace holdfast {

void ActionTable::add(Action action) {
    const EffectSpec* spec = surface_.effect(action.name);
    HOLDFAST_CHECK(spec != nullptr && !has(action.name));
    HOLDFAST_CHECK((spec->kind == EffectKind::Probed) == static_cast<bool>(action.probe));
    actions_.push_back(std::move(action));
}

const Action& ActionTable::of(const std::string& name) const {
    const auto found = std::ranges::find(actions_, name, &Action::name);
    HOLDFAST_CHECK(found != actions_.end());
    return *found;
}

bool ActionTable::has(const std::string& name) const { return std::ranges::find(actions_, name, &Action::name) != actions_.end(); }

const ActionTable& default_actions() {
    static const ActionTable table = [] {
        ActionTable made(language());
        add_point_actions(made);
        add_restore_actions(made);
        add_verify_actions(made);
        add_row_actions(made);
        add_application_actions(made);
        add_swap_actions(made);
        add_extract_actions(made);
        add_standby_actions(made);
        add_migration_actions(made);
        return made;
    }();
    return table;
}

}  // namespace holdfast
