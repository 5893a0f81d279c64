#include "engine/recovery/sorted_rows.hpp"

#include <catch2/catch.hpp>

#include "tests/support/thrown.hpp"

using namespace holdfast;

namespace {

// One table with the given keys, in the given order.
class ListedRows final : public RowReader {
public:
    explicit ListedRows(std::vector<std::int64_t> keys) : keys_(std::move(keys)) {}
    std::vector<TableShape> tables() override { return {}; }
    std::unique_ptr<RowCursor> rows(const TableShape&) override { return std::make_unique<Cursor>(keys_); }
    std::strong_ordering compare_keys(const TableShape&, const SqlRow& a, const SqlRow& b) const override { return compare_values(a[0], b[0]); }

private:
    struct Cursor final : RowCursor {
        explicit Cursor(const std::vector<std::int64_t>& keys_) : keys(keys_) {}
        const SqlRow* next() override {
            if (at == keys.size()) return nullptr;
            row = {keys[at++]};
            return &row;
        }
        const std::vector<std::int64_t>& keys;
        std::size_t at = 0;
        SqlRow row;
    };
    std::vector<std::int64_t> keys_;
};

TableShape keyed_table() {
    TableShape shape;
    shape.name = "t";
    shape.columns = {"id"};
    shape.key = {0};
    return shape;
}

std::uint64_t read_all(std::vector<std::int64_t> keys, CancelToken cancel = {}) {
    ListedRows reader(std::move(keys));
    const TableShape shape = keyed_table();
    NoProgress progress;
    SortedRows rows(reader, shape, progress, std::move(cancel));
    while (rows.next() != nullptr) {
    }
    return rows.count();
}

}  // namespace

TEST_CASE("rows in order are counted", "[recovery]") { CHECK(read_all({-5, 1, 2, 9}) == 4); }

TEST_CASE("rows out of order or twice are a damaged index", "[recovery]") {
    CHECK(code_thrown_by([] { read_all({1, 3, 2}); }) == ErrorCode::Corrupt);
    CHECK(code_thrown_by([] { read_all({1, 1}); }) == ErrorCode::Corrupt);
}

TEST_CASE("reading stops on request", "[recovery]") {
    std::stop_source stop;
    stop.request_stop();
    CHECK(code_thrown_by([&] { read_all({1}, stop.get_token()); }) == ErrorCode::Cancelled);
}
