#include "providers/databases/postgres/tar.hpp"

#include <catch2/catch.hpp>

#include "engine/base/format.hpp"
#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// A member as a server writes it.
std::string member(const std::string& path, const std::string& content, char type = '0', const std::string& link = {}) {
    std::string header(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
    put(0, path);
    put(100, "0000600");
    put(124, fmt::format("{:011o}", content.size()));
    put(148, "        ");
    put(156, std::string(1, type));
    put(157, link);
    put(257, std::string("ustar\0" "00", 8));
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}

struct Archive {
    std::string bytes;
    std::size_t piece = 100;
    TarReader reader() {
        return TarReader([this, at = std::size_t{0}](std::size_t most) mutable {
            const std::string_view next = std::string_view(bytes).substr(at, std::min(most, piece));
            at += next.size();
            return as_bytes(next);
        });
    }
};

std::string all_of(TarReader& tar) {
    std::string text;
    for (ByteView bytes = tar.read(77); !bytes.empty(); bytes = tar.read(77)) text += as_text(bytes);
    return text;
}

}  // namespace

TEST_CASE("members come in order, files with their content", "[postgres][tar]") {
    const std::string large(3000, 'x');
    for (const bool marked : {true, false}) {   // Servers before 15 leave the end mark out.
        for (const std::size_t piece : {1U, 100U, 512U, 100000U}) {
            Archive archive{member("base", "", '5') + member("base/1", large) + member("pg_tblspc/16385", "", '2', "/disk/two") + member("empty", "") +
                                (marked ? std::string(1024, '\0') : ""),
                            piece};
            TarReader tar = archive.reader();
            auto next = tar.next_member();
            REQUIRE(next);
            CHECK(next->kind == TarMember::Kind::Folder);
            next = tar.next_member();
            CHECK((next->path == "base/1" && next->bytes == 3000 && next->mode == 0600));
            CHECK(all_of(tar) == large);
            next = tar.next_member();
            CHECK((next->kind == TarMember::Kind::Link && next->link_to == "/disk/two"));
            CHECK(tar.next_member()->path == "empty");
            CHECK_FALSE(tar.next_member());
        }
    }
}

TEST_CASE("what is left of a member is skipped", "[postgres][tar]") {
    Archive archive{member("a", std::string(700, 'a')) + member("b", "b")};
    TarReader tar = archive.reader();
    tar.next_member();
    CHECK(tar.read(5).size() == 5);
    CHECK(tar.next_member()->path == "b");
    CHECK(all_of(tar) == "b");
}

TEST_CASE("an archive that is damaged or cut off is refused", "[postgres][tar]") {
    const std::string whole = member("a", std::string(700, 'a'));
    const auto read_all = [](std::string bytes) {
        Archive archive{std::move(bytes)};
        TarReader tar = archive.reader();
        while (tar.next_member()) all_of(tar);
    };
    for (const std::size_t cut : {1U, 511U, 600U, 1200U}) {
        CAPTURE(cut);
        CHECK(code_thrown_by([&] { read_all(whole.substr(0, cut)); }) == ErrorCode::Corrupt);
    }
    std::string spoiled = whole;
    spoiled[3] ^= 1;
    CHECK(code_thrown_by([&] { read_all(spoiled); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([&] { read_all(member("pipe", "", '6')); }) == ErrorCode::Corrupt);
}
