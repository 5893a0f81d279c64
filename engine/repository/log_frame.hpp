// One version of one page in a log: a frame of its own, made of the page alone or of what changed against its root
// (the page as the stream's base point gives it). FORMAT.md, "Frames", specifies the bytes.
#pragma once

#include <memory>

#include "engine/base/bytes.hpp"

namespace holdfast {

enum class FrameCoding : std::uint8_t { Zero = 0, Raw = 1, Zstd = 2, Delta = 3 };

// Logs are kept of pages of 512 bytes to 64 KiB.
inline constexpr std::uint32_t kLogPageBytesLeast = 512;
inline constexpr std::uint32_t kLogPageBytesMax = 65536;
inline constexpr std::size_t kFrameCheckBytes = 4;
// Longest frame: a raw page behind its check.
inline constexpr std::size_t kFrameBytesMax = kLogPageBytesMax + kFrameCheckBytes;

// Codes and decodes frames. Holds the compressor's state: one thread at a time, made once and kept.
class FrameCoder {
public:
    FrameCoder();
    FrameCoder(FrameCoder&&) noexcept;
    ~FrameCoder();
    // Appends the frame of `page` to `out`; `root` is empty where there is none to be had. `page_digest` is SHA-256 of the page.
    FrameCoding encode(ByteView page, ByteView root, ByteView page_digest, Bytes& out);
    // Fills `page`. `root` is read for Delta alone. Throws Corrupt where the frame is not one, or the page is not the one that was coded.
    void decode(FrameCoding coding, ByteView frame, ByteView root, std::span<std::byte> page);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast
