// Whether the build is an instrumented one.
#pragma once

namespace holdfast {

/// Whether this build is instrumented by a sanitizer: what only repeats with other seeds is then repeated less often.
#ifdef HOLDFAST_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace holdfast
