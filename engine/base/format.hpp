// The one door to fmt: everything else writes `fmt::format` after including this.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
