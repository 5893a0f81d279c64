#include "providers/databases/sqlite/swap_record.hpp"

#include <sys/stat.h>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kMagic = "HFSWAP_1";
constexpr std::uint64_t kRecordBytesMax = 1 << 16;

}  // namespace

void write_swap_record(const fs::path& file, const SwapRecord& record) {
    ByteWriter writer;
    writer.raw(as_bytes(kMagic));
    for (const fs::path* path : {&record.copy, &record.live, &record.staged, &record.old, &record.taken_out}) writer.text(path->string());
    writer.u8(record.had_main ? 1 : 0);
    write_file_durably(file, writer.bytes());
}

SwapRecord read_swap_record(const fs::path& file) {
    const Bytes bytes = read_file(file, kRecordBytesMax);
    ByteReader reader(bytes, file.string());
    if (as_text(reader.raw(kMagic.size())) != kMagic) throw Error(ErrorCode::Corrupt, file.string() + " is not the record of a swap");
    SwapRecord record;
    for (fs::path* path : {&record.copy, &record.live, &record.staged, &record.old, &record.taken_out}) *path = reader.text();
    record.had_main = reader.u8() != 0;
    reader.expect_done();
    return record;
}

std::uint64_t inode_of(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_ino) : 0;
}

}  // namespace holdfast
