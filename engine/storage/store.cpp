#include "engine/storage/store.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kNameBytesMax = 512;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_name_part(std::string_view part) {
    return !part.empty() && part != "." && part != ".." && std::ranges::all_of(part, is_name_character);
}

}  // namespace

bool is_object_name(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax) return false;
    while (true) {
        const std::size_t slash = name.find('/');
        if (!is_name_part(name.substr(0, slash))) return false;
        if (slash == std::string_view::npos) return true;
        name.remove_prefix(slash + 1);
    }
}

void require_object_name(std::string_view name) {
    if (is_object_name(name)) return;
    throw Error(ErrorCode::Usage, fmt::format("not a name for an object: \"{}\"", printable(name)),
                "Names are relative paths of letters, digits, '.', '_' and '-', of 512 bytes at most.");
}

}  // namespace holdfast
