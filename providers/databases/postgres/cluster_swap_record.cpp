#include "providers/databases/postgres/cluster_swap_record.hpp"

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kMagic = "HFPGSWP1";
constexpr std::uint64_t kRecordBytesMax = 1 << 20;
constexpr std::uint32_t kWordsMost = 10'000;

}  // namespace

void write_cluster_swap(const fs::path& file, const ClusterSwap& swap) {
    ByteWriter writer;
    writer.raw(as_bytes(kMagic));
    for (const fs::path* path : {&swap.copy, &swap.own.data_folder, &swap.staged, &swap.old, &swap.taken_out}) writer.text(path->string());
    writer.u64(swap.old_inode);
    writer.u8(swap.had_server ? 1 : 0);
    writer.text(swap.own.owner.name);
    writer.u32(swap.own.owner.user);
    writer.u32(swap.own.owner.group);
    writer.text(swap.own.log.string());
    writer.u32(static_cast<std::uint32_t>(swap.own.argv.size()));
    for (const std::string& word : swap.own.argv) writer.text(word);
    write_file_durably(file, writer.bytes());
}

ClusterSwap read_cluster_swap(const fs::path& file) {
    const Bytes bytes = read_file(file, kRecordBytesMax);
    ByteReader reader(bytes, file.string());
    if (as_text(reader.raw(kMagic.size())) != kMagic) throw Error(ErrorCode::Corrupt, file.string() + " is not the record of a swap of clusters");
    ClusterSwap swap;
    for (fs::path* path : {&swap.copy, &swap.own.data_folder, &swap.staged, &swap.old, &swap.taken_out}) *path = reader.text();
    swap.old_inode = reader.u64();
    swap.had_server = reader.u8() != 0;
    swap.own.owner.name = reader.text();
    swap.own.owner.user = reader.u32();
    swap.own.owner.group = reader.u32();
    swap.own.log = reader.text();
    const std::uint32_t words = reader.u32();
    if (words > kWordsMost) throw Error(ErrorCode::Corrupt, file.string() + " is not the record of a swap of clusters");
    for (std::uint32_t i = 0; i < words; ++i) swap.own.argv.push_back(reader.text());
    reader.expect_done();
    return swap;
}

}  // namespace holdfast
