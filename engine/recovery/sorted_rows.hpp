// One table's rows in key order, with what every reader of them needs: progress, cancellation and proof of the order.
#pragma once

#include <memory>

#include "engine/base/cancel.hpp"
#include "engine/base/progress.hpp"
#include "engine/provider/rows.hpp"

namespace holdfast {

class SortedRows {
public:
    SortedRows(RowReader& reader, const TableShape& shape, Progress& progress, CancelToken cancel);
    ~SortedRows();
    SortedRows(const SortedRows&) = delete;
    SortedRows& operator=(const SortedRows&) = delete;

    // The next row, which lives until the next call; nullptr at the end. Throws Corrupt where a row does not come after the
    // one before: two streams out of order would be merged into nonsense.
    const SqlRow* next();
    std::uint64_t count() const { return count_; }

private:
    RowReader& reader_;
    const TableShape& shape_;
    Progress& progress_;
    CancelToken cancel_;
    std::unique_ptr<RowCursor> cursor_;
    SqlRow last_;   // Its key columns only.
    std::uint64_t count_ = 0;
};

}  // namespace holdfast
