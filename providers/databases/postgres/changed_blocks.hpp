// Which pages of a cluster a span of its log has changed, so that an incremental reads these alone. What is gathered here is what the
// server's own summaries have (backup/walsummarizer.c): the blocks that records name, whichever resource manager wrote them, and
// relations and databases that were made, cut off or removed.
//
// Free space and visibility maps are changed without a word in the log: nothing of them is known. Neither is what hint bits changed in a
// cluster without checksums; it is not needed, as pages without these bits are right too.
#pragma once

#include <bitset>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/provider/image.hpp"
#include "providers/databases/postgres/cluster_layout.hpp"

namespace holdfast {

class ChangedBlocks {
public:
    void take(const WalRecord& record);

    // What of a file may differ from what it was before the span: pages [0, pages) of it now, of which there were `pages_before`.
    // Nothing: it is not known, or all of it. `segment_pages`: of each file of a relation.
    std::optional<std::vector<PageRange>> in_file(const RelationFile& file, std::uint64_t pages, std::uint64_t pages_before, std::uint32_t segment_pages) const;

private:
    static constexpr std::uint32_t kGroup = 1u << 16;
    struct Fork {
        std::map<std::uint32_t, std::unique_ptr<std::bitset<kGroup>>> blocks;   // By group: 8 KiB for 512 MiB of the database.
        std::uint64_t kept = ~std::uint64_t{0};   // Blocks from here on are others than before.
        bool has(std::uint64_t block) const;
    };
    void cut(const RelationFiles& relation, std::uint64_t left);
    bool is_new(const RelationFiles& relation) const;

    std::map<RelationFiles, Fork> main_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> databases_;   // Space (0: all), database: none of its files is what it was.
};

}  // namespace holdfast
