#include "engine/model/wal.hpp"

namespace holdfast {

Instant instant_of(const WalTransaction& transaction) {
    return std::chrono::floor<Duration>(std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(transaction.micros)));
}

}  // namespace holdfast
