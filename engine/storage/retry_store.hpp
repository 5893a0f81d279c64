// A store that tries again what failed for a reason that may pass: Unavailable and Io.
//
// What was written although the answer got lost counts as written: a put that finds its own bytes in
// place has succeeded, and so has a remove that finds nothing left. An upload is started again only
// before its first byte; its bytes are not kept, so whoever streams decides whether to begin anew.
#pragma once

#include <functional>
#include <memory>

#include "engine/storage/store.hpp"

namespace holdfast {

struct RetryRule {
    int attempts = 5;                                  // All together, the first among them.
    Duration first_wait = std::chrono::milliseconds(200);  // Doubled each time …
    Duration wait_max = std::chrono::seconds(10);          // … up to this.
};

using Sleep = std::function<void(Duration)>;

std::unique_ptr<Store> make_retry_store(std::unique_ptr<Store> inner, const RetryRule& rule, Sleep sleep);

}  // namespace holdfast
