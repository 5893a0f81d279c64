#include "engine/crypto/keys.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <sys/random.h>

#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/crypto/openssl.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kDerivedKeyBytes = 32;
constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::string_view kPublicKeyPrefix = "ed25519:";
constexpr std::uint64_t kScryptBytesMax = std::uint64_t{1} << 30;

OSSL_PARAM octet_parameter(const char* name, ByteView bytes) {
    // OpenSSL's type for parameters is not const-correct; it only reads these.
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(bytes.data()), bytes.size());
}

Secret derive_with(const char* algorithm, const OSSL_PARAM* parameters) {
    const std::unique_ptr<EVP_KDF, OpensslFree> kdf(EVP_KDF_fetch(nullptr, algorithm, nullptr));
    HOLDFAST_CHECK(kdf != nullptr);
    const KdfContext context(EVP_KDF_CTX_new(kdf.get()));
    HOLDFAST_CHECK(context != nullptr);
    Bytes key(kDerivedKeyBytes);
    if (EVP_KDF_derive(context.get(), writable_octets(key), key.size(), parameters) != 1) {
        throw Error(ErrorCode::Internal, std::string("cannot derive a key with ") + algorithm);
    }
    return Secret(std::move(key));
}

// The cost comes from a file that somebody else may have written: it must not eat the machine.
void require_sane_cost(const ScryptCost& cost) {
    const bool sane = cost.log2_n >= 1 && cost.log2_n <= 24 && cost.r >= 1 && cost.r <= 64 && cost.p >= 1 &&
                      cost.p <= 16 && ((std::uint64_t{128} * cost.r) << cost.log2_n) <= kScryptBytesMax;
    if (!sane) throw Error(ErrorCode::Corrupt, "the cost of a passphrase is out of bounds");
}

std::string text_of_public_key(const PublicOrPrivateKey& key) {
    Bytes raw(kEd25519Bytes);
    std::size_t size = raw.size();
    HOLDFAST_CHECK(EVP_PKEY_get_raw_public_key(key.get(), writable_octets(raw), &size) == 1 && size == raw.size());
    return std::string(kPublicKeyPrefix) + to_base64(raw);
}

PublicOrPrivateKey private_key_of(const Secret& seed) {
    if (seed.size() != kEd25519Bytes) throw Error(ErrorCode::Usage, "an ed25519 private key has 32 bytes");
    PublicOrPrivateKey key(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed.reveal()), seed.size()));
    HOLDFAST_CHECK(key != nullptr);
    return key;
}

PublicOrPrivateKey public_key_of(std::string_view text) {
    std::optional<Bytes> raw;
    if (text.starts_with(kPublicKeyPrefix)) raw = from_base64(text.substr(kPublicKeyPrefix.size()));
    PublicOrPrivateKey key;
    if (raw && raw->size() == kEd25519Bytes) {
        key.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(*raw), raw->size()));
    }
    if (!key) {
        throw Error(ErrorCode::Usage, "not a public key: it must be \"ed25519:\" and 32 bytes in base64");
    }
    return key;
}

}  // namespace

Bytes random_bytes(std::size_t size) {
    Bytes bytes(size);
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got = ::getrandom(bytes.data() + have, size - have, 0);
        if (got < 0 && errno != EINTR) throw_errno(errno, "read randomness");
        if (got > 0) have += static_cast<std::size_t>(got);
    }
    return bytes;
}

Secret random_key() { return Secret(random_bytes(kDerivedKeyBytes)); }

Secret derive_key(const Secret& key, ByteView salt, std::string_view info) {
    char digest[] = "SHA256";
    std::vector<OSSL_PARAM> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        octet_parameter(OSSL_KDF_PARAM_KEY, key.reveal()),
    };
    // An empty parameter is refused; one that is absent means the same (RFC 5869, section 2.2).
    if (!salt.empty()) parameters.push_back(octet_parameter(OSSL_KDF_PARAM_SALT, salt));
    if (!info.empty()) parameters.push_back(octet_parameter(OSSL_KDF_PARAM_INFO, as_bytes(info)));
    parameters.push_back(OSSL_PARAM_construct_end());
    return derive_with("HKDF", parameters.data());
}

Secret key_from_passphrase(const Secret& passphrase, ByteView salt, const ScryptCost& cost) {
    require_sane_cost(cost);
    std::uint64_t n = std::uint64_t{1} << cost.log2_n;
    std::uint32_t r = cost.r;
    std::uint32_t p = cost.p;
    std::uint64_t bytes_max = kScryptBytesMax + (std::uint64_t{1} << 20);
    const OSSL_PARAM parameters[] = {
        octet_parameter(OSSL_KDF_PARAM_PASSWORD, passphrase.reveal()),
        octet_parameter(OSSL_KDF_PARAM_SALT, salt),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &bytes_max),
        OSSL_PARAM_construct_end(),
    };
    return derive_with("SCRYPT", parameters);
}

// The text of https://github.com/ulid/spec with Crockford's alphabet, in lower case.
std::string new_ulid(std::int64_t millis) {
    static constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    std::string text(26, '0');
    auto time = static_cast<std::uint64_t>(millis) & 0xffff'ffff'ffff;
    for (std::size_t at = 10; at-- > 0; time >>= 5) text[at] = kAlphabet[time & 31];
    // Sixteen random bytes, five bits of each, are the eighty random bits.
    const Bytes random = random_bytes(16);
    for (std::size_t at = 0; at < random.size(); ++at) text[10 + at] = kAlphabet[std::to_integer<unsigned>(random[at]) & 31];
    return text;
}

SigningKey new_signing_key() { return signing_key_from(random_key()); }

SigningKey signing_key_from(const Secret& private_key) {
    const PublicOrPrivateKey key = private_key_of(private_key);
    return {.private_key = private_key.clone(), .public_key = text_of_public_key(key)};
}

Bytes sign(const SigningKey& key, ByteView message) {
    const PublicOrPrivateKey own = private_key_of(key.private_key);
    const DigestContext context(EVP_MD_CTX_new());
    HOLDFAST_CHECK(context != nullptr);
    HOLDFAST_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, own.get()) == 1);
    Bytes signature(kSignatureBytes);
    std::size_t size = signature.size();
    HOLDFAST_CHECK(EVP_DigestSign(context.get(), writable_octets(signature), &size, octets(message), message.size()) == 1);
    HOLDFAST_CHECK(size == signature.size());
    return signature;
}

bool is_signed_by(std::string_view public_key, ByteView message, ByteView signature) {
    const PublicOrPrivateKey key = public_key_of(public_key);
    const DigestContext context(EVP_MD_CTX_new());
    HOLDFAST_CHECK(context != nullptr);
    HOLDFAST_CHECK(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
    return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
}

}  // namespace holdfast
