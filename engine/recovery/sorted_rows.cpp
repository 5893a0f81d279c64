#include "engine/recovery/sorted_rows.hpp"

#include "engine/base/error.hpp"

namespace holdfast {
namespace {

std::uint64_t bytes_in(const SqlRow& row) {
    std::uint64_t bytes = 0;
    for (const SqlValue& value : row) {
        if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
        if (const auto* blob = std::get_if<Bytes>(&value)) bytes += blob->size();
        bytes += 8;
    }
    return bytes;
}

}  // namespace

SortedRows::SortedRows(RowReader& reader, const TableShape& shape, Progress& progress, CancelToken cancel)
    : reader_(reader), shape_(shape), progress_(progress), cancel_(std::move(cancel)), cursor_(reader.rows(shape)) {
    progress_.begin("comparing " + shape.name, 0);
    last_.resize(shape.columns.size());
}

SortedRows::~SortedRows() { progress_.end(); }

const SqlRow* SortedRows::next() {
    if (count_ % 1024 == 0) throw_if_cancelled(cancel_);
    const SqlRow* row = cursor_->next();
    if (row == nullptr) return nullptr;
    if (count_ > 0 && reader_.compare_keys(shape_, last_, *row) != std::strong_ordering::less) {
        throw Error(ErrorCode::Corrupt, "the rows of table " + shape_.name + " do not come in the order of their keys",
                    "An index is damaged: run the integrity check on the database.");
    }
    for (const std::size_t column : shape_.key) last_[column] = (*row)[column];
    ++count_;
    progress_.advance(bytes_in(*row));
    return row;
}

}  // namespace holdfast
