// The fingerprints of a point's pages, kept on this machine so that an incremental finds what changed
// without reading its base. Derived and sealed: it may be lost or damaged at any time, and is then made
// again from the repository.
#pragma once

#include <map>
#include <mutex>

#include "engine/base/file.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/crypto/seal.hpp"
#include "engine/repository/layout.hpp"

namespace holdfast {

// Where the fingerprints of one file are.
struct FingerprintSection {
    std::uint32_t page_bytes = 0;
    std::uint64_t pages = 0;
    std::uint64_t offset = 0;        // Of its first piece.
    std::uint64_t first_piece = 0;   // The piece's number in the cache file: its nonce.
};

// Reads pieces of one cache file. Thread-safe.
class FingerprintPieces {
public:
    FingerprintPieces(const File& file, const Secret& key) : file_(file), sealer_(key) {}
    // False where it cannot be read or does not authenticate.
    bool read(const FingerprintSection& section, std::uint64_t first_page, std::span<Fingerprint> out);

private:
    const std::vector<Fingerprint>* piece(const FingerprintSection& section, std::uint64_t number);
    const File& file_;
    std::mutex mutex_;
    Sealer sealer_;
    std::map<std::uint64_t, std::vector<Fingerprint>> recent_;   // By piece number; a few.
};

// A finished cache file. Thread-safe.
class FingerprintFile {
public:
    // Nothing where there is none, or one that is not this point's or is damaged.
    static std::unique_ptr<FingerprintFile> open(const fs::path& path, const Secret& cache_key, const PointId& point);
    // Nothing where the point has no such file.
    const FingerprintSection* section(const std::string& file) const;
    bool read(const FingerprintSection& section, std::uint64_t first_page, std::span<Fingerprint> out) { return pieces_.read(section, first_page, out); }

private:
    FingerprintFile(File file, const Secret& key) : file_(std::move(file)), pieces_(file_, key) {}
    File file_;
    FingerprintPieces pieces_;
    std::map<std::string, FingerprintSection> sections_;
};

// Writes one. One thread at a time, but read_back() at any time.
class FingerprintFileWriter {
public:
    // Writes beside its final place under a temporary name. Throws Error.
    FingerprintFileWriter(const fs::path& folder, const Secret& cache_key);
    ~FingerprintFileWriter();   // Not finished: removed.
    void begin_file(const std::string& name, std::uint32_t page_bytes);
    void append(std::span<const Fingerprint> fingerprints);
    void end_file();
    // Of a file that was ended (the newest of that name).
    const FingerprintSection* section(const std::string& file) const;
    bool read_back(const FingerprintSection& section, std::uint64_t first_page, std::span<Fingerprint> out) { return pieces_->read(section, first_page, out); }
    // Renames it to `folder`/`point`.
    void finish(const PointId& point);

private:
    void flush();
    fs::path folder_, temporary_;
    File file_;
    std::optional<Sealer> sealer_;
    std::unique_ptr<FingerprintPieces> pieces_;
    std::vector<Fingerprint> waiting_;
    std::string name_;
    FingerprintSection current_;
    std::map<std::string, FingerprintSection> sections_;
    std::uint64_t at_ = 0, pieces_written_ = 0;
    bool finished_ = false;
};

// Removes what is not among `keep` nor of the newest few; leftovers of writers that were killed too.
void prune_fingerprints(const fs::path& folder, const std::vector<PointId>& keep);

}  // namespace holdfast
