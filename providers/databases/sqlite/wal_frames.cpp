#include "providers/databases/sqlite/wal_frames.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "providers/databases/sqlite/wal_format.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kScanBytes = 1 << 20;

[[noreturn]] void fail_wal(const File& wal, std::string_view why) {
    throw Error(ErrorCode::Corrupt, wal.path().string() + ": " + std::string(why),
                "The write-ahead log is damaged; run `PRAGMA integrity_check` on the database.");
}

}  // namespace

WalFrames::WalFrames(const fs::path& wal, const WalIndexHeader& header)
    : wal_(File::open(wal, File::Mode::Read)), page_bytes_(header.page_bytes()) {
    scan(header);
    newest_.settle();
}

void WalFrames::scan(const WalIndexHeader& header) {
    std::array<std::byte, kWalHeaderBytes> start{};
    wal_.read_exactly_at(0, start);
    const WalSalts salts = header.salts();
    std::string why;
    const std::optional<WalFileHeader> begin = parse_wal_header(start, why);
    if (!begin) fail_wal(wal_, why);
    if (begin->page_bytes != page_bytes_) fail_wal(wal_, "its page size is not the database's");
    if (begin->salts != salts) fail_wal(wal_, "its salt is not that of the index");
    FrameChain chain(begin->big_endian_sums, salts, begin->checksum);
    chain.accept_unsummed(true);

    const std::size_t frame_bytes = kFrameHeaderBytes + page_bytes_;
    const auto at_once = static_cast<std::uint32_t>(std::max<std::size_t>(1, kScanBytes / frame_bytes));
    Bytes buffer(at_once * frame_bytes);
    std::uint32_t pages_after = 0;
    for (std::uint32_t frame = 1; frame <= header.last_frame();) {
        const std::uint32_t count = std::min(at_once, header.last_frame() - frame + 1);
        wal_.read_exactly_at(frame_offset(frame, page_bytes_), std::span(buffer).first(count * frame_bytes));
        for (const std::byte* at = buffer.data(); at != buffer.data() + count * frame_bytes; at += frame_bytes, ++frame) {
            if (!chain.add(at, page_bytes_)) fail_wal(wal_, fmt::format("the salt or the checksum of frame {} is wrong", frame));
            newest_.add(big_endian(at), frame);
            pages_after = big_endian(at + 4);
        }
    }
    if (!chain.may_be(header.checksum()) || pages_after != header.pages()) {
        fail_wal(wal_, "its last frame is not the one that the index names");
    }
}

std::optional<std::uint32_t> WalFrames::frame_of(std::uint32_t page) const { return newest_.frame_of(page); }

void WalFrames::read_frame(std::uint32_t frame, std::span<std::byte> out) const {
    wal_.read_exactly_at(frame_offset(frame, page_bytes_) + kFrameHeaderBytes, out);
}

}  // namespace holdfast
