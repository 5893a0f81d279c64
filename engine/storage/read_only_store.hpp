// A store that nothing can be changed in, but for leases: what a drill sees of the real stores. Whatever would write throws
// Error{NotPermitted} that says what it was. Leases are let through, since they keep a collection from removing what is being read.
#pragma once

#include <memory>

#include "engine/storage/store.hpp"

namespace holdfast {

// `leases`: names that begin so may be written. `why`: the end of a sentence, "a drill changes nothing in it".
std::unique_ptr<Store> make_read_only_store(std::unique_ptr<Store> inner, std::string leases, std::string why);

}  // namespace holdfast
