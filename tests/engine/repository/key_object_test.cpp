#include "engine/repository/key_object.hpp"

#include "tests/engine/repository/parts.hpp"

using namespace holdfast;

namespace {

constexpr std::string_view kPhrase = "correct horse battery staple";

bool same(const KeyBlock& a, const KeyBlock& b) {
    return equal_in_constant_time(a.identity.reveal(), b.identity.reveal()) && equal_in_constant_time(a.key_encryption.reveal(), b.key_encryption.reveal());
}

const KeyNote kNote{.created = instant("2026-03-01T00:00:00Z"), .comment = "for the vault"};

}  // namespace

TEST_CASE("a key object opens with the key or passphrase that it was wrapped under", "[repository][key-object]") {
    const RepositorySettings settings = settings_with();
    const KeyBlock block = random_key_block();
    for (const std::string_view text : {kRawKeyText, kPhrase}) {
        const Bytes object = wrap_key_block(settings, master(text), block, kNote);
        const auto opened = unwrap_key_block(settings, master(text), object);
        REQUIRE(opened);
        CHECK(same(*opened, block));
        CHECK(kind_of_key_object(settings, object) == (text == kPhrase ? MasterKind::Passphrase : MasterKind::Key));
        CHECK_FALSE(unwrap_key_block(settings, master(text == kPhrase ? kRawKeyText : kPhrase), object));
    }
}

TEST_CASE("a key in hex of either case or base64 is the same key", "[repository][key-object]") {
    const RepositorySettings settings = settings_with();
    const KeyBlock block = random_key_block();
    const Bytes raw = *from_hex(kRawKeyText);
    const Bytes object = wrap_key_block(settings, master(), block, kNote);
    std::string upper(kRawKeyText);
    std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    CHECK(unwrap_key_block(settings, master(upper), object));
    CHECK(unwrap_key_block(settings, master(to_base64(raw)), object));
    CHECK_FALSE(unwrap_key_block(settings, master(std::string(64, '1')), object));
    CHECK_FALSE(unwrap_key_block(settings, master(to_base64(Bytes(32))), object));
}

TEST_CASE("what looks nearly like a key is a passphrase and nothing is refused", "[repository][key-object]") {
    CHECK(master_kind_of(master(kRawKeyText)) == MasterKind::Key);
    CHECK(master_kind_of(master(to_base64(Bytes(32)))) == MasterKind::Key);
    for (const std::string& text : {std::string(63, 'a'), std::string(64, 'g'), std::string(66, 'a'), to_base64(Bytes(31)), to_base64(Bytes(33)), std::string(44, '!')}) {
        CHECK(master_kind_of(master(text)) == MasterKind::Passphrase);
    }
    CHECK(code_thrown_by([] { master_kind_of(master("")); }) == ErrorCode::WrongKey);
}

TEST_CASE("two wrappings of one block share no byte that matters", "[repository][key-object]") {
    const RepositorySettings settings = settings_with();
    const KeyBlock block = random_key_block();
    const Bytes one = wrap_key_block(settings, master(), block, kNote), other = wrap_key_block(settings, master(), block, kNote);
    CHECK(to_bytes(ByteView(one).subspan(18, 16)) != to_bytes(ByteView(other).subspan(18, 16)));   // The salts.
    for (const Secret* secret : {&block.identity, &block.key_encryption}) {
        CHECK(std::ranges::search(one, secret->reveal()).empty());
    }
}

TEST_CASE("the note is read with the block alone", "[repository][key-object]") {
    const RepositorySettings settings = settings_with();
    const KeyBlock block = random_key_block();
    const Bytes object = wrap_key_block(settings, master(), block, kNote);
    const KeyNote note = read_key_note(settings, block, object);
    CHECK(note.created == kNote.created);
    CHECK(note.comment == kNote.comment);
    CHECK(code_thrown_by([&] { read_key_note(settings, random_key_block(), object); }) == ErrorCode::Corrupt);
    CHECK(std::ranges::search(object, as_bytes(kNote.comment)).empty());
}

