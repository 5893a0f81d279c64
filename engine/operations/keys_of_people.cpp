#include "engine/operations/keys_of_people.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kHead = "holdfast person key 1";
constexpr std::uint64_t kKeyFileBytesMax = 4096;
constexpr const char* kMakeOne = "Make one with: runbook keys new-person FILE";

void require_private(const fs::path& file) {
    struct stat facts{};
    if (::stat(file.c_str(), &facts) != 0) {
        if (errno == ENOENT) throw Error(ErrorCode::Missing, fmt::format("there is no key {}", file.string()), kMakeOne);
        throw_errno(errno, file.string());
    }
    if ((facts.st_mode & 077) == 0) return;
    throw Error(ErrorCode::NotPermitted, fmt::format("{}: others may read this private key", file.string()),
                fmt::format("Take their rights away: chmod 600 {}", file.string()));
}

}  // namespace

std::string new_person_key(const fs::path& file) {
    const SigningKey key = new_signing_key();
    std::string text = fmt::format("{}\n{}\n", kHead, to_base64(key.private_key.reveal()));
    const bool written = write_file_if_absent(file, as_bytes(text), 0600);
    wipe_memory(text.data(), text.size());
    if (written) return key.public_key;
    throw Error(ErrorCode::AlreadyExists, fmt::format("{} is there already", file.string()),
                "A key that was used must not be lost; choose another file.");
}

SigningKey read_person_key(const fs::path& file) {
    require_private(file);
    std::string text = read_text_file(file, kKeyFileBytesMax);
    const auto lines = split(trim(text), '\n');
    auto seed = lines.size() == 2 && lines[0] == kHead ? from_base64(trim(lines[1])) : std::nullopt;
    wipe_memory(text.data(), text.size());
    if (!seed || seed->size() != 32) {
        throw Error(ErrorCode::Corrupt, fmt::format("{} is not a person's key", file.string()),
                    kMakeOne);
    }
    return signing_key_from(Secret(std::move(*seed)));
}

std::string person_of_key(const Policy& policy, const std::string& public_key) {
    for (const Person& person : policy.people) {
        if (person.public_key == public_key) return person.name;
    }
    throw Error(ErrorCode::NotPermitted, fmt::format("nobody under people: has the key {}", public_key),
                "Let the policy name this person with this public_key, and the role operator to run or approver to approve.");
}

}  // namespace holdfast
