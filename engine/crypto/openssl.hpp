// What the files of this folder share of OpenSSL: owned contexts, algorithms fetched once, and one way
// to treat a call that cannot fail with the arguments that we give it.
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>

#include "engine/base/bytes.hpp"
#include "engine/base/check.hpp"

namespace holdfast {

struct OpensslFree {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
    void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, OpensslFree>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpensslFree>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, OpensslFree>;
using PublicOrPrivateKey = std::unique_ptr<EVP_PKEY, OpensslFree>;

// Fetched on first use and kept: fetching takes locks and costs more than hashing a page.
const EVP_MD* sha256_algorithm();
const EVP_CIPHER* aes_256_gcm_algorithm();

inline const unsigned char* octets(ByteView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
inline unsigned char* writable_octets(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// OpenSSL takes many sizes as int.
inline int int_size(std::size_t size) {
    HOLDFAST_CHECK(size <= 0x7fffffff);
    return static_cast<int>(size);
}

}  // namespace holdfast
