#include "providers/databases/sqlite/stray_pages.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/sqlite/image_vfs.hpp"
#include "providers/databases/sqlite/btree_page.hpp"
#include "providers/databases/sqlite/table_scan.hpp"

namespace holdfast {
namespace {

constexpr std::uint8_t kLeafTable = 13, kInteriorTable = 5;   // SQLite's "Database File Format", section 1.6.
constexpr std::size_t kLeafHeaderBytes = 8, kInteriorHeaderBytes = 12;
constexpr std::size_t kFreelistAt = 32;
constexpr std::size_t kColumnsMax = 2000;
constexpr std::size_t kPagesAtATime = 30;                     // Below one root; fits into 512 bytes.
constexpr std::uint8_t kNull = 1, kInteger = 2, kReal = 4, kText = 8, kBlob = 16;

std::uint8_t byte_at(ByteView bytes, std::size_t at) { return std::to_integer<std::uint8_t>(bytes[at]); }
std::size_t short_at(ByteView bytes, std::size_t at) { return std::size_t{byte_at(bytes, at)} << 8 | byte_at(bytes, at + 1); }

std::uint8_t kind_of(std::uint64_t serial) {
    if (serial == 0) return kNull;
    if (serial == 7) return kReal;
    if (serial < 10) return kInteger;
    return serial % 2 == 0 ? kBlob : kText;
}

// Reads a page as SQLite left it; what does not make sense ends it.
class LeafReader {
public:
    explicit LeafReader(ByteView page) : page_(page) {}

    std::optional<StrayPage> read(std::uint32_t number) {
        StrayPage stray{.number = number, .first_row = 0, .last_row = 0, .columns_most = 0, .kinds = {}};
        const std::size_t rows = short_at(page_, 3);
        if (rows == 0 || kLeafHeaderBytes + 2 * rows > page_.size()) return std::nullopt;
        for (std::size_t row = 0; row < rows; ++row) {
            std::size_t at = short_at(page_, kLeafHeaderBytes + 2 * row);
            const auto payload = number_at(at), row_number = number_at(at);
            if (!payload || !row_number) return std::nullopt;
            const auto this_row = static_cast<std::int64_t>(*row_number);
            if (row > 0 && this_row <= stray.last_row) return std::nullopt;
            if (row == 0) stray.first_row = this_row;
            stray.last_row = this_row;
            if (!add_columns(at, stray)) return std::nullopt;
        }
        return stray;
    }

private:
    bool add_columns(std::size_t at, StrayPage& stray) const {
        const std::size_t begin = at;
        const auto header = number_at(at);
        if (!header || *header < 1 || *header > page_.size() - begin) return false;
        std::size_t column = 0;
        for (const std::size_t end = begin + static_cast<std::size_t>(*header); at < end; ++column) {
            const auto serial = number_at(at);
            if (!serial || *serial == 10 || *serial == 11 || column >= kColumnsMax) return false;
            if (stray.kinds.size() <= column) stray.kinds.resize(column + 1);
            stray.kinds[column] |= kind_of(*serial);
        }
        stray.columns_most = std::max(stray.columns_most, column);
        return true;
    }

    std::optional<std::uint64_t> number_at(std::size_t& at) const {
        std::uint64_t value = 0;
        for (int count = 0; count < 9 && at < page_.size(); ++count) {
            const std::uint8_t byte = byte_at(page_, at++);
            if (count == 8) return value << 8 | byte;
            value = value << 7 | (byte & 0x7fU);
            if ((byte & 0x80U) == 0) return value;
        }
        return std::nullopt;
    }

