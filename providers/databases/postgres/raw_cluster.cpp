#include "providers/databases/postgres/raw_cluster.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "providers/databases/postgres/cluster_files.hpp"
#include "providers/databases/postgres/control_file.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kSectorBytes = 4096;   // What a disk that fails to read loses at once.

class EvidenceBytes final : public ByteSource {
public:
    EvidenceBytes(const File& file, const CancelToken& cancel) : file_(file), cancel_(cancel), left_(file.size()) {}

    std::size_t read(std::span<std::byte> out) override {
        throw_if_cancelled(cancel_);
        const auto wanted = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_)));
        std::size_t got = 0;
        try {
            got = wanted.empty() ? 0 : file_.read_at(at_, wanted);
        } catch (const Error&) {   // The disk cannot read all of it: piece by piece then.
            got = read_by_sectors(wanted);
        }
        at_ += got;
        left_ = got < wanted.size() ? 0 : left_ - got;
        return got;
    }
    std::uint64_t bytes() const { return at_; }
    std::uint64_t unreadable() const { return unreadable_; }

private:
    std::size_t read_by_sectors(std::span<std::byte> out) {
        for (std::size_t done = 0; done < out.size(); done += kSectorBytes) {
            const auto piece = out.subspan(done, std::min(kSectorBytes, out.size() - done));
            try {
                file_.read_exactly_at(at_ + done, piece);
            } catch (const Error&) {   // Gone for good: evidence of that is kept as zeros.
                std::ranges::fill(piece, std::byte{0});
                unreadable_ += piece.size();
            }
        }
        return out.size();
    }

    const File& file_;
    const CancelToken& cancel_;
    std::uint64_t at_ = 0, left_, unreadable_ = 0;
};

// All that belongs to the data, its log with it.
std::vector<std::string> names_in(const fs::path& data_folder, const CancelToken& cancel) {
    std::vector<std::string> names = list_cluster_files(data_folder, cancel).files;
    names.emplace_back(kControlFile);
    for (const auto& entry : fs::directory_iterator(data_folder / "pg_wal")) {
        if (entry.is_regular_file()) names.push_back("pg_wal/" + entry.path().filename().string());
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::string identity_of_files(const fs::path& data_folder) {
    try {
        return fmt::format("postgres {}", read_control_file(data_folder).system_identifier);
    } catch (const Error&) {
        return "postgres, of a data directory that does not say which";
    }
}

}  // namespace

BackupFacts keep_raw_cluster(const fs::path& data_folder, ImageSink& sink, const WorkContext& work) {
    const Instant now = work.clock.now();
    std::uint64_t bytes = 0, unreadable = 0, files = 0;
    for (const std::string& name : names_in(data_folder, work.cancel)) {
        try {
            const File file = File::open(data_folder / name, File::Mode::Read);
            struct stat status {};
            if (::fstat(file.descriptor(), &status) != 0) throw_errno(errno, "look at " + file.path().string());
            EvidenceBytes source(file, work.cancel);
            sink.add_bytes({.name = name, .page_bytes = 0, .bytes = static_cast<std::uint64_t>(status.st_size), .mode = static_cast<std::uint32_t>(status.st_mode & 0777U)}, source);
            bytes += source.bytes();
            unreadable += source.unreadable();
            ++files;
        } catch (const Error& error) {
            if (error.code != ErrorCode::Missing) throw;   // A server that runs removes files.
        }
    }
    if (files == 0) throw Error(ErrorCode::Missing, fmt::format("there is nothing in {} to keep", data_folder.string()), "The files are gone as a whole: bring the cluster up with `runbook run total-failure --help`.");
    return {.instant = now, .source_bytes = bytes, .read_bytes = bytes, .identity = identity_of_files(data_folder),
            .facts = {{"state", "files as they were found"}, {"files", std::to_string(files)}, {"unreadable bytes", std::to_string(unreadable)}}};
}

}  // namespace holdfast
