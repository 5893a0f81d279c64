// Reads a tar archive (POSIX ustar) as a PostgreSQL server sends it: member by member, in order, without keeping any.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/base/bytes.hpp"

namespace holdfast {

// Returns up to so many bytes that come next, at least one; none at the end. Valid until the next call.
using NextBytes = std::function<ByteView(std::size_t most)>;

struct TarMember {
    enum class Kind : std::uint8_t { File, Folder, Link };
    std::string path;               // As it stands there; a folder's without the slash at its end.
    Kind kind = Kind::File;
    std::uint64_t bytes = 0;        // Of a file.
    std::uint32_t mode = 0;
    std::string link_to = {};
};

class TarReader {
public:
    explicit TarReader(NextBytes next) : next_(std::move(next)) {}

    // Skips what is left of the member before. Nothing: the archive has ended. Throws Error{Corrupt} for a header that is
    // damaged, for a kind of member that no server sends, and where the archive ends inside a member.
    std::optional<TarMember> next_member();
    // The next bytes of the file, at least one; none at its end.
    ByteView read(std::size_t most);

private:
    bool fill_header(Bytes& header);
    void skip_rest();
    ByteView take(std::size_t most);

    NextBytes next_;
    std::uint64_t left_ = 0;      // Of the member.
    std::uint64_t padding_ = 0;   // Behind it.
};

}  // namespace holdfast
