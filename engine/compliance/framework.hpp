// A framework names controls and the checks that answer each. It is a file, not code; reading it is engine/operations'.
#pragma once

#include "engine/compliance/judge.hpp"

namespace holdfast {

struct Control {
    std::string id, title;              // "CP-9(1)", "Testing for reliability and integrity"
    std::vector<std::string> checks;
};
struct Framework {
    std::string name, title, source;    // "nist-800-53", "NIST SP 800-53 Rev. 5 …", where the text can be read.
    std::vector<Control> controls;
};

enum class ControlState : std::uint8_t { Met, NotMet, Waived, NotJudged };   // Not judged: one of its checks could not be, and none failed.
std::string_view name_of(ControlState state);    // met, not-met, waived, not-judged

struct JudgedControl {
    Control control;
    ControlState state = ControlState::Met;
    std::size_t findings = 0, waived = 0;
    std::vector<std::string> not_judged;      // Ids of checks.
};

// One per control, in the framework's order. A note does not fail a control.
std::vector<JudgedControl> project(const Framework& framework, const Judgement& judgement);

// Whether one of the framework's controls asks for that check.
bool asks_for(const Framework& framework, std::string_view check);

}  // namespace holdfast
