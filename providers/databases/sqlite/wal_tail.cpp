#include "providers/databases/sqlite/wal_tail.hpp"

#include <algorithm>
#include <cstring>

namespace holdfast {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

}  // namespace

WalTail::WalTail(const fs::path& wal, std::uint32_t page_bytes)
    : wal_(File::open(wal, File::Mode::Read)), page_bytes_(page_bytes), page_(page_bytes) {
    const std::size_t frame_bytes = kFrameHeaderBytes + page_bytes;
    buffer_.resize(std::max<std::size_t>(1, kBufferBytes / frame_bytes) * frame_bytes);
}

std::optional<WalFileHeader> WalTail::header() const {
    std::array<std::byte, kWalHeaderBytes> bytes{};
    std::string why;
    if (wal_.read_at(0, bytes) != bytes.size()) return std::nullopt;
    std::optional<WalFileHeader> header = parse_wal_header(bytes, why);
    if (header && header->page_bytes != page_bytes_) return std::nullopt;
    return header;
}

bool WalTail::begin(const WalSalts& salts) {
    const std::optional<WalFileHeader> found = header();
    if (!found || found->salts != salts) return false;
    place_ = {.salts = salts, .frame = 0, .checksum = found->checksum};
    chain_ = FrameChain(found->big_endian_sums, salts, found->checksum);
    buffer_frames_ = 0;
    return true;
}

bool WalTail::stand_behind(const WalPlace& place) {
    if (place.frame == 0) return begin(place.salts);
    // The header may belong to a later generation already; the order of bytes is the machine's in both.
    const std::optional<WalFileHeader> found = header();
    std::array<std::byte, kFrameHeaderBytes> at{};
    if (!found || wal_.read_at(frame_offset(place.frame, page_bytes_), at) != at.size()) return false;
    if (std::memcmp(at.data() + 8, place.salts.data(), place.salts.size()) != 0) return false;
    if (big_endian(at.data() + 16) != place.checksum[0] || big_endian(at.data() + 20) != place.checksum[1]) return false;
    place_ = place;
    chain_ = FrameChain(found->big_endian_sums, place.salts, place.checksum);
    buffer_frames_ = 0;
    return true;
}

// Frames beyond `end` may still be written, so they never get into the buffer.
const std::byte* WalTail::frame_at(std::uint32_t frame, std::uint32_t end) {
    const std::size_t frame_bytes = kFrameHeaderBytes + page_bytes_;
    if (frame < buffer_first_ || frame - buffer_first_ >= buffer_frames_) {
        const std::size_t wanted = std::min<std::size_t>(buffer_.size() / frame_bytes, end - frame + 1);
        const std::size_t got = wal_.read_at(frame_offset(frame, page_bytes_), std::span(buffer_).first(wanted * frame_bytes));
        buffer_first_ = frame;
        buffer_frames_ = static_cast<std::uint32_t>(got / frame_bytes);
        if (buffer_frames_ == 0) return nullptr;
    }
    return buffer_.data() + std::size_t{frame - buffer_first_} * frame_bytes;
}

// Without `commit` it goes to `end`, over as many transactions as there are.
bool WalTail::prove(FrameChain& chain, std::uint32_t first, std::uint32_t end, std::optional<WalCommit>* commit) {
    NewestFrames frames;
    for (std::uint32_t frame = first; frame <= end; ++frame) {
        const std::byte* at = frame_at(frame, end);
        if (at == nullptr || !chain.add(at, page_bytes_)) return false;
        if (commit == nullptr) continue;
        frames.add(big_endian(at), frame);
        const std::uint32_t pages_after = big_endian(at + 4);
        if (pages_after == 0) continue;
        frames.settle();
        *commit = WalCommit{.last_frame = frame, .pages_after = pages_after, .frames = {}};
        for (const auto& [page, newest] : frames.all()) {
            if (page <= pages_after) (*commit)->frames.add(page, newest);
        }
        (*commit)->frames.settle();
        return true;
    }
    return commit == nullptr;
}

std::optional<WalCommit> WalTail::next(std::uint32_t end, bool pinned) {
    std::optional<WalCommit> commit;
    FrameChain chain = chain_;
    chain.accept_unsummed(pinned);
    if (!prove(chain, place_.frame + 1, end, &commit)) return std::nullopt;
    before_ = std::exchange(chain_, chain);
    first_ = place_.frame + 1;
    place_.frame = commit->last_frame;
    place_.checksum = chain_.stored();
    read_again_ = false;
    return commit;
}

ByteView WalTail::page(std::uint32_t frame) {
    if (frame >= buffer_first_ && frame - buffer_first_ < buffer_frames_) {
        const std::size_t frame_bytes = kFrameHeaderBytes + page_bytes_;
        return ByteView(buffer_).subspan(std::size_t{frame - buffer_first_} * frame_bytes + kFrameHeaderBytes, page_bytes_);
    }
    read_again_ = true;
    read_frame(frame, page_);
    return page_;
}

bool WalTail::pages_were_right() {
    if (!read_again_) return true;
    buffer_frames_ = 0;
    FrameChain chain = before_;
    return prove(chain, first_, place_.frame, nullptr) && chain.stored() == place_.checksum;
}

std::uint32_t WalTail::frames_in_file() const {
    const std::uint64_t bytes = wal_.size();
    return bytes < kWalHeaderBytes ? 0 : static_cast<std::uint32_t>((bytes - kWalHeaderBytes) / (kFrameHeaderBytes + page_bytes_));
}

void WalTail::read_frame(std::uint32_t frame, std::span<std::byte> out) const {
    wal_.read_exactly_at(frame_offset(frame, page_bytes_) + kFrameHeaderBytes, out);
}

}  // namespace holdfast
