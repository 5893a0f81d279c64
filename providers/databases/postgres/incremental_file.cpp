#include "providers/databases/postgres/incremental_file.hpp"

#include <algorithm>

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

constexpr std::uint32_t kMagic = 0xD3AE1F0D;
constexpr std::size_t kHeadBytes = 12;

[[noreturn]] void fail() { throw Error(ErrorCode::Corrupt, "a file of the server's incremental backup is damaged", "Take the backup again."); }

}  // namespace

IncrementalFile read_incremental_header(MemberStream& member, std::uint64_t member_bytes, std::uint32_t page_bytes, std::uint32_t segment_pages) {
    Bytes head(kHeadBytes);
    member.read_exactly(head);
    ByteReader reader(head);
    const std::uint32_t magic = reader.u32(), count = reader.u32(), truncated_at = reader.u32();
    if (magic != kMagic || count > segment_pages || truncated_at > segment_pages) fail();
    IncrementalFile file{.pages = std::vector<std::uint32_t>(count), .pages_after = truncated_at};
    Bytes numbers(count * sizeof(std::uint32_t));
    member.read_exactly(numbers);
    ByteReader list(numbers);
    for (std::uint32_t& page : file.pages) page = list.u32();
    if (count == 0) return file;
    if (std::ranges::adjacent_find(file.pages, std::ranges::greater_equal()) != file.pages.end() || file.pages.back() >= segment_pages) fail();
    file.pages_after = std::max<std::uint64_t>(file.pages_after, file.pages.back() + std::uint64_t{1});
    const std::uint64_t used = kHeadBytes + numbers.size();
    Bytes padding((page_bytes - used % page_bytes) % page_bytes);
    member.read_exactly(padding);
    if (member_bytes != used + padding.size() + std::uint64_t{count} * page_bytes) fail();
    return file;
}

}  // namespace holdfast
