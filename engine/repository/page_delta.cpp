#include "engine/repository/page_delta.hpp"

#define ZSTD_STATIC_LINKING_ONLY   // For frames without a magic number.
#include <zstd.h>

#include <bit>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"

namespace holdfast {
namespace {

struct FreeCompressor { void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); } };
struct FreeDecompressor { void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); } };

constexpr std::size_t kFrameHeaderBytes = 2, kBlockHeaderBytes = 3;
enum BlockKind : unsigned { kRawBlock = 0, kRepeatedByte = 1, kCompressedBlock = 2 };

void set(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
    HOLDFAST_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) == 0);
}

// The fast strategy with matches from six bytes on and a table that stays in the first-level cache: on rows of text
// changed in 4 KiB pages within a tenth of the best of zstd's faster half, and twice as fast as level 3.
void tune_for(ZSTD_CCtx* context, std::size_t page_bytes) {
    const auto window_log = static_cast<int>(std::bit_width(2 * page_bytes - 1));
    set(context, ZSTD_c_windowLog, window_log);
    set(context, ZSTD_c_hashLog, std::clamp(window_log - 1, 12, 17));
    set(context, ZSTD_c_chainLog, ZSTD_CHAINLOG_MIN);
    set(context, ZSTD_c_minMatch, 6);
    set(context, ZSTD_c_strategy, ZSTD_fast);
}

// Whether it is one frame, whole, with nothing behind it, of the only kind that is written: nothing but the window in its header.
bool is_one_frame(ByteView frame) {
    if (frame.size() < kFrameHeaderBytes || frame[0] != std::byte{0}) return false;
    for (std::size_t at = kFrameHeaderBytes; frame.size() - at >= kBlockHeaderBytes;) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned>(frame[at + i]); };
        const unsigned header = byte(0) | byte(1) << 8 | byte(2) << 16;
        const unsigned kind = header >> 1 & 3;
        if (kind > kCompressedBlock) return false;
        const std::size_t size = kind == kRepeatedByte ? 1 : header >> 3;
        at += kBlockHeaderBytes;
        if (size > frame.size() - at) return false;
        at += size;
        if ((header & 1) != 0) return at == frame.size();
    }
    return false;
}

}  // namespace

struct PageDeltaEncoder::State {
    std::unique_ptr<ZSTD_CCtx, FreeCompressor> zstd{ZSTD_createCCtx()};
    std::size_t tuned_for = 0;
};

PageDeltaEncoder::PageDeltaEncoder() : state_(std::make_unique<State>()) {
    ZSTD_CCtx* context = state_->zstd.get();
    HOLDFAST_CHECK(context != nullptr);
    set(context, ZSTD_c_compressionLevel, 1);
    set(context, ZSTD_c_format, ZSTD_f_zstd1_magicless);
    set(context, ZSTD_c_contentSizeFlag, 0);
    set(context, ZSTD_c_checksumFlag, 0);
    set(context, ZSTD_c_dictIDFlag, 0);
}
PageDeltaEncoder::PageDeltaEncoder(PageDeltaEncoder&&) noexcept = default;
PageDeltaEncoder::~PageDeltaEncoder() = default;

bool PageDeltaEncoder::encode(ByteView page, ByteView base, Bytes& out) {
    HOLDFAST_CHECK(page.size() == base.size() && page.size() >= kDeltaPageBytesLeast && page.size() <= kDeltaPageBytesMax);
    ZSTD_CCtx* context = state_->zstd.get();
    if (state_->tuned_for != page.size()) {
        tune_for(context, page.size());
        state_->tuned_for = page.size();
    }
    out.resize(ZSTD_compressBound(page.size()));
    HOLDFAST_CHECK(ZSTD_isError(ZSTD_CCtx_refPrefix(context, base.data(), base.size())) == 0);
    const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), page.data(), page.size());
    HOLDFAST_CHECK(ZSTD_isError(size) == 0);
    const bool worth_it = size < page.size() / 2;
    out.resize(worth_it ? size : 0);
    return worth_it;
}

struct PageDeltaDecoder::State {
    std::unique_ptr<ZSTD_DCtx, FreeDecompressor> zstd{ZSTD_createDCtx()};
};

PageDeltaDecoder::PageDeltaDecoder() : state_(std::make_unique<State>()) {
    HOLDFAST_CHECK(state_->zstd != nullptr);
    HOLDFAST_CHECK(ZSTD_isError(ZSTD_DCtx_setParameter(state_->zstd.get(), ZSTD_d_format, ZSTD_f_zstd1_magicless)) == 0);
}
PageDeltaDecoder::PageDeltaDecoder(PageDeltaDecoder&&) noexcept = default;
PageDeltaDecoder::~PageDeltaDecoder() = default;

void PageDeltaDecoder::decode(ByteView frame, ByteView base, std::span<std::byte> out) {
    std::size_t size = 0;
    bool good = is_one_frame(frame);
    if (good) {
        ZSTD_DCtx* context = state_->zstd.get();
        HOLDFAST_CHECK(ZSTD_isError(ZSTD_DCtx_refPrefix(context, base.data(), base.size())) == 0);
        size = ZSTD_decompressDCtx(context, out.data(), out.size(), frame.data(), frame.size());
        good = ZSTD_isError(size) == 0 && size == out.size();
    }
    if (!good) throw Error(ErrorCode::Corrupt, "a page delta does not decode to a page");
}

}  // namespace holdfast
