#include "providers/databases/postgres/changed_blocks.hpp"

#include "providers/databases/postgres/wal_events.hpp"

namespace holdfast {

void ChangedBlocks::take(const WalRecord& record) {
    for (const WalBlock& block : record.blocks) {
        if (block.fork != RelationFork::Main) continue;
        auto& group = main_[block.relation].blocks[block.block / kGroup];
        if (!group) group = std::make_unique<std::bitset<kGroup>>();
        group->set(block.block % kGroup);
    }
    if (const auto made = database_change_in(record)) databases_.emplace(made->space, made->database);
    if (const auto made = relation_cut_in(record); made && made->main_blocks) cut(made->relation, *made->main_blocks);
    if (const auto ended = transaction_end_in(record)) {
        for (const RelationFiles& removed : ended->removed) cut(removed, 0);
    }
}

void ChangedBlocks::cut(const RelationFiles& relation, std::uint64_t left) {
    Fork& fork = main_[relation];
    fork.kept = std::min(fork.kept, left);
}

bool ChangedBlocks::is_new(const RelationFiles& relation) const {
    return databases_.contains({relation.space, relation.database}) || databases_.contains({0, relation.database});
}

bool ChangedBlocks::Fork::has(std::uint64_t block) const {
    if (block >= kept) return true;
    const auto group = blocks.find(static_cast<std::uint32_t>(block / kGroup));
    return group != blocks.end() && group->second->test(block % kGroup);
}

std::optional<std::vector<PageRange>> ChangedBlocks::in_file(const RelationFile& file, std::uint64_t pages, std::uint64_t pages_before, std::uint32_t segment_pages) const {
    if (file.fork != RelationFork::Main || is_new(file.relation)) return std::nullopt;
    const auto fork = main_.find(file.relation);
    const std::uint64_t first_block = std::uint64_t{file.segment} * segment_pages;
    std::vector<PageRange> ranges;
    for (std::uint64_t page = fork == main_.end() ? pages_before : 0; page < pages; ++page) {
        if (page < pages_before && !fork->second.has(first_block + page)) continue;
        if (!ranges.empty() && ranges.back().first + ranges.back().count == page) ++ranges.back().count;
        else ranges.push_back({page, 1});
    }
    return ranges;
}

}  // namespace holdfast
