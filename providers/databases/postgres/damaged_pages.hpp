// Pages whose checksum is wrong, gathered from several threads while a backup runs.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "engine/provider/provider.hpp"
#include "providers/databases/postgres/page_checksum.hpp"

namespace holdfast {

class DamagedPages {
public:
    // Checksums off: nothing is looked at. Pages changed after `trusted_until` pass.
    DamagedPages(bool checksums, Lsn trusted_until) : checksums_(checksums), trusted_until_(trusted_until) {}

    // `first_block`: the number of the file's first page in its relation. Thread-safe.
    bool is_sound(std::uint32_t first_block, std::uint64_t page, ByteView bytes) const;
    // Notes it where it is not.
    void look(const std::string& file, std::uint32_t first_block, std::uint64_t page, ByteView bytes);

    std::uint64_t count() const { return count_; }
    // "base/5/16384", "page 12: …"; at most 100.
    const std::vector<IntegrityProblem>& problems() const { return problems_; }

private:
    const bool checksums_;
    const Lsn trusted_until_;
    std::mutex mutex_;
    std::uint64_t count_ = 0;
    std::vector<IntegrityProblem> problems_;
};

}  // namespace holdfast
