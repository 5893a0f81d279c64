#include "engine/recovery/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kHolderBytesMax = 4096;

File open_or_create_lock(const fs::path& file) {
    make_private_folders(file.parent_path());
    // The file stays for ever: removing it would let two processes hold "the" lock on two different files.
    if (!fs::exists(file)) write_file_if_absent(file, {});
    return File::open(file, File::Mode::ReadWrite);
}

std::string holder_in(const fs::path& file) {
    const std::string holder = printable(trim(read_text_file(file, kHolderBytesMax)));
    return holder.empty() ? "somebody else" : holder;
}

std::string describe_self(std::string_view purpose, const Clock& clock) {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    return fmt::format("{} by {}:{} since {}", purpose, host.data(), ::getpid(), to_rfc3339(clock.now()));
}

}  // namespace

LockFile LockFile::take(const fs::path& file, std::string_view what, std::string_view purpose, const Clock& clock) {
    File opened = open_or_create_lock(file);
    int result = 0;
    do {
        result = ::flock(opened.descriptor(), LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0 && errno == EWOULDBLOCK) {
        throw Error(ErrorCode::Busy, fmt::format("{} is locked: {}", what, holder_in(file)),
                    "Wait until that has finished, then try again; a lock ends with the process that holds it.");
    }
    if (result != 0) throw_errno(errno, "lock " + file.string());
    opened.resize(0);
    opened.write_at(0, as_bytes(describe_self(purpose, clock)));
    return LockFile(std::move(opened));
}

}  // namespace holdfast
