#include "providers/databases/sqlite/page_owners.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "providers/databases/sqlite/btree_page.hpp"
#include "providers/databases/sqlite/state_reader.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kLockByteAt = 0x40000000;   // SQLite never uses the page that holds it.
constexpr std::size_t kReservedAt = 20, kFreeListAt = 32, kAutoVacuumAt = 52;
// Leaves that are read at most to find whose the overflow pages are that no other way tells.
constexpr std::uint64_t kLeavesMax = 1U << 16;
constexpr int kLevelsMax = 40;

PageOwner part(std::string name) { return {.table = {}, .index = {}, .part = std::move(name)}; }

// Lets a failure of the repository be told from damage of the database.
class Watched final : public StateFiles {
public:
    explicit Watched(StateFiles& files) : files_(files) {}
    const std::vector<ImageFile>& files() const override { return files_.files(); }
    void read_at(const std::string& file, std::uint64_t offset, std::span<std::byte> out) override {
        failed = true;
        files_.read_at(file, offset, out);
        failed = false;
    }
    bool failed = false;

private:
    StateFiles& files_;
};

struct Tree {
    std::uint32_t root = 0;
    PageOwner owner;
};

std::vector<Tree> trees_of(StateFiles& files, const WorkContext& work) {
    std::vector<Tree> trees{{1, part("schema")}};
    Watched watched(files);
    try {
        const auto reader = make_state_reader(watched, DatabaseName("state"), work);
        const auto rows = reader->query("SELECT type, name, tbl_name, rootpage FROM sqlite_schema WHERE typeof(rootpage) = 'integer' AND rootpage > 1", {});
        while (const SqlRow* row = rows->next()) {
            const auto text = [&](std::size_t column) {
                const auto* held = std::get_if<std::string>(&(*row)[column]);
                return held == nullptr ? std::string("unknown") : *held;
            };
            const bool is_index = text(0) == "index";
            trees.push_back({static_cast<std::uint32_t>(std::get<std::int64_t>((*row)[3])),
                             {.table = is_index ? text(2) : text(1), .index = is_index ? text(1) : "", .part = {}}});
        }
    } catch (const Error& error) {   // A damaged schema: its trees stay unknown.
        if (watched.failed || error.code == ErrorCode::Cancelled) throw;
    }
    return trees;
}

class OwnerSearch {
public:
    OwnerSearch(StateFiles& files, std::span<const std::uint64_t> wanted, const WorkContext& work)
        : files_(files), work_(work), wanted_(wanted), owners_(wanted.size()), missing_(wanted.size()) {
        file_ = files.files().front();
        count_ = file_.page_bytes == 0 ? 0 : file_.bytes / file_.page_bytes;
    }

    std::vector<PageOwner> run() {
        if (count_ > 0 && missing_ > 0) look();
        std::vector<PageOwner> answer;
        for (const auto& owner : owners_) answer.push_back(owner.value_or(part("unknown")));
        return answer;
    }

private:
    void look() {
        for (const std::uint64_t page : wanted_) {
            if (page >= count_) mark(page + 1, part("beyond the end"));
        }
        const Bytes header = read(1);
        usable_ = file_.page_bytes - std::to_integer<std::uint32_t>(header[kReservedAt]);
        mark(kLockByteAt / file_.page_bytes + 1, part("unused"));
        if (read_number(header, kAutoVacuumAt) != 0) mark_pointer_maps();
        mark_free(read_number(header, kFreeListAt));
        trees_ = trees_of(files_, work_);
        walk_all(false);
        if (missing_ > 0) follow_wanted();
        if (missing_ > 0) walk_all(true);
    }

    Bytes read(std::uint64_t page) {
        throw_if_cancelled(work_.cancel);
        Bytes bytes(file_.page_bytes);
        files_.read_at(file_.name, (page - 1) * file_.page_bytes, bytes);
        return bytes;
    }

    bool is_page(std::uint64_t page) const { return page >= 1 && page <= count_; }

    // The first who claims a page keeps it.
    void mark(std::uint64_t page, const PageOwner& owner) {
        if (page == 0) return;
        const auto place = std::ranges::lower_bound(wanted_, page - 1);
        if (place == wanted_.end() || *place != page - 1) return;
        auto& slot = owners_[static_cast<std::size_t>(place - wanted_.begin())];
        if (slot) return;
        slot = owner;
        --missing_;
    }

