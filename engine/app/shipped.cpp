#include "engine/app/shipped.hpp"

namespace holdfast {

std::vector<fs::path> shipped_runbooks(const fs::path& share) {
    std::error_code unreadable;
    return shipped_runbooks(share, fs::read_symlink("/proc/self/exe", unreadable));
}

std::vector<fs::path> shipped_runbooks(const fs::path& share, const fs::path& program) {
    std::vector<fs::path> folders;
    const fs::path folder = program.parent_path();
    // A build folder is known by what CMake leaves in it: its source tree is the nearest folder above with runbooks/.
    if (!program.empty() && fs::exists(folder / "CMakeCache.txt")) {
        for (fs::path above = folder.parent_path(); above != above.parent_path(); above = above.parent_path()) {
            if (!fs::exists(above / "CMakeLists.txt") || !fs::is_directory(above / "runbooks")) continue;
            folders.push_back(above / "runbooks");
            break;
        }
    }
    if (!program.empty()) folders.push_back(folder.parent_path() / "share" / "holdfast" / "runbooks");
    folders.push_back(share / "runbooks");
    return folders;
}

}  // namespace holdfast
