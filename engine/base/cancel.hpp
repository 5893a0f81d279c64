// Stopping long work: a std::stop_token that is asked at every safe point.
#pragma once

#include <stop_token>

#include "engine/base/error.hpp"

namespace holdfast {

using CancelToken = std::stop_token;

// Throws Error{Cancelled} where a stop was asked for. Call it only where nothing is half done.
inline void throw_if_cancelled(const CancelToken& token) {
    if (token.stop_requested()) throw Error(ErrorCode::Cancelled, "stopped on request");
}

}  // namespace holdfast
