// Who runs a run: a lock that ends with its process, however that ends. Others can ask without taking it.
#pragma once

#include <optional>

#include "engine/base/file.hpp"

namespace holdfast {

class RunLock {
public:
    // Takes it, also against other threads of this process, or throws Error{Busy}.
    static RunLock take(const fs::path& folder);
    // Does a process hold it now?
    static bool is_held(const fs::path& folder);

private:
    explicit RunLock(File file) : file_(std::move(file)) {}
    File file_;   // Its closing ends the lock.
};

}  // namespace holdfast
