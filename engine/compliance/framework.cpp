#include "engine/compliance/framework.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace holdfast {

std::string_view name_of(ControlState state) {
    constexpr std::array<std::string_view, 4> kNames{"met", "not-met", "waived", "not-judged"};
    return kNames.at(static_cast<std::size_t>(state));
}

std::vector<JudgedControl> project(const Framework& framework, const Judgement& judgement) {
    std::map<std::string_view, std::size_t> failing;
    for (const Shortfall& shortfall : judgement.findings) {
        if (shortfall.severity != Severity::Note) ++failing[shortfall.check];
    }
    std::vector<JudgedControl> judged;
    for (const Control& control : framework.controls) {
        JudgedControl one;
        one.control = control;
        for (const std::string& id : control.checks) {
            const auto check = std::ranges::find(judgement.checks, id, &JudgedCheck::id);
            if (check == judgement.checks.end()) continue;
            one.findings += failing[check->id];
            one.waived += check->waived;
            if (!check->not_judged.empty()) one.not_judged.push_back(id);
        }
        if (one.findings > 0) one.state = ControlState::NotMet;
        else if (!one.not_judged.empty()) one.state = ControlState::NotJudged;
        else if (one.waived > 0) one.state = ControlState::Waived;
        judged.push_back(std::move(one));
    }
    return judged;
}

bool asks_for(const Framework& framework, std::string_view check) {
    return std::ranges::any_of(framework.controls, [&](const Control& control) { return std::ranges::find(control.checks, check) != control.checks.end(); });
}

}  // namespace holdfast
