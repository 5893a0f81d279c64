// Named places at which tests kill the program: right before and after everything durable.
//
// With HOLDFAST_CRASH_AT="name" or "name:3" in the environment the process sends itself SIGKILL at the
// first (or third) passage of that point. Otherwise a passage costs one relaxed load. Every name must
// stand in kFaultPoints (fault_point.cpp); tests/crash enumerates that list, and a point without a
// crash test fails tests/tidy.
#pragma once

#include <span>
#include <string_view>

namespace holdfast {

void fault_point(std::string_view name);

std::span<const std::string_view> all_fault_points();

}  // namespace holdfast
