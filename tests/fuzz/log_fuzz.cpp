// Any bytes at all: they are the index of a piece of a log, or a frame of a page, or they are refused. An index that was read
// can be written and is read again the same.
#include <cstdlib>

#include "engine/base/error.hpp"
#include "engine/repository/log_piece.hpp"

namespace {

using namespace holdfast;

void refuse_others(const Error& error) {
    if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Unavailable) std::abort();
}

void read_index(ByteView bytes) {
    const LogPieceIndex index = decode_log_index(bytes);
    const Bytes written = encode_log_index(index);
    if (decode_log_index(written) != index) std::abort();
    for (const PageVersion& version : index.versions) {
        if (version.bytes != 0 && version.offset + version.bytes > index.blocks[version.block].bytes) std::abort();
    }
}

// The first byte says how the frame is coded; it is laid over a page of a pattern.
void read_frame(ByteView bytes) {
    if (bytes.empty()) return;
    Bytes root(512), page(512);
    for (std::size_t i = 0; i < root.size(); ++i) root[i] = static_cast<std::byte>(i * 7);
    static FrameCoder coder;
    coder.decode(static_cast<FrameCoding>(static_cast<unsigned>(bytes[0]) % 4), bytes.subspan(1), root, page);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes = std::as_bytes(std::span(data, size));
    for (const auto read : {read_index, read_frame}) {
        try {
            read(bytes);
        } catch (const Error& error) {
            refuse_others(error);
        }
    }
    if (const auto name = log_piece_of_object(as_text(bytes)); name && log_piece_object(*name) != as_text(bytes)) std::abort();
    return 0;
}
