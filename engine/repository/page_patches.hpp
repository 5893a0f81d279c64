// Pages that are laid over a file of a recovery point: what a log knows of it that the point does not.
//
// How it is used: make a PointReader of the point, give it the patches with lay_over(), and restore or read as always.
//
//     auto reader = std::make_unique<PointReader>(store, keys, read_point(store, keys, name), workers);
//     reader->lay_over("main", patches);
//     reader->restore_file(…);   // or read_at(…)
//
// The reader asks for one window of the file at a time, fetches what the patches of that window are made against, each chunk
// once, and puts all together: an implementation fetches the frames of a window in few reads and keeps no more than that.
#pragma once

#include <functional>

#include "engine/repository/stored_roots.hpp"

namespace holdfast {

struct PagePatch {
    enum class Coding : std::uint8_t {
        Zero,    // A page of zeros.
        Own,     // `frame` is the page, compressed as `codec` says (with Codec::None: as it is).
        Delta,   // `frame` is a page delta against the page at `root`.
    };
    std::uint64_t page = 0;
    Coding coding = Coding::Zero;
    Codec codec = Codec::None;
    ByteView frame;    // Good until `visit` returns.
    RootPlace root;    // From StoredRoots::places() of the point that the log follows, which need not be the one that is read.
};

class PagePatches {
public:
    virtual ~PagePatches() = default;
    // Of the file with the patches; it may be longer or shorter than in the point. Pages beyond the point's that are not
    // patched are zeros.
    virtual std::uint64_t pages() const = 0;
    // Calls `visit` once for every patched page of [first, first + count), in order. By several threads at once.
    virtual void each_in(std::uint64_t first, std::uint64_t count, const std::function<void(const PagePatch&)>& visit) = 0;
};

}  // namespace holdfast
