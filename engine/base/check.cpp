#include "engine/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace holdfast::detail {

void check_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "holdfast: internal error: %s does not hold (%s:%d). Nothing was written after this point.\n",
                 expression, file, line);
    std::abort();
}

}  // namespace holdfast::detail
