// Which Error a call throws, for CHECK.
#pragma once

#include <optional>

#include "engine/base/error.hpp"

namespace holdfast {

template <typename Work>
std::optional<Error> error_thrown_by(Work&& work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

template <typename Work>
std::optional<ErrorCode> code_thrown_by(Work&& work) {
    const auto error = error_thrown_by(work);
    return error ? std::optional(error->code) : std::nullopt;
}

// Nothing thrown: an Error that no check expects.
template <typename Work>
Error thrown_by(Work&& work) {
    return error_thrown_by(work).value_or(Error(ErrorCode::Internal, "nothing was thrown"));
}

}  // namespace holdfast
