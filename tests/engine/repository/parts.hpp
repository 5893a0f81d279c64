// What the tests of the repository's parts share: ids made of numbers, damaged bytes, and keys in a store.
#pragma once

#include <catch2/catch.hpp>
#include <random>

#include "engine/repository/keyring.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/thrown.hpp"

namespace holdfast {

template <typename Id>
Id id_of(unsigned number) {
    Id id;
    for (std::size_t i = 0; i < 4; ++i) id.bytes[i] = static_cast<std::byte>(number >> (8 * i));
    id.bytes[15] = std::byte{0x5a};
    return id;
}
inline PackId pack_id(unsigned number) { return id_of<PackId>(number); }
inline KeyId key_id(unsigned number) { return id_of<KeyId>(number); }
inline Digest identity_of(unsigned number) { return sha256(as_bytes(std::to_string(number))); }

inline Bytes random_content(std::size_t size, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Bytes bytes(size);
    for (std::byte& each : bytes) each = static_cast<std::byte>(random());
    return bytes;
}
inline Bytes repetitive_content(std::size_t size, std::uint64_t seed = 1) {
    std::string text;
    for (std::uint64_t i = seed; text.size() < size; ++i) text += "line " + std::to_string(i % 97) + " of a log; ";
    text.resize(size);
    return to_bytes(as_bytes(text));
}

template <typename Work>
void each_truncation(ByteView bytes, Work&& work) {
    for (std::size_t size = 0; size < bytes.size(); ++size) work(to_bytes(bytes.first(size)));
}
template <typename Work>
void each_flipped_bit(ByteView bytes, Work&& work) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        Bytes flipped = to_bytes(bytes);
        flipped[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
        work(flipped);
    }
}

inline bool is_refusal(const std::optional<ErrorCode>& code) { return code == ErrorCode::Corrupt || code == ErrorCode::Unavailable; }
// Whether `work` refuses what it was given as damaged or as too new; any other Error is a failure.
template <typename Work>
bool refuses(Work&& work) {
    const auto error = error_thrown_by(work);
    if (error && !is_refusal(error->code)) FAIL("refused with " << error->what());
    return error.has_value();
}

inline constexpr std::string_view kRawKeyText = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
inline MasterKey master(std::string_view text = kRawKeyText) { return {Secret(text)}; }
inline Instant instant(std::string_view text) { return parse_rfc3339(text).value(); }

inline RepositorySettings settings_with(Suite suite = Suite::Aes256Gcm) {
    return {.id = "01jznk8w3xq5m9c2v7b4h6t0ra", .created = instant("2026-03-01T00:00:00Z"), .suite = suite};
}

// A store with keys in it and nothing else.
struct KeyedStore {
    explicit KeyedStore(Suite suite = Suite::Aes256Gcm) : settings(settings_with(suite)) {
        keys = Keyring::create(store, settings, suite == Suite::Checksum ? MasterKey{} : master(), instant("2026-03-01T00:00:00Z"));
    }
    std::unique_ptr<Keyring> reopened(std::string_view key = kRawKeyText) {
        return Keyring::open(store, settings, settings.suite == Suite::Checksum ? MasterKey{} : master(key));
    }
    std::vector<std::string> names(std::string_view prefix) {
        std::vector<std::string> found;
        store.list(prefix, [&](const ObjectFacts& facts) { found.push_back(facts.name); });
        return found;
    }
    Bytes object(const std::string& name) { return store.get(name, 1u << 30); }

    RepositorySettings settings;
    MemoryStore store;
    std::unique_ptr<Keyring> keys;
};

}  // namespace holdfast
