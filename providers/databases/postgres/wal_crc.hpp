// CRC-32C (Castagnoli), as every record of PostgreSQL's write-ahead log and its control file carry it.
#pragma once

#include "engine/base/bytes.hpp"

namespace holdfast {

class Crc32c {
public:
    void add(ByteView bytes);
    std::uint32_t value() const { return ~state_; }

private:
    std::uint32_t state_ = ~std::uint32_t{0};
};

}  // namespace holdfast
