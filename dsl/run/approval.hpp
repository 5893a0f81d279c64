// Approvals: what an answer is bound to, whose counts, how many are wanted.
#pragma once

#include "dsl/run/history.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

// The field that names who asks for an undo: the one who asks does not approve.
inline constexpr const char* kAskedBy = "asked by";

// What is asked: everything that an answer is bound to.
struct ApprovalCase {
    int step = 0;
    std::string title;
    ValueMap fields;                     // Without the evidence.
    Value evidence;
    std::vector<std::string> lines;
    std::string hash;
};
ApprovalCase approval_case(const RunHistory& run, int step, const std::string& title, const ValueMap& given);

// How many other people's approval the environments of all databases concerned want.
int approvals_wanted(const Installation& installation, const RunHistory& run, const ValueMap& fields);

// The text that an answer signs.
std::string approval_message(const std::string& run, const AskRecord& ask, bool approve, const std::string& person, const std::string& comment);

// Why the person may not answer, or an empty text.
std::string why_may_not_answer(const Installation& installation, const RunHistory& run, const std::string& person);

// The approval as it stands: every answer with whether it counts, checked anew against the policy's people.
ApprovalView view_of(const Installation& installation, const RunHistory& run, const ApprovalHistory& approval);
bool is_approved(const ApprovalView& approval);
// The answer that refuses, or nullptr.
const ApprovalAnswer* refusal_of(const ApprovalView& approval);

}  // namespace holdfast
