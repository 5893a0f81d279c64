#include "engine/recovery/ask_statement.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kSaidColumns = 60;

bool is_true(const SqlValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer != 0;
    if (const auto* real = std::get_if<double>(&value)) return *real != 0;
    if (const auto* text = std::get_if<std::string>(&value)) return !text->empty();
    if (const auto* blob = std::get_if<Bytes>(&value)) return !blob->empty();
    return false;
}

std::string first_value(SqlRows& rows, Answer& answer) {
    try {
        const SqlRow* row = rows.next();
        const bool there = row != nullptr && !row->empty();
        answer = there && is_true(row->front()) ? Answer::Yes : Answer::No;
        return there ? for_people(row->front(), kSaidColumns) : "no row";
    } catch (const Error& error) {
        if (error.code != ErrorCode::Usage) throw;
        answer = Answer::No;   // It was understood, and failed on these rows.
        return error.message;
    }
}

}  // namespace

void ask_state(SqlReader& state, const std::string& sql, StateAnswer& answer) {
    try {
        const auto rows = state.query(sql, std::nullopt);
        answer.said = first_value(*rows, answer.answer);
    } catch (const NotInState& error) {
        answer.answer = Answer::No;
        answer.said = error.message;
    }
}

}  // namespace holdfast
