#include "engine/repository/log_frame.hpp"

#include "engine/crypto/hash.hpp"
#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

struct Coded {
    FrameCoding coding;
    Bytes frame;
};

Coded coded(ByteView page, ByteView root = {}) {
    Coded result{};
    result.coding = FrameCoder().encode(page, root, sha256(page), result.frame);
    return result;
}
Bytes decoded(const Coded& coded, ByteView root, std::size_t size) {
    Bytes page(size);
    FrameCoder().decode(coded.coding, coded.frame, root, page);
    return page;
}

}  // namespace

TEST_CASE("a page is coded in the way that suits it", "[repository][log]") {
    const Bytes text = repetitive_content(4096), noise = random_content(4096, 1), zero(4096);
    const Bytes same = noise;
    Bytes changed = noise;
    changed[1000] ^= std::byte{1};
    struct Row { const char* name; ByteView page, root; FrameCoding coding; std::size_t bytes_max; };
    const Row rows[] = {
        {"zeros", zero, noise, FrameCoding::Zero, 0},
        {"noise", noise, {}, FrameCoding::Raw, 4100},
        {"text", text, {}, FrameCoding::Zstd, 1500},
        {"one byte changed", changed, noise, FrameCoding::Delta, 40},
        {"nothing changed", same, noise, FrameCoding::Delta, 40},
        {"another page altogether", noise, text, FrameCoding::Raw, 4100},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        const Coded result = coded(row.page, row.root);
        CHECK(result.coding == row.coding);
        CHECK(result.frame.size() <= row.bytes_max);
        CHECK((decoded(result, row.root, row.page.size()) == to_bytes(row.page)));
    }
}

TEST_CASE("pages of every size are coded", "[repository][log]") {
    FrameCoder coder;   // One for all: its state is of no consequence.
    for (std::size_t size = kLogPageBytesLeast; size <= kLogPageBytesMax; size *= 2) {
        const Bytes root = random_content(size, size);
        Bytes page = root;
        page[size / 3] ^= std::byte{7};
        Bytes frame, back(size);
        const FrameCoding coding = coder.encode(page, root, sha256(page), frame);
        CHECK(coding == FrameCoding::Delta);
        coder.decode(coding, frame, root, back);
        CHECK((back == page));
    }
}

TEST_CASE("a frame that is laid over another page is refused", "[repository][log]") {
    const Bytes root = random_content(4096, 1), other = random_content(4096, 2);
    Bytes page = root;
    page[0] ^= std::byte{1};
    const Coded delta = coded(page, root);
    CHECK(refuses([&] { decoded(delta, other, 4096); }));
    CHECK(refuses([&] { decoded(delta, {}, 4096); }));
    CHECK(refuses([&] { decoded(delta, root, 8192); }));
}

TEST_CASE("a damaged frame is refused", "[repository][log]") {
    const Bytes root = random_content(512, 1);
    Bytes page = root;
    page[100] ^= std::byte{1};
    for (const Coded& good : {coded(page, root), coded(repetitive_content(512)), coded(page)}) {
        each_flipped_bit(good.frame, [&](const Bytes& frame) {
            Bytes back(512);
            const auto error = error_thrown_by([&] { FrameCoder().decode(good.coding, frame, root, back); });
            // Bits without meaning there may be; a wrong page never.
            if (!error) CHECK((back == decoded(good, root, 512)));
        });
        each_truncation(good.frame, [&](const Bytes& frame) { CHECK(refuses([&] { decoded({good.coding, frame}, root, 512); })); });
    }
    CHECK(refuses([] { decoded({FrameCoding::Zero, Bytes(1)}, {}, 512); }));
}
