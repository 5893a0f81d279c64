// Effects on a real SQLite database with a real store: the database "orders" with one full backup.
#pragma once

#include "dsl/actions/action.hpp"
#include "dsl/actions/values.hpp"
#include "dsl/prelude/check.hpp"
#include "engine/base/format.hpp"
#include "engine/job/backup.hpp"
#include "tests/support/installation_fixture.hpp"

namespace holdfast {

class ActionFixture : public InstallationFixture {
public:
    Installation place = installation();
    fs::path run_folder = state() / "runs" / "01run";
    std::stop_source stop;

    ActionFixture() {
        make_private_folders(run_folder);
        back_up();
    }

    RecoveryPoint back_up() {
        clock.advance(std::chrono::minutes(1));
        BackupNow request;
        request.database = DatabaseName("orders");
        const RecoveryPoint point = back_up_now(place, request, progress, {}).point;
        clock.advance(std::chrono::minutes(1));
        return point;
    }

    ActionContext context(int step, int attempt = 1) {
        return {place, progress, stop.get_token(), fmt::format("key-{}", step), "01run", run_folder, step, attempt};
    }
    // Checked as a script's call would be.
    ActionResult perform(const std::string& effect, const ValueMap& arguments, int step = 1, int attempt = 1) {
        const EffectSpec& spec = *language().effect(effect);
        const ValueMap checked = check_arguments(spec, arguments);
        ActionResult result = default_actions().of(effect).perform(context(step, attempt), checked);
        check_result(spec, result);
        return result;
    }
    Action::Probe probe(const std::string& effect, const ValueMap& arguments, int step = 1) {
        return default_actions().of(effect).probe(context(step), arguments);
    }

    Value orders() const { return Record{"database", {{"name", "orders"}, {"engine", "sqlite"}}}; }
    Value newest_point() { return perform("find.point", {{"of", orders()}}).value; }
    Value copy_of(const Value& point, int step = 2) { return perform("restore.beside", {{"point", point}}, step).value; }

private:
    // A result has the declared type and every declared field.
    static void check_result(const EffectSpec& spec, const ActionResult& result) {
        if (!fits(spec.result, result.value)) throw std::runtime_error(spec.name + " gave " + kind_of(result.value));
        const RecordSpec* record = language().record(spec.result);
        if (record == nullptr) return;
        for (const FieldSpec& field : record->fields) {
            if (!result.value.as<Record>()->fields.contains(field.name)) throw std::runtime_error(spec.name + " lacks " + field.name);
        }
        for (const auto& [name, value] : result.value.as<Record>()->fields) {
            if (std::ranges::find(record->fields, name, &FieldSpec::name) == record->fields.end()) {
                throw std::runtime_error(spec.name + " has an undeclared " + name);
            }
        }
    }
};

}  // namespace holdfast
