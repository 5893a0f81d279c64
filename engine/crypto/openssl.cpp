#include "engine/crypto/openssl.hpp"

namespace holdfast {

// Both are never freed: other objects with static storage may still hash while the program ends.
const EVP_MD* sha256_algorithm() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    HOLDFAST_CHECK(algorithm != nullptr);
    return algorithm;
}

const EVP_CIPHER* aes_256_gcm_algorithm() {
    static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    HOLDFAST_CHECK(algorithm != nullptr);
    return algorithm;
}

}  // namespace holdfast
