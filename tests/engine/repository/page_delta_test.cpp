#include "engine/repository/page_delta.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

// A page with some words in its middle replaced and the rest moved by `shift` bytes, as a changed row does.
Bytes changed(ByteView page, std::uint64_t seed, std::size_t shift = 3) {
    std::mt19937_64 random(seed);
    const std::size_t at = random() % (page.size() / 2);
    Bytes result = to_bytes(page.first(at));
    const Bytes row = random_content(40, seed);
    result.insert(result.end(), row.begin(), row.end());
    const ByteView rest = page.subspan(at + row.size() - shift);
    result.insert(result.end(), rest.begin(), rest.end());
    result.resize(page.size());
    return result;
}

std::optional<Bytes> encoded(ByteView page, ByteView base) {
    Bytes frame;
    if (!PageDeltaEncoder().encode(page, base, frame)) return std::nullopt;
    return frame;
}
Bytes decoded(ByteView frame, ByteView base, std::size_t page_bytes) {
    Bytes page(page_bytes);
    PageDeltaDecoder().decode(frame, base, page);
    return page;
}

}  // namespace

TEST_CASE("a page comes back from its delta and its base", "[repository][page_delta]") {
    for (const std::size_t size : {512u, 1024u, 4096u, 8192u, 65536u}) {
        const Bytes base = random_content(size, size);
        const Bytes page = changed(base, 5);
        const auto frame = encoded(page, base);
        REQUIRE(frame);
        CAPTURE(size, frame->size());
        CHECK(frame->size() < 200);
        CHECK((decoded(*frame, base, size) == page));
    }
}

TEST_CASE("a page that did not change costs next to nothing as a delta", "[repository][page_delta]") {
    const Bytes base = random_content(4096, 1), page = base;
    CHECK(encoded(page, base)->size() < 32);
}

TEST_CASE("a delta of half a page or more is not worth it", "[repository][page_delta]") {
    const Bytes base = random_content(4096, 1);
    CHECK_FALSE(encoded(random_content(4096, 2), base));
    Bytes half = base;
    const Bytes fresh = random_content(2080, 3);
    std::ranges::copy(fresh, half.begin());
    CHECK_FALSE(encoded(half, base));
    std::copy_n(base.begin(), 200, half.begin());
    const auto frame = encoded(half, base);
    REQUIRE(frame);
    CHECK(frame->size() < 2048);
}

TEST_CASE("one encoder and one decoder serve many pages of several sizes", "[repository][page_delta]") {
    PageDeltaEncoder encoder;
    PageDeltaDecoder decoder;
    std::mt19937_64 random(11);
    Bytes frame;
    for (int i = 0; i < 300; ++i) {
        const std::size_t size = std::size_t{512} << random() % 6;
        const Bytes base = i % 2 == 0 ? repetitive_content(size, random()) : random_content(size, random());
        const Bytes page = changed(base, random(), random() % 8);
        REQUIRE(encoder.encode(page, base, frame));
        Bytes out(size);
        decoder.decode(frame, base, out);
        REQUIRE((out == page));
        // One that is refused leaves nothing behind in either.
        REQUIRE_FALSE(encoder.encode(random_content(size, random()), base, frame));
        REQUIRE(frame.empty());
        REQUIRE(refuses([&] { decoder.decode(as_bytes("rubbish"), base, out); }));
    }
}

TEST_CASE("the same page and base give the same frame, whatever was coded before", "[repository][page_delta]") {
    const Bytes base = random_content(4096, 1), page = changed(base, 2);
    PageDeltaEncoder encoder;
    Bytes first, other, again;
    encoder.encode(page, base, first);
    encoder.encode(changed(base, 9), base, other);
    encoder.encode(page, base, again);
    CHECK((first == again));
}

TEST_CASE("a frame that is cut short, longer or for a page of another size is refused", "[repository][page_delta]") {
    const Bytes base = random_content(4096, 1), page = changed(base, 2);
    const Bytes frame = *encoded(page, base);
    each_truncation(frame, [&](const Bytes& cut) { REQUIRE(refuses([&] { decoded(cut, base, page.size()); })); });
    Bytes longer = frame;
    longer.push_back(std::byte{0});
    CHECK(refuses([&] { decoded(longer, base, page.size()); }));
    Bytes twice = frame;
    twice.insert(twice.end(), frame.begin(), frame.end());
    CHECK(refuses([&] { decoded(twice, base, page.size() * 2); }));
    CHECK(refuses([&] { decoded(frame, base, page.size() - 1); }));
    CHECK(refuses([&] { decoded(frame, base, page.size() + 1); }));
}

TEST_CASE("a frame with a flipped bit gives a page or an error and never more", "[repository][page_delta]") {
    const Bytes base = random_content(1024, 1), page = changed(base, 2);
    each_flipped_bit(*encoded(page, base), [&](const Bytes& flipped) { refuses([&] { decoded(flipped, base, page.size()); }); });
}

TEST_CASE("a frame says nothing but its window in its header", "[repository][page_delta]") {
    const Bytes base = random_content(4096, 1), page = changed(base, 2);
    const Bytes frame = *encoded(page, base);
    CHECK(frame[0] == std::byte{0});
    CHECK(frame[1] == std::byte{(13 - 10) << 3});   // RFC 8878, 3.1.1.1.2: 2^13 bytes, the page and its base.
    for (const int descriptor : {0x04, 0x20, 0x01, 0x50}) {   // Checksum, single segment, dictionary, what a skippable frame begins with.
        Bytes other = frame;
        other[0] = static_cast<std::byte>(descriptor);
        CHECK(refuses([&] { decoded(other, base, page.size()); }));
    }
}
