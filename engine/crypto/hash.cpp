#include "engine/crypto/hash.hpp"

#include <openssl/crypto.h>

#include "engine/crypto/openssl.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kSha256BlockBytes = 64;
constexpr std::size_t kFingerprintKeyBytes = 32;

DigestContext begin_sha256() {
    DigestContext context(EVP_MD_CTX_new());
    HOLDFAST_CHECK(context != nullptr);
    HOLDFAST_CHECK(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1);
    return context;
}

void feed(const DigestContext& context, ByteView bytes) {
    HOLDFAST_CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
}

Digest finish_into_digest(const DigestContext& context) {
    Digest digest;
    HOLDFAST_CHECK(EVP_DigestFinal_ex(context.get(), writable_octets(digest), nullptr) == 1);
    return digest;
}

// The key's inner and outer block of RFC 2104, each already hashed.
struct KeyedBlocks {
    DigestContext inner = begin_sha256();
    DigestContext outer = begin_sha256();

    explicit KeyedBlocks(ByteView key) {
        std::array<std::byte, kSha256BlockBytes> block{};
        if (key.size() > block.size()) {
            std::ranges::copy(sha256(key), block.begin());
        } else {
            std::ranges::copy(key, block.begin());
        }
        for (std::byte& octet : block) octet ^= std::byte{0x36};
        feed(inner, block);
        for (std::byte& octet : block) octet ^= std::byte{0x36} ^ std::byte{0x5c};
        feed(outer, block);
        wipe_memory(block.data(), block.size());
    }
};

}  // namespace

Digest sha256(ByteView bytes) {
    const DigestContext context = begin_sha256();
    feed(context, bytes);
    return finish_into_digest(context);
}

Digest hmac_sha256(ByteView key, ByteView bytes) {
    const KeyedBlocks blocks(key);
    feed(blocks.inner, bytes);
    feed(blocks.outer, finish_into_digest(blocks.inner));
    return finish_into_digest(blocks.outer);
}

bool equal_in_constant_time(ByteView a, ByteView b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

struct Sha256::State {
    DigestContext context = begin_sha256();
    bool finished = false;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(ByteView bytes) {
    HOLDFAST_CHECK(!state_->finished);
    feed(state_->context, bytes);
}

Digest Sha256::finish() {
    HOLDFAST_CHECK(!state_->finished);
    state_->finished = true;
    return finish_into_digest(state_->context);
}

struct Hmac::State {
    KeyedBlocks keyed;
    DigestContext scratch = begin_sha256();

    explicit State(ByteView key) : keyed(key) {}
};

Hmac::Hmac(const Secret& key) : state_(std::make_unique<State>(key.reveal())) {}
Hmac::Hmac(Hmac&&) noexcept = default;
Hmac::~Hmac() = default;

Digest Hmac::of(ByteView bytes) {
    const DigestContext& scratch = state_->scratch;
    HOLDFAST_CHECK(EVP_MD_CTX_copy_ex(scratch.get(), state_->keyed.inner.get()) == 1);
    feed(scratch, bytes);
    const Digest inner = finish_into_digest(scratch);
    HOLDFAST_CHECK(EVP_MD_CTX_copy_ex(scratch.get(), state_->keyed.outer.get()) == 1);
    feed(scratch, inner);
    return finish_into_digest(scratch);
}

struct Fingerprinter::State {
    CipherContext context{EVP_CIPHER_CTX_new()};
};

Fingerprinter::Fingerprinter(const Secret& key) : state_(std::make_unique<State>()) {
    HOLDFAST_CHECK(key.size() == kFingerprintKeyBytes && state_->context != nullptr);
    HOLDFAST_CHECK(EVP_EncryptInit_ex2(state_->context.get(), aes_256_gcm_algorithm(), octets(key.reveal()), nullptr,
                                       nullptr) == 1);
}
Fingerprinter::Fingerprinter(Fingerprinter&&) noexcept = default;
Fingerprinter::~Fingerprinter() = default;

// With one fixed nonce the tag is a universal hash of the page plus a constant: it tells pages apart but
// proves nothing about who made them.
Fingerprint Fingerprinter::of(ByteView page) {
    static constexpr std::array<unsigned char, 12> kNonce{};
    EVP_CIPHER_CTX* const context = state_->context.get();
    Fingerprint fingerprint;
    int written = 0;
    unsigned char nothing[1];
    HOLDFAST_CHECK(EVP_EncryptInit_ex2(context, nullptr, nullptr, kNonce.data(), nullptr) == 1);
    if (!page.empty()) {
        HOLDFAST_CHECK(EVP_EncryptUpdate(context, nullptr, &written, octets(page), int_size(page.size())) == 1);
    }
    HOLDFAST_CHECK(EVP_EncryptFinal_ex(context, nothing, &written) == 1);
    HOLDFAST_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, int_size(fingerprint.size()),
                                       fingerprint.data()) == 1);
    return fingerprint;
}

}  // namespace holdfast
