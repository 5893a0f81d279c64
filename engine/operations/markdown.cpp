#include "engine/operations/markdown.hpp"

namespace holdfast {

std::string markdown_cell(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '|' || letter == '\\') out += '\\';
        out += letter == '\n' ? ' ' : letter;
    }
    return out;
}

}  // namespace holdfast