    ByteView page_;
};

// The pages of the file by number; empty where there is none.
class Pages {
public:
    Pages(Connection& connection, const File& file) : file_(file) {
        page_bytes_ = static_cast<std::size_t>(connection.integer("PRAGMA page_size").value_or(0));
        std::array<std::byte, 100> header{};
        if (page_bytes_ >= 512 && file.read_at(0, header) == header.size()) {
            usable_ = static_cast<std::uint32_t>(page_bytes_ - byte_at(header, 20));
            freelist_ = read_number(header, kFreelistAt);
            count_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(file.size() / page_bytes_, 0xffff'fffe));
        }
        page_.resize(page_bytes_);
    }
    ByteView read(std::uint32_t number) {
        if (number == 0 || number > count_ || file_.read_at((std::uint64_t{number} - 1) * page_bytes_, page_) != page_bytes_) return {};
        return page_;
    }
    std::uint32_t count() const { return count_; }
    std::uint32_t usable() const { return usable_; }
    std::uint32_t freelist() const { return freelist_; }

private:
    const File& file_;
    std::size_t page_bytes_ = 0;
    std::uint32_t usable_ = 0, count_ = 0, freelist_ = 0;
    Bytes page_;
};

std::vector<bool> known_pages(Connection& connection, Pages& pages, const CancelToken& cancel) {
    std::vector<bool> known(std::size_t{pages.count()} + 1);
    std::vector<std::uint32_t> waiting{1};
    Statement roots = connection.prepare("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0");
    while (roots.step()) waiting.push_back(static_cast<std::uint32_t>(roots.integer(0)));
    while (!waiting.empty()) {
        throw_if_cancelled(cancel);
        const std::uint32_t number = waiting.back();
        waiting.pop_back();
        if (number == 0 || number > pages.count() || known[number]) continue;
        known[number] = true;
        if (const auto page = read_btree_page(pages.read(number), number, pages.usable())) {
            waiting.insert(waiting.end(), page->children.begin(), page->children.end());
        }
    }
    for (std::uint32_t trunk = pages.freelist(); trunk != 0 && trunk <= pages.count() && !known[trunk];) {
        known[trunk] = true;
        const ByteView page = pages.read(trunk);
        if (page.size() < 8) break;
        const std::size_t leaves = std::min<std::size_t>(read_number(page, 4), page.size() / 4 - 2);
        for (std::size_t i = 0; i < leaves; ++i) {
            if (const std::uint32_t leaf = read_number(page, 8 + 4 * i); leaf <= pages.count()) known[leaf] = true;
        }
        trunk = read_number(page, 0);
    }
    return known;
}

// What can stand in a column, as its declared type says: SQLite converts before it stores.
std::vector<std::uint8_t> kinds_of_columns(Connection& connection, const std::string& table) {
    std::vector<std::uint8_t> kinds;
    // A key that is the row number is stored as NULL.
    Statement columns = connection.prepare("SELECT upper(type), \"notnull\", pk FROM pragma_table_xinfo(?) WHERE hidden IN (0, 3) ORDER BY cid");
    columns.bind_all(table);
    while (columns.step()) {
        const std::string type = columns.text(0);
        const auto has = [&](const char* part) { return type.find(part) != std::string::npos; };
        std::uint8_t can = kNull | kInteger | kReal | kText | kBlob;
        if (has("INT")) can = kNull | kInteger | kReal | kBlob;
        else if (has("CHAR") || has("CLOB") || has("TEXT")) can = kNull | kText | kBlob;
        else if (has("REAL") || has("FLOA") || has("DOUB")) can = kNull | kInteger | kReal | kBlob;
        if (type == "INTEGER" && columns.integer(2) > 0) can = kNull | kInteger;
        else if (columns.integer(1) != 0) can &= static_cast<std::uint8_t>(~kNull);
        kinds.push_back(can);
    }
    return kinds;
}

bool fits(const StrayPage& page, const std::vector<std::uint8_t>& columns) {
    if (page.columns_most > columns.size()) return false;
    for (std::size_t i = 0; i < page.kinds.size(); ++i) {
        if ((page.kinds[i] & ~columns[i]) != 0) return false;
    }
    return true;
}

bool has_row_numbers(Connection& connection, const std::string& table) {
    return connection.integer("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name = ?", table) == 0;
}

// The file with another page in the place of one.
class PatchedFile final : public ImageBytes {
public:
    PatchedFile(const File& file, std::uint64_t at, Bytes patch) : file_(file), at_(at), patch_(std::move(patch)) {}
    std::uint64_t size() const override { return file_.size(); }
    void read_at(std::uint64_t offset, std::span<std::byte> out) override {
        file_.read_exactly_at(offset, out);
        const std::uint64_t begin = std::max(offset, at_), end = std::min(offset + out.size(), at_ + patch_.size());
        if (begin < end) std::ranges::copy(ByteView(patch_).subspan(begin - at_, end - begin), out.begin() + static_cast<std::ptrdiff_t>(begin - offset));
    }

private:
    const File& file_;
    std::uint64_t at_;
    Bytes patch_;
};

void put(Bytes& page, std::size_t at, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) page[at + i] = static_cast<std::byte>(value >> (8 * (bytes - 1 - i)) & 0xff);
}

// Nine bytes: the longest form is as good as the shortest.
void put_row_number(Bytes& page, std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 8; ++i) page[at + i] = static_cast<std::byte>(0x80 | (value >> (8 + 7 * (7 - i)) & 0x7f));
    page[at + 8] = static_cast<std::byte>(value & 0xff);
}

Bytes root_over(std::span<const StrayPage> leaves, std::size_t page_bytes, std::size_t usable) {
    constexpr std::size_t kCellBytes = 4 + 9;
    Bytes page(page_bytes);
    const std::size_t cells = leaves.size() - 1, content = usable - cells * kCellBytes;
    page[0] = std::byte{kInteriorTable};
    put(page, 3, cells, 2);
    put(page, 5, content & 0xffff, 2);
    put(page, 8, leaves.back().number, 4);
    for (std::size_t i = 0; i < cells; ++i) {
        const std::size_t at = content + i * kCellBytes;
        put(page, kInteriorHeaderBytes + 2 * i, at, 2);
        put(page, at, leaves[i].number, 4);
        put_row_number(page, at + 4, static_cast<std::uint64_t>(leaves[i].last_row));
    }
    return page;
}

}  // namespace

