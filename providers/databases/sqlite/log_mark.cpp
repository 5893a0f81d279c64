#include "providers/databases/sqlite/log_mark.hpp"

#include <algorithm>
#include <charconv>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kFields[] = {"wal", "frame", "sum", "changes", "page", "pages", "inode", "seen", "at"};

template <typename Number>
bool read_number(const std::string& text, Number& number, int base = 10) {
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number, base);
    return result.ec == std::errc() && result.ptr == end;
}

bool read_salts(const std::string& text, WalSalts& salts) {
    const std::optional<Bytes> bytes = from_hex(text);
    if (!bytes || bytes->size() != salts.size()) return false;
    std::ranges::copy(*bytes, salts.begin());
    return true;
}

bool read_sum(const std::string& text, WalSum& sum) {
    return text.size() == 16 && read_number(text.substr(0, 8), sum[0], 16) && read_number(text.substr(8), sum[1], 16);
}

}  // namespace

LogMark mark_of(const WalIndexHeader& header, std::uint32_t page_bytes, std::uint64_t pages, std::uint64_t inode, Instant seen) {
    return {.salts = header.salts(),
            .frame = header.last_frame(),
            .checksum = header.checksum(),
            .changes = header.changes(),
            .page_bytes = page_bytes,
            .pages = pages,
            .inode = inode,
            .seen = seen,
            .at = seen};
}

std::string to_text(const LogMark& mark) {
    return fmt::format("wal={} frame={} sum={:08x}{:08x} changes={} page={} pages={} inode={} seen={} at={}", to_hex(mark.salts), mark.frame,
                       mark.checksum[0], mark.checksum[1], mark.changes, mark.page_bytes, mark.pages, mark.inode, to_millis(mark.seen), to_millis(mark.at));
}

std::optional<LogMark> parse_log_mark(std::string_view text) {
    std::vector<std::string> values = split(text, ' ');
    if (values.size() != std::size(kFields)) return std::nullopt;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string begin = std::string(kFields[i]) + "=";
        if (!values[i].starts_with(begin)) return std::nullopt;
        values[i].erase(0, begin.size());
    }
    LogMark mark;
    std::int64_t seen = 0;
    std::int64_t at = 0;
    const bool good = read_salts(values[0], mark.salts) && read_number(values[1], mark.frame) && read_sum(values[2], mark.checksum) &&
                      read_number(values[3], mark.changes) && read_number(values[4], mark.page_bytes) && read_number(values[5], mark.pages) &&
                      read_number(values[6], mark.inode) && read_number(values[7], seen) && read_number(values[8], at);
    if (!good) return std::nullopt;
    mark.seen = from_millis(seen);
    mark.at = from_millis(at);
    return mark;
}

}  // namespace holdfast
