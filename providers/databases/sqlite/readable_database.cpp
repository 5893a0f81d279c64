#include "providers/databases/sqlite/readable_database.hpp"

#include <sys/stat.h>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

// SQLite's "Database File Format", section "The Database Header".
constexpr std::size_t kHeaderBytes = 100;
constexpr std::size_t kPageBytesAt = 16, kWriteVersionAt = 18, kReadVersionAt = 19, kChangesAt = 24, kPagesAt = 28, kFreelistAt = 32, kValidForAt = 92;
constexpr std::uint64_t kSpareBytes = 1 << 20;

std::uint32_t big_endian(ByteView bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint32_t>(bytes[at + i]);
    return value;
}

void put_big_endian(Bytes& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::byte>(value >> (24 - 8 * i) & 0xff);
}

// The first page of a sound state; empty where even that is none.
Bytes first_page_of(const fs::path& sound) {
    const DatabaseFile file(sound);
    Bytes header(kHeaderBytes);
    if (file.file().read_at(0, header) < kHeaderBytes) return {};
    const std::uint32_t stored = big_endian(header, kPageBytesAt, 2);
    Bytes page(stored == 1 ? 65'536 : stored);
    if (page.size() < 512 || file.file().read_at(0, page) < page.size()) return {};
    return page;
}

// What the header says of the file's length must be true of this one; without a log it is read as a rollback database.
void fit_header(Bytes& page, std::uint64_t file_bytes) {
    put_big_endian(page, kPagesAt, static_cast<std::uint32_t>(std::min<std::uint64_t>(file_bytes / page.size(), 0xffff'fffe)));
    put_big_endian(page, kValidForAt, big_endian(page, kChangesAt, 4));
    put_big_endian(page, kFreelistAt, 0);
    put_big_endian(page, kFreelistAt + 4, 0);
    page[kWriteVersionAt] = page[kReadVersionAt] = std::byte{1};
}

void copy_privately(const fs::path& from, const fs::path& to) {
    const std::uint64_t bytes = fs::file_size(from);
    if (free_bytes_at(to.parent_path()) < bytes + kSpareBytes) {
        throw Error(ErrorCode::DiskFull, fmt::format("reading {} without its header needs {} in {}", from.string(), format_bytes(bytes), to.parent_path().string()),
                    "Free some space, then resume the run.");
    }
    std::error_code failed;
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed);
    if (failed) throw_errno(failed.value(), "copy " + from.string());
    fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write);
}

void overwrite_start(const fs::path& file, ByteView bytes) { File::open(file, File::Mode::ReadWrite).write_at(0, bytes); }

}  // namespace

bool ReadableDatabase::try_to_read(const fs::path& file) {
    connection_.reset();
    file_.reset();
    try {
        file_.emplace(file);
        connection_.emplace(Connection::open(file, OpenMode::ReadOnly, Duration(30'000)));
        // Before the schema is read: entries in it that make no sense are passed over, and every cell is looked at before it is used.
        connection_->execute("PRAGMA writable_schema=ON; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF; BEGIN");
        touch_schema(*connection_);
        shapes_ = table_shapes(*connection_, SchemaTrust::Damaged);
        return true;
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::Busy) throw;
        why_not_ = error.message;
        connection_.reset();
        return false;
    }
}

ReadableDatabase ReadableDatabase::open(const fs::path& damaged, const fs::path& sound, const fs::path& folder) {
    ReadableDatabase database;
    try {
        OpenDatabase::for_reading(damaged);   // Lets SQLite roll back what a crash left, as every reader does.
    } catch (const Error& error) {
        if (error.code == ErrorCode::Busy) throw;   // Otherwise it is the damage, which is looked at below.
    }
    if (database.try_to_read(damaged)) return database;
    std::error_code missing;
    const std::uint64_t bytes = fs::file_size(damaged, missing);
    Bytes page = first_page_of(sound);
    if (!missing && !page.empty() && bytes >= page.size()) {
        const fs::path copy = folder / "mended.db";
        copy_privately(damaged, copy);
        fit_header(page, bytes);
        for (const auto& [mend, what] : {std::pair{kHeaderBytes, "header"}, std::pair{page.size(), "first page"}}) {
            overwrite_start(copy, ByteView(page).first(mend));
            if (!database.try_to_read(copy)) continue;
            database.unreadable_.push_back({"", fmt::format("its {} cannot be read; that of the sound copy stood in for it, and what was only in its log is left out", what)});
            return database;
        }
    }
    database.unreadable_.push_back({"", fmt::format("nothing can be read: {}", printable(database.why_not_, 200))});
    return database;
}

}  // namespace holdfast
