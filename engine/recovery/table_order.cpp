#include "engine/recovery/table_order.hpp"

#include <algorithm>
#include <map>

namespace holdfast {
namespace {

class ParentsFirst {
public:
    explicit ParentsFirst(std::vector<TableShape> tables) : tables_(std::move(tables)), entered_(tables_.size(), false) {
        std::ranges::sort(tables_, {}, &TableShape::name);
        for (std::size_t i = 0; i < tables_.size(); ++i) places_[tables_[i].name] = i;
    }

    std::vector<TableShape> order() {
        for (std::size_t i = 0; i < tables_.size(); ++i) visit(i);
        std::vector<TableShape> ordered;
        for (const std::size_t i : order_) ordered.push_back(std::move(tables_[i]));
        return ordered;
    }

private:
    // Depth first, with a stack of our own: a chain of references may be as long as there are tables.
    void visit(std::size_t root) {
        if (entered_[root]) return;
        entered_[root] = true;
        std::vector<std::pair<std::size_t, std::size_t>> open{{root, 0}};   // Table, and how many of its parents were looked at.
        while (!open.empty()) {
            const std::size_t table = open.back().first;
            const auto& parents = tables_[table].depends_on;
            if (open.back().second == parents.size()) {
                order_.push_back(table);
                open.pop_back();
                continue;
            }
            const auto parent = places_.find(parents[open.back().second++]);
            if (parent == places_.end() || entered_[parent->second]) continue;
            entered_[parent->second] = true;
            open.emplace_back(parent->second, 0);
        }
    }

    std::vector<TableShape> tables_;
    std::vector<bool> entered_;
    std::map<std::string, std::size_t> places_;
    std::vector<std::size_t> order_;
};

}  // namespace

std::vector<TableShape> parents_first(std::vector<TableShape> tables) { return ParentsFirst(std::move(tables)).order(); }

}  // namespace holdfast