TEST_CASE("a key object with one bit changed or cut anywhere does not open", "[repository][key-object]") {
    const RepositorySettings settings = settings_with();
    const KeyBlock block = random_key_block();
    const Bytes object = wrap_key_block(settings, master(), block, kNote);
    // True: read whole, block and note, as if nothing had happened.
    const auto opens = [&](ByteView bytes) {
        bool opened = false;
        refuses([&] {
            const auto read = unwrap_key_block(settings, master(), bytes);
            if (!read) return;
            read_key_note(settings, *read, bytes);
            opened = true;
        });
        return opened;
    };
    REQUIRE(opens(object));
    std::size_t opened = 0;
    each_flipped_bit(object, [&](const Bytes& flipped) { opened += opens(flipped) ? 1u : 0u; });
    each_truncation(object, [&](const Bytes& part) { opened += opens(part) ? 1u : 0u; });
    CHECK(opened == 0);
}

TEST_CASE("a passphrase that would cost too much is refused before it is worked on", "[repository][key-object]") {
    const RepositorySettings settings = settings_with();
    const auto code_of_cost = [&](std::uint8_t log2_n, std::uint32_t r, std::uint32_t p) {
        ByteWriter object;
        write_magic(object, kKeyMagic);
        object.u8(static_cast<std::uint8_t>(MasterKind::Passphrase));
        object.u8(log2_n);
        object.u32(r);
        object.u32(p);
        object.raw(Bytes(16));
        object.text(settings.id);
        object.sized(Bytes(100));
        object.sized(Bytes(100));
        return code_thrown_by([&] { unwrap_key_block(settings, master(kPhrase), object.bytes()); });
    };
    CHECK_FALSE(code_of_cost(1, 1, 1));   // Cheap, and does not open.
    for (const auto& [n, r, p] : std::vector<std::tuple<int, std::uint32_t, std::uint32_t>>{
             {0, 8, 1}, {21, 8, 1}, {255, 8, 1}, {15, 0, 1}, {15, 9, 1}, {15, 0xffffffffu, 1}, {15, 8, 0}, {15, 8, 17}, {15, 8, 0xffffffffu}}) {
        CHECK(code_of_cost(static_cast<std::uint8_t>(n), r, p) == ErrorCode::Corrupt);
    }
}

TEST_CASE("a key object of another repository is passed over", "[repository][key-object]") {
    const RepositorySettings settings = settings_with();
    RepositorySettings other = settings;
    other.id = "01jznk8w3xq5m9c2v7b4h6t0rb";
    const KeyBlock block = random_key_block();
    const Bytes object = wrap_key_block(other, master(), block, kNote);
    CHECK_FALSE(kind_of_key_object(settings, object));
    CHECK_FALSE(unwrap_key_block(settings, master(), object));
    CHECK(code_thrown_by([&] { read_key_note(settings, block, object); }) == ErrorCode::Corrupt);
}

TEST_CASE("a block is bound to what repository.json says", "[repository][key-object]") {
    const RepositorySettings settings = settings_with();
    const Bytes object = wrap_key_block(settings, master(), random_key_block(), kNote);
    RepositorySettings other = settings;
    other.pack_bytes *= 2;
    CHECK(code_thrown_by([&] { unwrap_key_block(other, master(), object); }) == ErrorCode::Corrupt);
    other = settings;
    other.suite = Suite::Checksum;
    CHECK_FALSE(unwrap_key_block(other, master(), object));
}

TEST_CASE("a block in clear opens only a repository that is not encrypted", "[repository][key-object]") {
    const RepositorySettings clear = settings_with(Suite::Checksum);
    const KeyBlock block = random_key_block();
    const Bytes object = wrap_key_block(clear, {}, block, kNote);
    CHECK(kind_of_key_object(clear, object) == MasterKind::Clear);
    const auto opened = unwrap_key_block(clear, {}, object);
    REQUIRE(opened);
    CHECK(same(*opened, block));
    // Planted by whoever can write to the store of an encrypted one.
    CHECK_FALSE(unwrap_key_block(settings_with(), master(), object));
    each_flipped_bit(object, [&](const Bytes& flipped) {
        bool same_block = false;
        refuses([&] {
            const auto read = unwrap_key_block(clear, {}, flipped);
            if (read) same_block = same(*read, block) && (read_key_note(clear, *read, flipped), true);
        });
        CHECK_FALSE(same_block);
    });
}
