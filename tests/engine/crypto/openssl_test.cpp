#include "engine/crypto/openssl.hpp"

#include <catch2/catch.hpp>

using namespace holdfast;

TEST_CASE("algorithms are fetched once and are those that the formats name", "[crypto][openssl]") {
    CHECK(sha256_algorithm() == sha256_algorithm());
    CHECK(EVP_MD_get_size(sha256_algorithm()) == 32);
    CHECK(aes_256_gcm_algorithm() == aes_256_gcm_algorithm());
    CHECK(EVP_CIPHER_get_key_length(aes_256_gcm_algorithm()) == 32);
    CHECK(EVP_CIPHER_get_iv_length(aes_256_gcm_algorithm()) == 12);
}