    void mark_pointer_maps() {
        const std::uint64_t step = usable_ / 5 + 1;   // One, and the pages that it tells about.
        const std::uint64_t lock = kLockByteAt / file_.page_bytes + 1;
        for (std::uint64_t page = 2; page <= count_; page += step) mark(page == lock ? page + 1 : page, part("pointer map"));
    }

    void mark_free(std::uint32_t trunk) {
        std::vector<bool> seen(count_ + 1);
        while (missing_ > 0 && is_page(trunk) && !seen[trunk]) {
            seen[trunk] = true;
            const Bytes page = read(trunk);
            mark(trunk, part("free"));
            const std::uint64_t leaves = std::min<std::uint64_t>(read_number(page, 4), file_.page_bytes / 4 - 2);
            for (std::uint64_t leaf = 0; leaf < leaves; ++leaf) mark(read_number(page, 8 + 4 * static_cast<std::size_t>(leaf)), part("free"));
            trunk = read_number(page, 0);
        }
    }

    void walk_all(bool with_leaves) {
        seen_.assign(count_ + 1, false);
        leaves_read_ = 0;
        for (const Tree& tree : trees_) {
            if (missing_ == 0 || leaves_read_ > kLeavesMax) return;
            walk(tree.root, levels_below(tree.root), tree.owner, with_leaves);
        }
    }

    // All leaves of a b-tree are equally deep, so the way down its left side tells.
    int levels_below(std::uint32_t page) {
        for (int levels = 0; levels < kLevelsMax && is_page(page); ++levels) {
            const auto tree_page = read_btree_page(read(page), page, usable_);
            if (!tree_page || tree_page->is_leaf || tree_page->children.empty()) return levels;
            page = tree_page->children.front();
        }
        return 0;
    }

    // With `levels` 0 the page is a leaf.
    void walk(std::uint32_t page, int levels, const PageOwner& owner, bool with_leaves) {
        if (missing_ == 0 || !is_page(page)) return;
        mark(page, owner);
        if (levels == 0 && (!with_leaves || ++leaves_read_ > kLeavesMax)) return;
        if (seen_[page]) return;
        seen_[page] = true;
        const auto tree_page = read_btree_page(read(page), page, usable_);
        if (!tree_page) return;
        if (with_leaves) follow(*tree_page, owner);
        if (levels == 0) return;
        for (const std::uint32_t child : tree_page->children) walk(child, levels - 1, owner, with_leaves);
    }

    // A value that was written was written with the page that points to it.
    void follow_wanted() {
        for (std::size_t at = 0; at < wanted_.size() && missing_ > 0; ++at) {
            if (!owners_[at] || owners_[at]->table.empty()) continue;
            const auto page = static_cast<std::uint32_t>(wanted_[at] + 1);
            if (const auto tree_page = read_btree_page(read(page), page, usable_)) follow(*tree_page, PageOwner(*owners_[at]));
        }
    }

    void follow(const BtreePage& page, const PageOwner& owner) {
        for (std::uint32_t next : page.overflows) {
            if (chains_.empty()) chains_.assign(count_ + 1, false);
            while (missing_ > 0 && is_page(next) && !chains_[next]) {
                chains_[next] = true;
                mark(next, owner);
                next = read_number(read(next), 0);
            }
        }
    }

    StateFiles& files_;
    const WorkContext& work_;
    std::span<const std::uint64_t> wanted_;            // From 0; everything else here counts from 1, as SQLite does.
    std::vector<std::optional<PageOwner>> owners_;
    std::size_t missing_;
    ImageFile file_;
    std::uint64_t count_ = 0;
    std::uint32_t usable_ = 0;
    std::vector<Tree> trees_;
    std::vector<bool> seen_, chains_;                  // Interior pages, and leaves; pages of overflow chains.
    std::uint64_t leaves_read_ = 0;
};

}  // namespace

std::vector<PageOwner> find_page_owners(StateFiles& files, std::span<const std::uint64_t> pages, const WorkContext& work) {
    if (files.files().size() != 1) throw Error(ErrorCode::Corrupt, "a SQLite backup that is not one file");
    return OwnerSearch(files, pages, work).run();
}

}  // namespace holdfast
