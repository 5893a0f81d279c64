#include "providers/databases/postgres/incremental_file.hpp"

#include <catch2/catch.hpp>

#include <thread>

#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

constexpr std::uint32_t kPage = 512;

// One member with this content, as if an archive were at it.
struct Member {
    explicit Member(Bytes bytes) : content(std::move(bytes)), tar([this, header = std::size_t{0}, at = std::size_t{0}](std::size_t most) mutable -> ByteView {
        const Bytes& from = header < 512 ? head : content;
        std::size_t& place = header < 512 ? header : at;
        const ByteView next = ByteView(from).subspan(place, std::min({most, std::size_t{700}, from.size() - place}));
        place += next.size();
        return next;
    }) {
        std::string text = "a";
        text.resize(512, '\0');
        std::string size = "00000000000";
        for (std::size_t left = content.size(), i = 11; left > 0; left /= 8) size[--i] = static_cast<char>('0' + left % 8);
        text.replace(124, 11, size);
        text.replace(148, 8, "        ");
        text[156] = '0';
        unsigned sum = 0;
        for (const char c : text) sum += static_cast<unsigned char>(c);
        std::string octal = "000000";
        for (std::size_t i = 6; sum > 0; sum /= 8) octal[--i] = static_cast<char>('0' + sum % 8);
        text.replace(148, 6, octal);
        text[154] = '\0';
        head = to_bytes(as_bytes(text));
        tar.next_member();
    }
    Bytes content, head;
    TarReader tar;
    MemberStream stream{tar};
};

Bytes numbered_pages(std::size_t count) {
    Bytes bytes(count * kPage);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(i / kPage);
    return bytes;
}

Bytes increment(std::vector<std::uint32_t> pages, std::uint32_t truncated_at) {
    ByteWriter writer;
    writer.u32(0xD3AE1F0D);
    writer.u32(static_cast<std::uint32_t>(pages.size()));
    writer.u32(truncated_at);
    for (const std::uint32_t page : pages) writer.u32(page);
    Bytes bytes = writer.take();
    if (!pages.empty()) bytes.resize((bytes.size() + kPage - 1) / kPage * kPage);
    for (const std::uint32_t page : pages) bytes.insert(bytes.end(), kPage, std::byte(page));
    return bytes;
}

}  // namespace

TEST_CASE("several threads read one stream of pages, each its own", "[postgres][pages]") {
    constexpr std::size_t kPages = 203;
    Member member(numbered_pages(kPages));
    std::atomic<int> looked = 0;
    MemberPages pages(member.stream, kPage, [&](std::uint64_t page, ByteView bytes) { looked += bytes[0] == std::byte(page) ? 1 : 0; });
    Bytes out(kPages * kPage);
    {
        std::vector<std::jthread> threads;
        for (std::size_t worker = 0; worker < 3; ++worker) {
            threads.emplace_back([&, worker] {
                for (std::size_t first = worker * 7; first < kPages; first += 21) pages.read(first, std::span(out).subspan(first * kPage, std::min<std::size_t>(7, kPages - first) * kPage));
            });
        }
    }
    CHECK(out == numbered_pages(kPages));
    CHECK(looked == kPages);
    Crc32c whole;
    whole.add(member.content);
    CHECK(member.stream.crc() == whole.value());
}

TEST_CASE("an increment gives its pages, zeros beyond the base, and nothing of the base", "[postgres][pages]") {
    Member member(increment({2, 3, 9}, 4));
    const IncrementalFile file = read_incremental_header(member.stream, member.content.size(), kPage, 100);
    CHECK(file.pages == std::vector<std::uint32_t>{2, 3, 9});
    CHECK(file.pages_after == 10);
    MemberPages pages(member.stream, kPage, [](std::uint64_t, ByteView) {}, file.pages, 4);
    Bytes out(8 * kPage);
    pages.read(2, out);
    for (std::size_t page = 2; page < 10; ++page) CHECK(out[(page - 2) * kPage] == std::byte(page == 2 || page == 3 || page == 9 ? page : 0));
    CHECK(code_thrown_by([&] { pages.read(1, std::span(out).first(kPage)); }) == ErrorCode::Changed);
}

TEST_CASE("an increment of nothing says how long the file is", "[postgres][pages]") {
    Member member(increment({}, 5));
    CHECK(read_incremental_header(member.stream, member.content.size(), kPage, 100).pages_after == 5);
}

TEST_CASE("a damaged increment is refused", "[postgres][pages]") {
    const auto refused = [](Bytes bytes) {
        Member member(std::move(bytes));
        return code_thrown_by([&] { read_incremental_header(member.stream, member.content.size(), kPage, 100); }) == ErrorCode::Corrupt;
    };
    Bytes other = increment({1}, 2);
    other[0] ^= std::byte{1};
    CHECK(refused(other));
    CHECK(refused(increment({3, 2}, 4)));
    CHECK(refused(increment({2, 2}, 4)));
    CHECK(refused(increment({100}, 4)));
    CHECK(refused(increment({1}, 101)));
    Bytes shorter = increment({1, 2}, 4);
    shorter.resize(shorter.size() - kPage);
    CHECK(refused(shorter));
    Bytes many = increment({1}, 2);
    many[7] = std::byte{0xFF};   // Four billion pages.
    CHECK(refused(many));
}
