// SHA-256 (FIPS 180-4), HMAC (RFC 2104) and the page fingerprint.
#pragma once

#include <array>
#include <memory>

#include "engine/base/bytes.hpp"
#include "engine/base/secret.hpp"

namespace holdfast {

using Digest = std::array<std::byte, 32>;

Digest sha256(ByteView bytes);
Digest hmac_sha256(ByteView key, ByteView bytes);
// Compares in constant time.
bool equal_in_constant_time(ByteView a, ByteView b);

// Hashes piece by piece.
class Sha256 {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();
    void update(ByteView bytes);
    Digest finish();   // Once.

private:
    struct State;
    std::unique_ptr<State> state_;
};

// HMAC-SHA-256 under one key for many messages: the key's two blocks are hashed once. One thread at a
// time; make one per worker.
class Hmac {
public:
    explicit Hmac(const Secret& key);
    Hmac(Hmac&&) noexcept;
    ~Hmac();
    Digest of(ByteView bytes);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// A keyed universal hash of a page: GMAC (NIST SP 800-38D) under a key of its own with a fixed nonce.
// Two different pages of up to 64 KiB share a fingerprint with a chance of at most 2^-115, whoever wrote them,
// as long as fingerprints and key stay secret: they are only kept sealed. Fast (several GB/s per core).
using Fingerprint = std::array<std::byte, 16>;

class Fingerprinter {
public:
    explicit Fingerprinter(const Secret& key);   // 32 bytes.
    Fingerprinter(Fingerprinter&&) noexcept;
    ~Fingerprinter();
    Fingerprint of(ByteView page);               // One thread at a time.

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast
