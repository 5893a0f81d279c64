#include "engine/policy/secret_words.hpp"

#include <algorithm>
#include <array>

#include "engine/base/text.hpp"

namespace holdfast {

bool has_password_in_url(std::string_view url) {
    const auto begin = url.find("://");
    if (begin == std::string_view::npos) return false;
    const std::string_view authority = url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - begin - 3);
    const auto at = authority.rfind('@');
    return at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
}

bool is_secret_name(std::string_view word) {
    static constexpr std::array<std::string_view, 9> kNames{"password", "passwd", "pwd", "secret", "token", "passphrase", "credential", "access_key", "accesskey"};
    const std::string low = lowered(word);
    return std::ranges::any_of(kNames, [&](std::string_view name) { return low.find(name) != std::string::npos; });
}

bool has_secret_setting(std::string_view text) {
    for (std::size_t equals = text.find('='); equals != std::string_view::npos; equals = text.find('=', equals + 1)) {
        std::string_view name = trim(text.substr(0, equals));
        const auto begin = name.find_last_of(" ;?&\t");
        if (begin != std::string_view::npos) name = name.substr(begin + 1);
        const std::string low = lowered(name);
        if (is_secret_name(low) || low == "sig" || low == "key") return true;
    }
    return false;
}

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

}  // namespace holdfast
