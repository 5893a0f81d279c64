#include "engine/crypto/seal.hpp"

#include <array>

#include "engine/base/error.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/crypto/openssl.hpp"

namespace holdfast {
namespace {

using Nonce = std::array<std::byte, 12>;

Nonce nonce_of(std::uint64_t counter) {
    Nonce nonce{};
    for (std::size_t at = nonce.size(); at > 4; --at, counter >>= 8) nonce[at - 1] = static_cast<std::byte>(counter & 0xff);
    return nonce;
}

CipherContext new_cipher_context(const Secret& key, bool encrypt) {
    HOLDFAST_CHECK(key.size() == kKeyBytes);
    CipherContext context(EVP_CIPHER_CTX_new());
    HOLDFAST_CHECK(context != nullptr);
    HOLDFAST_CHECK(EVP_CipherInit_ex2(context.get(), aes_256_gcm_algorithm(), octets(key.reveal()), nullptr,
                                      encrypt ? 1 : 0, nullptr) == 1);
    return context;
}

void begin_piece(EVP_CIPHER_CTX* context, const Nonce& nonce, ByteView associated) {
    int written = 0;
    HOLDFAST_CHECK(EVP_CipherInit_ex2(context, nullptr, nullptr, octets(nonce), -1, nullptr) == 1);
    if (associated.empty()) return;
    HOLDFAST_CHECK(EVP_CipherUpdate(context, nullptr, &written, octets(associated), int_size(associated.size())) == 1);
}

void seal_piece(EVP_CIPHER_CTX* context, const Nonce& nonce, ByteView associated, ByteView plain,
                std::span<std::byte> out) {
    HOLDFAST_CHECK(out.size() == plain.size() + kSealOverheadBytes);
    begin_piece(context, nonce, associated);
    int written = 0;
    if (!plain.empty()) {
        HOLDFAST_CHECK(EVP_CipherUpdate(context, writable_octets(out), &written, octets(plain), int_size(plain.size())) == 1);
    }
    const std::span<std::byte> tag = out.subspan(plain.size());
    HOLDFAST_CHECK(EVP_CipherFinal_ex(context, writable_octets(tag), &written) == 1);
    HOLDFAST_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, int_size(tag.size()), tag.data()) == 1);
}

bool open_piece(EVP_CIPHER_CTX* context, const Nonce& nonce, ByteView associated, ByteView sealed,
                std::span<std::byte> out) {
    if (sealed.size() < kSealOverheadBytes) return false;
    const ByteView body = sealed.first(sealed.size() - kSealOverheadBytes);
    HOLDFAST_CHECK(out.size() == body.size());
    begin_piece(context, nonce, associated);
    int written = 0;
    if (!body.empty()) {
        HOLDFAST_CHECK(EVP_CipherUpdate(context, writable_octets(out), &written, octets(body), int_size(body.size())) == 1);
    }
    std::array<std::byte, kSealOverheadBytes> tag;
    std::ranges::copy(sealed.last(kSealOverheadBytes), tag.begin());
    HOLDFAST_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, int_size(tag.size()), tag.data()) == 1);
    unsigned char nothing[16];
    return EVP_CipherFinal_ex(context, nothing, &written) == 1;
}

}  // namespace

// The key schedule of each direction is made once, on first use.
struct Sealer::State {
    Secret key;
    CipherContext sealing, opening;
};

Sealer::Sealer(const Secret& key) : state_(std::make_unique<State>()) {
    HOLDFAST_CHECK(key.size() == kKeyBytes);
    state_->key = key.clone();
}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

void Sealer::seal(std::uint64_t nonce, ByteView associated, ByteView plain, std::span<std::byte> out) {
    if (!state_->sealing) state_->sealing = new_cipher_context(state_->key, true);
    seal_piece(state_->sealing.get(), nonce_of(nonce), associated, plain, out);
}

bool Sealer::open(std::uint64_t nonce, ByteView associated, ByteView sealed, std::span<std::byte> out) {
    if (!state_->opening) state_->opening = new_cipher_context(state_->key, false);
    return open_piece(state_->opening.get(), nonce_of(nonce), associated, sealed, out);
}

Bytes seal_once(const Secret& key, ByteView associated, ByteView plain) {
    Nonce nonce;
    std::ranges::copy(random_bytes(nonce.size()), nonce.begin());
    Bytes sealed(nonce.size() + plain.size() + kSealOverheadBytes);
    std::ranges::copy(nonce, sealed.begin());
    const CipherContext context = new_cipher_context(key, true);
    seal_piece(context.get(), nonce, associated, plain, std::span(sealed).subspan(nonce.size()));
    return sealed;
}

Bytes open_once(const Secret& key, ByteView associated, ByteView sealed) {
    Nonce nonce;
    if (sealed.size() >= nonce.size() + kSealOverheadBytes) {
        std::ranges::copy(sealed.first(nonce.size()), nonce.begin());
        Bytes plain(sealed.size() - nonce.size() - kSealOverheadBytes);
        const CipherContext context = new_cipher_context(key, false);
        if (open_piece(context.get(), nonce, associated, sealed.subspan(nonce.size()), plain)) return plain;
        wipe_memory(plain.data(), plain.size());
    }
    throw Error(ErrorCode::WrongKey, "the key does not open it, or it was changed",
                "Check that the key or passphrase is the one that this was sealed with.");
}

}  // namespace holdfast
