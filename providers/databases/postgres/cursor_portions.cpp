#include "providers/databases/postgres/cursor_portions.hpp"

#include <algorithm>

#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kPortionBytes = 1 << 20, kMostRows = 4096;
constexpr std::size_t kValueBytes = 16;   // What a value takes beside its text.

}  // namespace

bool CursorPortions::has_row() {
    if (at_ < rows_) return true;
    if (at_end_) return false;
    portion_ = connection_.execute(fmt::format("FETCH FORWARD {} FROM {}", wanted_, name_));
    at_ = 0;
    rows_ = portion_.rows();
    at_end_ = rows_ < wanted_;
    std::size_t bytes = 1;
    for (std::size_t row = 0; row < rows_; ++row) {
        for (std::size_t column = 0; column < portion_.columns(); ++column) bytes += portion_.text(row, column).size() + kValueBytes;
    }
    wanted_ = std::clamp<std::size_t>(wanted_ * kPortionBytes / bytes, 1, kMostRows);
    return rows_ > 0;
}

}  // namespace holdfast
