// Any bytes at all: they are a point's header, manifest and map, or they are refused. What was read can be
// written and is read again the same.
#include <cstdlib>

#include "engine/base/error.hpp"
#include "engine/repository/point_format.hpp"

namespace {

using namespace holdfast;

void refuse_others(const Error& error) {
    if (error.code != ErrorCode::Corrupt && error.code != ErrorCode::Unavailable) std::abort();
}

// Two bytes say how long the manifest is; the map comes behind it.
void read_point_parts(ByteView bytes) {
    ByteReader reader(bytes);
    const std::size_t size = std::min<std::size_t>(reader.u16(), reader.left());
    const PointManifest manifest = decode_manifest(reader.raw(size));
    const Bytes written = encode_manifest(manifest);
    if (encode_manifest(decode_manifest(written)) != written) std::abort();
    const PointMap map = decode_point_map(reader.raw(reader.left()), manifest);
    const Bytes map_written = encode_point_map(manifest, map);
    if (encode_point_map(manifest, decode_point_map(map_written, manifest)) != map_written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes = std::as_bytes(std::span(data, size));
    try {
        decode_point_header(bytes, size);
    } catch (const Error& error) {
        refuse_others(error);
    }
    try {
        read_point_parts(bytes);
    } catch (const Error& error) {
        refuse_others(error);
    }
    return 0;
}
