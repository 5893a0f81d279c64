#include "providers/databases/postgres/base_backup.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kManifestBytesMax = 1ULL << 30;
constexpr std::size_t kUploadPiece = 64 << 10;

[[noreturn]] void fail_protocol(const std::string& what) {
    throw Error(ErrorCode::Corrupt, "the server sent " + what + " in the middle of a base backup", "Is it a PostgreSQL server of version 13 to 18?");
}

// A tar archive is named by its tablespace: "16385.tar", "base.tar".
std::string oid_of_archive(std::string_view name) {
    name = name.substr(0, name.find('.'));
    if (name == "base") return {};
    if (name.empty() || !std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) fail_protocol(fmt::format("an archive called {}", printable(name, 40)));
    return std::string(name);
}

std::string command_of_15(PostgresConnection& connection, const BaseBackupOptions& options) {
    return fmt::format("BASE_BACKUP (LABEL {}, PROGRESS true, CHECKPOINT 'fast', WAL true, MANIFEST 'yes', MANIFEST_CHECKSUMS 'CRC32C'{})",
                       connection.quoted_literal(options.label), options.incremental ? ", INCREMENTAL true" : "");
}
std::string command_of_13(PostgresConnection& connection, const BaseBackupOptions& options) {
    return fmt::format("BASE_BACKUP LABEL {} PROGRESS FAST WAL MANIFEST 'yes' MANIFEST_CHECKSUMS 'CRC32C'", connection.quoted_literal(options.label));
}

}  // namespace

BaseBackup::BaseBackup(PostgresConnection& connection, const BaseBackupOptions& options)
    : connection_(connection), one_copy_(connection.major() >= 15) {
    connection_.send(one_copy_ ? command_of_15(connection_, options) : command_of_13(connection_, options));
    const PostgresResult begin = connection_.next_result();
    begin.expect(1, 2);
    start_ = begin.lsn(0, 0);
    timeline_ = static_cast<std::uint32_t>(begin.integer(0, 1));
    const PostgresResult spaces = connection_.next_result();
    spaces.expect(1, 3);
    for (std::size_t row = 0; row < spaces.rows(); ++row) {
        tablespaces_.push_back({std::string(spaces.text(row, 0)), std::string(spaces.text(row, 1))});
        if (!spaces.is_null(row, 2)) bytes_expected_ += static_cast<std::uint64_t>(spaces.integer(row, 2)) * 1024;
    }
}

void BaseBackup::begin_copy() {
    if (connection_.next_result().kind() != PostgresResult::Kind::CopyOut) fail_protocol("no archive");
    in_copy_ = true;
}

// Takes messages until one has bytes for the archive, or another part begins. False: that part has ended.
bool BaseBackup::next_message() {
    if (!in_copy_) begin_copy();
    if (connection_.read_copy(message_) == PostgresConnection::CopyRead::End) {
        in_copy_ = false;
        return false;
    }
    if (one_copy_) take_message_of_15();
    else take_message_of_13();
    return true;
}

void BaseBackup::take_message_of_15() {
    const ByteView bytes = message_.bytes();
    const std::string_view text = as_text(bytes).substr(std::min<std::size_t>(1, bytes.size()));
    switch (bytes.empty() ? '\0' : static_cast<char>(bytes[0])) {
        case 'n': {
            const auto end = text.find('\0');
            if (end == std::string_view::npos) fail_protocol("an archive without a name");
            const std::string_view location = text.substr(end + 1);
            announced_ = ServerTablespace{oid_of_archive(text.substr(0, end)), std::string(location.substr(0, location.find('\0')))};
            break;
        }
        case 'm': part_ = Part::Manifest; break;
        case 'd':
            if (part_ == Part::Archive) left_ = bytes.subspan(1);
            else if (part_ == Part::Manifest && manifest_.size() + text.size() <= kManifestBytesMax) manifest_ += text;
            else fail_protocol("bytes that belong to nothing");
            break;
        case 'p': break;
        default: fail_protocol("a message of an unknown kind");
    }
}

void BaseBackup::take_message_of_13() {
    if (part_ == Part::Archive) left_ = message_.bytes();
    else if (manifest_.size() + message_.bytes().size() <= kManifestBytesMax) manifest_ += as_text(message_.bytes());
    else fail_protocol("a manifest that has no end");
}

std::optional<ServerTablespace> BaseBackup::next_archive() {
    while (part_ == Part::Archive && !read(1 << 20).empty()) {}
    if (one_copy_) {
        while (!announced_ && part_ != Part::Done) {
            if (!next_message()) part_ = Part::Done;
        }
    } else if (archives_begun_ < tablespaces_.size()) {
        announced_ = tablespaces_[archives_begun_++];
    } else {
        part_ = Part::Manifest;
        while (next_message()) {}
        part_ = Part::Done;
    }
    if (announced_) part_ = Part::Archive;
    return std::exchange(announced_, std::nullopt);
}

ByteView BaseBackup::read(std::size_t most) {
    while (left_.empty() && part_ == Part::Archive && !announced_) {
        if (!next_message()) part_ = one_copy_ ? Part::Done : Part::Between;
    }
    const ByteView bytes = left_.first(std::min(most, left_.size()));
    left_ = left_.subspan(bytes.size());
    return bytes;
}

BaseBackup::End BaseBackup::finish() {
    if (part_ != Part::Done) fail_protocol("no end");
    const PostgresResult ended = connection_.next_result();
    ended.expect(1, 2);
    End end{.lsn = ended.lsn(0, 0), .timeline = static_cast<std::uint32_t>(ended.integer(0, 1))};
    try {
        while (connection_.next_result().kind() != PostgresResult::Kind::None) {}
    } catch (const PostgresError& error) {
        // It sends everything first and says only then that checksums were wrong.
        if (error.code != ErrorCode::Corrupt) throw;
        end.found_damage = true;
    }
    return end;
}

void upload_manifest(PostgresConnection& connection, std::string_view manifest) {
    connection.send("UPLOAD_MANIFEST");
    if (connection.next_result().kind() != PostgresResult::Kind::CopyIn) fail_protocol("no request for the manifest");
    for (; !manifest.empty(); manifest.remove_prefix(std::min(kUploadPiece, manifest.size()))) {
        connection.write_copy(as_bytes(manifest.substr(0, kUploadPiece)));
    }
    connection.end_copy();
    while (connection.next_result().kind() != PostgresResult::Kind::None) {}
}

}  // namespace holdfast
