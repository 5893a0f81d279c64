#include "engine/repository/stream_cutter.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

constexpr std::uint32_t kAverage = 16u << 10;

Secret cutting_key(unsigned number) { return Secret(random_content(32, number)); }

std::vector<std::size_t> lengths_of(const StreamCutter& cutter, ByteView stream) {
    std::vector<std::size_t> lengths;
    while (!stream.empty()) {
        const std::size_t length = cutter.cut(stream.first(std::min(stream.size(), cutter.bytes_max())));
        REQUIRE(length > 0);
        REQUIRE(length <= stream.size());
        lengths.push_back(length);
        stream = stream.subspan(length);
    }
    return lengths;
}

std::multiset<std::string> chunks_of(const StreamCutter& cutter, ByteView stream) {
    std::multiset<std::string> chunks;
    std::size_t at = 0;
    for (const std::size_t length : lengths_of(cutter, stream)) {
        chunks.insert(to_hex(sha256(stream.subspan(at, length))));
        at += length;
    }
    return chunks;
}

}  // namespace

TEST_CASE("a stream is cut into chunks of about the average length", "[repository][stream-cutter]") {
    const StreamCutter cutter(cutting_key(1), kAverage);
    CHECK(cutter.bytes_max() == 4 * kAverage);
    const Bytes stream = random_content(4u << 20, 2);
    const auto lengths = lengths_of(cutter, stream);
    std::size_t total = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        total += lengths[i];
        CHECK(lengths[i] <= cutter.bytes_max());
        if (i + 1 < lengths.size()) CHECK(lengths[i] >= kAverage / 4);
    }
    CHECK(total == stream.size());
    CHECK(total / lengths.size() > kAverage / 2);
    CHECK(total / lengths.size() < kAverage * 2);
}

TEST_CASE("an insertion changes only the chunks around it", "[repository][stream-cutter]") {
    const StreamCutter cutter(cutting_key(1), kAverage);
    const Bytes before = random_content(2u << 20, 3);
    Bytes after = before;
    const Bytes inserted = random_content(77, 4);
    after.insert(after.begin() + (1 << 20), inserted.begin(), inserted.end());
    const auto old_chunks = chunks_of(cutter, before);
    std::size_t fresh = 0;
    for (const std::string& chunk : chunks_of(cutter, after)) fresh += old_chunks.contains(chunk) ? 0u : 1u;
    CHECK(fresh >= 1);
    CHECK(fresh <= 6);
}

TEST_CASE("where a stream is cut depends on the key", "[repository][stream-cutter]") {
    const Bytes stream = random_content(1u << 20, 5);
    const auto one = lengths_of(StreamCutter(cutting_key(1), kAverage), stream);
    CHECK(one == lengths_of(StreamCutter(cutting_key(1), kAverage), stream));
    CHECK(one != lengths_of(StreamCutter(cutting_key(2), kAverage), stream));
}

TEST_CASE("streams without content to cut at are cut at the longest length", "[repository][stream-cutter]") {
    const StreamCutter cutter(cutting_key(1), kAverage);
    const Bytes zeros(300'000);
    for (const std::size_t length : lengths_of(cutter, zeros)) CHECK(length <= cutter.bytes_max());
}

TEST_CASE("short streams are one chunk", "[repository][stream-cutter]") {
    const StreamCutter cutter(cutting_key(1), kAverage);
    for (const std::size_t size : {std::size_t{1}, std::size_t{100}, std::size_t{kAverage / 4}}) {
        CHECK(cutter.cut(random_content(size, size)) == size);
    }
}
