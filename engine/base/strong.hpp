// Strong types for names and ids, so that a point's id cannot be given where a database's name is due.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace holdfast {

template <typename Tag>
struct StrongText {
    std::string text;

    StrongText() = default;
    explicit StrongText(std::string value) : text(std::move(value)) {}
    const std::string& str() const { return text; }
    bool empty() const { return text.empty(); }
    auto operator<=>(const StrongText&) const = default;
    bool operator==(const StrongText&) const = default;
};

}  // namespace holdfast

template <typename Tag>
struct std::hash<holdfast::StrongText<Tag>> {
    std::size_t operator()(const holdfast::StrongText<Tag>& value) const noexcept {
        return std::hash<std::string>{}(value.text);
    }
};
