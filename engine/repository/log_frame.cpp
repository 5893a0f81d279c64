#include "engine/repository/log_frame.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/repository/codec.hpp"
#include "engine/repository/page_delta.hpp"

namespace holdfast {
namespace {

bool is_zero(ByteView page) { return page[0] == std::byte{0} && std::equal(page.begin() + 1, page.end(), page.begin()); }

[[noreturn]] void refuse(const char* why) { throw Error(ErrorCode::Corrupt, why); }

}  // namespace

struct FrameCoder::State {
    PageDeltaEncoder delta;
    ChunkCompressor zstd{CompressionSpec{CompressionKind::Zstd, 1}};
    PageDeltaDecoder from_delta;
    ChunkDecompressor from_zstd;
    Bytes content;
};

FrameCoder::FrameCoder() : state_(std::make_unique<State>()) {}
FrameCoder::FrameCoder(FrameCoder&&) noexcept = default;
FrameCoder::~FrameCoder() = default;

FrameCoding FrameCoder::encode(ByteView page, ByteView root, ByteView page_digest, Bytes& out) {
    HOLDFAST_CHECK(page.size() >= kLogPageBytesLeast && page.size() <= kLogPageBytesMax);
    HOLDFAST_CHECK(root.empty() || root.size() == page.size());
    if (is_zero(page)) return FrameCoding::Zero;
    FrameCoding coding = FrameCoding::Delta;
    if (root.empty() || !state_->delta.encode(page, root, state_->content)) {
        coding = state_->zstd.compress(page, state_->content) == Codec::Zstd ? FrameCoding::Zstd : FrameCoding::Raw;
    }
    const ByteView check = page_digest.first(kFrameCheckBytes);
    const ByteView content = coding == FrameCoding::Raw ? page : ByteView(state_->content);
    out.insert(out.end(), check.begin(), check.end());
    out.insert(out.end(), content.begin(), content.end());
    return coding;
}

void FrameCoder::decode(FrameCoding coding, ByteView frame, ByteView root, std::span<std::byte> page) {
    if (coding == FrameCoding::Zero) {
        if (!frame.empty()) refuse("a zero page in a log that has bytes");
        std::ranges::fill(page, std::byte{0});
        return;
    }
    if (frame.size() < kFrameCheckBytes) refuse("a page in a log that is cut short");
    const ByteView content = frame.subspan(kFrameCheckBytes);
    switch (coding) {
    case FrameCoding::Delta:
        if (root.size() != page.size()) refuse("a page in a log that was coded against a page which is not there");
        state_->from_delta.decode(content, root, page);
        break;
    default: state_->from_zstd.decompress(coding == FrameCoding::Zstd ? Codec::Zstd : Codec::None, content, page);
    }
    // A delta that is laid over another page than it was made of gives rubbish without complaint.
    if (!std::ranges::equal(ByteView(sha256(page)).first(kFrameCheckBytes), frame.first(kFrameCheckBytes))) {
        refuse("a page in a log that is not what it was");
    }
}

}  // namespace holdfast