std::vector<StrayPage> find_stray_pages(Connection& connection, const File& file, const CancelToken& cancel) {
    Pages pages(connection, file);
    std::vector<StrayPage> strays;
    if (pages.count() == 0) return strays;
    const std::vector<bool> known = known_pages(connection, pages, cancel);
    for (std::uint32_t number = 2; number <= pages.count(); ++number) {
        if (number % 1024 == 0) throw_if_cancelled(cancel);
        if (known[number]) continue;
        const ByteView page = pages.read(number);
        if (page.empty() || byte_at(page, 0) != kLeafTable) continue;
        if (auto stray = LeafReader(page.first(pages.usable())).read(number)) strays.push_back(std::move(*stray));
    }
    return strays;
}

std::vector<StrayRows> guess_owners(Connection& connection, const std::vector<TableShape>& damaged, const std::vector<StrayPage>& pages) {
    std::vector<StrayRows> owners;
    std::vector<std::vector<std::uint8_t>> columns;
    for (const TableShape& table : damaged) {
        if (!has_row_numbers(connection, table.name)) continue;
        owners.push_back({table, {}});
        columns.push_back(kinds_of_columns(connection, table.name));
    }
    for (const StrayPage& page : pages) {
        StrayRows* owner = nullptr;
        std::size_t fitting = 0;
        // Rows from before a column was added have fewer; those that have all of them are surer.
        for (const bool all_columns : {true, false}) {
            for (std::size_t i = 0; i < owners.size(); ++i) {
                if ((page.columns_most == columns[i].size()) != all_columns || !fits(page, columns[i])) continue;
                owner = &owners[i];
                ++fitting;
            }
            if (fitting > 0) break;
        }
        if (fitting == 1) owner->pages.push_back(page);
    }
    std::erase_if(owners, [](const StrayRows& rows) { return rows.pages.empty(); });
    return owners;
}

void read_stray_rows(Connection& connection, const File& file, const StrayRows& rows, const std::function<void(const SqlRow&)>& take, const CancelToken& cancel) {
    Pages pages(connection, file);
    const auto root = connection.integer("SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?", rows.table.name).value_or(0);
    if (root < 2 || root > pages.count()) return;
    const auto page_bytes = static_cast<std::size_t>(connection.integer("PRAGMA page_size").value_or(0));
    std::vector<StrayPage> waiting = rows.pages;
    std::ranges::sort(waiting, {}, &StrayPage::first_row);
    while (!waiting.empty()) {
        // What would not go upwards comes in another turn.
        std::vector<StrayPage> now, later;
        for (StrayPage& page : waiting) {
            const bool goes_on = now.size() < kPagesAtATime && (now.empty() || page.first_row > now.back().last_row);
            (goes_on ? now : later).push_back(std::move(page));
        }
        waiting = std::move(later);
        Bytes patch;
        if (now.size() == 1) {
            const ByteView leaf = pages.read(now.front().number);
            patch.assign(leaf.begin(), leaf.end());
        } else {
            patch = root_over(now, page_bytes, pages.usable());
        }
        PatchedFile patched(file, (static_cast<std::uint64_t>(root) - 1) * page_bytes, std::move(patch));
        const ImageVfs vfs(patched);
        Connection image = Connection::open_image(vfs, "pages that nothing leads to");
        image.execute("PRAGMA writable_schema=ON; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF");
        scan_table(image, rows.table, [&](const SqlRow& row) { return take(row), true; }, cancel);
    }
}

}  // namespace holdfast
