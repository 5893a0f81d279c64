// What a small script gives, or why it fails.
#pragma once

#include <catch2/catch.hpp>

#include "dsl/lua/script.hpp"
#include "engine/base/error.hpp"

namespace holdfast {

inline const SystemClock& script_clock() {
    static const SystemClock clock;
    return clock;
}

// Small limits, so that what runs for ever is stopped at once.
inline ScriptLimits small_limits() { return {.memory_bytes_max = 8 << 20, .instructions_max = 2'000'000, .time_max = Duration(60'000)}; }

inline std::string value_of_script(const std::string& text, const ScriptLimits& limits = small_limits()) {
    Script script("t.lua", script_clock(), limits);
    return for_people(script.run_chunk(text), 2000);
}

inline std::string failure_of_script(const std::string& text, const ScriptLimits& limits = small_limits()) {
    try {
        return "no failure: " + value_of_script(text, limits);
    } catch (const Error& error) {
        CHECK(error.code == ErrorCode::BadRunbook);
        return error.message;
    }
}

}  // namespace holdfast
