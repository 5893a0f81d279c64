// A lock that ends with the process, however that ends: flock(2) on a small file that says who holds it.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/file.hpp"

namespace holdfast {

class LockFile {
public:
    // Takes it at once (also against other threads of this process), or throws Busy: "<what> is locked: <holder's text>".
    // `purpose` is what others are told: "a backup".
    static LockFile take(const fs::path& file, std::string_view what, std::string_view purpose, const Clock& clock);

private:
    explicit LockFile(File file) : file_(std::move(file)) {}
    File file_;   // Its closing ends the lock.
};

}  // namespace holdfast
