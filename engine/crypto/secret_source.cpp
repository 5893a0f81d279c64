#include "engine/crypto/secret_source.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "engine/base/error.hpp"
#include "engine/base/file.hpp"
#include "engine/base/process.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kSecretBytesMax = 64 << 10;
constexpr Duration kCommandTimeout = std::chrono::minutes(1);

[[noreturn]] void refuse_secret(const SecretSource& source, const std::string& why, const std::string& hint) {
    throw Error(ErrorCode::NotPermitted, "secret " + to_text(source) + " " + why, hint);
}

std::string from_environment(const SecretSource& source) {
    const char* const value = std::getenv(source.value.c_str());
    if (value == nullptr) refuse_secret(source, "is not set", "Set the environment variable " + source.value + ".");
    return value;
}

// As ssh does with private keys: a secret that others can read is no secret, one that others can write is theirs.
void require_private_file(const SecretSource& source, const File& file) {
    struct stat status {};
    if (::fstat(file.descriptor(), &status) != 0) throw_errno(errno, "look at " + to_text(source));
    if (!S_ISREG(status.st_mode)) refuse_secret(source, "is not a file", "Name a file that holds the secret.");
    if ((status.st_mode & 0077) != 0) {
        refuse_secret(source, "can be read by others", "Run: chmod 600 " + source.value);
    }
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        refuse_secret(source, "belongs to another user", "Make it your own, or root's.");
    }
}

std::string from_file(const SecretSource& source) {
    try {
        const File file = File::open(source.value, File::Mode::Read);
        require_private_file(source, file);
        if (file.size() > kSecretBytesMax) refuse_secret(source, "is too large for a secret", "Check the path.");
        std::string text(static_cast<std::size_t>(file.size()), '\0');
        text.resize(file.read_at(0, std::as_writable_bytes(std::span(text))));
        return text;
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing) throw;
        refuse_secret(source, "is not there", "Check the path in the policy.");
    }
}

std::string from_command(const SecretSource& source) {
    std::vector<std::string> argv;
    for (std::string& word : split(source.value, ' ')) {
        if (!trim(word).empty()) argv.emplace_back(trim(word));
    }
    if (argv.empty()) refuse_secret(source, "names no command", "Name the command that prints the secret.");
    ProcessOptions options;
    options.timeout = kCommandTimeout;
    options.output_bytes_max = kSecretBytesMax;
    try {
        ProcessResult result = run_process(argv, options);
        if (result.ok()) return std::move(result.output);
        wipe_memory(result.output.data(), result.output.size());
        const std::string how = result.timed_out ? "took over a minute"
                                                 : "ended with status " + std::to_string(result.exit_status);
        refuse_secret(source, how, "Run the command by hand to see what it says.");
    } catch (const Error& error) {
        if (error.code != ErrorCode::Missing) throw;
        refuse_secret(source, "cannot be run: there is no such program", "Check the command in the policy.");
    }
}

std::string fetch_text(const SecretSource& source) {
    switch (source.kind) {
        case SecretKind::Environment: return from_environment(source);
        case SecretKind::File: return from_file(source);
        case SecretKind::Command: return from_command(source);
    }
    throw Error(ErrorCode::Internal, "unknown kind of secret");
}

}  // namespace

Secret fetch_secret(const SecretSource& source) {
    std::string text = fetch_text(source);
    const std::size_t end = text.find_last_not_of("\r\n");
    Secret secret(std::string_view(text).substr(0, end == std::string::npos ? 0 : end + 1));
    wipe_memory(text.data(), text.size());
    if (secret.empty()) refuse_secret(source, "is empty", "Put the secret there.");
    return secret;
}

std::string to_text(const SecretSource& source) {
    switch (source.kind) {
        case SecretKind::Environment: return "env:" + source.value;
        case SecretKind::File: return "file:" + source.value;
        case SecretKind::Command: return "command:" + source.value;
    }
    return source.value;
}

}  // namespace holdfast
