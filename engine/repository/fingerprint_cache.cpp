#include "engine/repository/fingerprint_cache.hpp"

#include <algorithm>
#include <chrono>

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/crypto/keys.hpp"
#include "engine/repository/piece_cipher.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kPerPiece = 4096;
constexpr std::size_t kPieceBytes = kPerPiece * sizeof(Fingerprint) + kSealOverheadBytes;
constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kTrailerBytes = 16;
constexpr std::size_t kRecentPieces = 8;
constexpr std::size_t kKeptFiles = 4;
constexpr std::uint64_t kSectionsNonce = ~std::uint64_t{0};
constexpr std::uint64_t kSectionsBytesMax = 256u << 20;
constexpr std::string_view kTemporaryPrefix = "tmp-";

Secret file_key(const Secret& cache_key, ByteView salt) { return derive_key(cache_key, salt, "holdfast fingerprint file"); }

ByteView bytes_of(std::span<const Fingerprint> fingerprints) { return std::as_bytes(fingerprints); }

Bytes encode_sections(const std::map<std::string, FingerprintSection>& sections) {
    ByteWriter writer;
    writer.varint(sections.size());
    for (const auto& [name, section] : sections) {
        writer.text(name);
        writer.varint(section.page_bytes);
        writer.varint(section.pages);
        writer.varint(section.offset);
        writer.varint(section.first_piece);
    }
    return writer.take();
}

std::map<std::string, FingerprintSection> decode_sections(ByteView plain) {
    ByteReader reader(plain, "fingerprints");
    std::map<std::string, FingerprintSection> sections;
    for (std::size_t left = reader.count(5); left > 0; --left) {
        const std::string name = reader.text();
        FingerprintSection section;
        section.page_bytes = static_cast<std::uint32_t>(reader.varint());
        section.pages = reader.varint();
        section.offset = reader.varint();
        section.first_piece = reader.varint();
        sections.emplace(name, section);
    }
    reader.expect_done();
    return sections;
}

}  // namespace

const std::vector<Fingerprint>* FingerprintPieces::piece(const FingerprintSection& section, std::uint64_t number) {
    const std::uint64_t nonce = section.first_piece + number;
    if (const auto known = recent_.find(nonce); known != recent_.end()) return &known->second;
    const std::uint64_t first = number * kPerPiece;
    std::vector<Fingerprint> fingerprints(static_cast<std::size_t>(std::min<std::uint64_t>(kPerPiece, section.pages - first)));
    Bytes sealed(fingerprints.size() * sizeof(Fingerprint) + kSealOverheadBytes);
    try {
        file_.read_exactly_at(section.offset + number * kPieceBytes, sealed);
    } catch (const Error&) {
        return nullptr;   // A cache may be lost at any time.
    }
    if (!sealer_.open(nonce, {}, sealed, std::as_writable_bytes(std::span(fingerprints)))) return nullptr;
    if (recent_.size() >= kRecentPieces) recent_.erase(recent_.begin());   // Reading goes upwards: the lowest is the oldest.
    return &recent_.emplace(nonce, std::move(fingerprints)).first->second;
}

bool FingerprintPieces::read(const FingerprintSection& section, std::uint64_t first_page, std::span<Fingerprint> out) {
    HOLDFAST_CHECK(first_page + out.size() <= section.pages);
    const std::lock_guard lock(mutex_);
    while (!out.empty()) {
        const std::vector<Fingerprint>* found = piece(section, first_page / kPerPiece);
        if (found == nullptr) return false;
        const auto skip = static_cast<std::size_t>(first_page % kPerPiece);
        const std::size_t count = std::min(out.size(), found->size() - skip);
        std::copy_n(found->begin() + static_cast<std::ptrdiff_t>(skip), count, out.begin());
        out = out.subspan(count);
        first_page += count;
    }
    return true;
}

std::unique_ptr<FingerprintFile> FingerprintFile::open(const fs::path& path, const Secret& cache_key, const PointId& point) {
    try {
        File file = File::open(path, File::Mode::Read);
        const std::uint64_t size = file.size();
        if (size < kHeaderBytes + kTrailerBytes) return nullptr;
        Bytes header(kHeaderBytes), trailer(kTrailerBytes);
        file.read_exactly_at(0, header);
        file.read_exactly_at(size - kTrailerBytes, trailer);
        ByteReader head(header, "fingerprints");
        expect_magic(head, kFingerprintMagic, "fingerprints");
        const Secret key = file_key(cache_key, head.raw(16));
        const std::uint64_t sealed_bytes = ByteReader(trailer, "fingerprints").u64();
        if (sealed_bytes > kSectionsBytesMax || sealed_bytes > size - kHeaderBytes - kTrailerBytes) return nullptr;
        Bytes sealed(static_cast<std::size_t>(sealed_bytes));
        file.read_exactly_at(size - kTrailerBytes - sealed_bytes, sealed);
        const auto plain = PieceCipher(Suite::Aes256Gcm, key).open(kSectionsNonce, as_bytes(point.str()), sealed);
        if (!plain) return nullptr;
        std::unique_ptr<FingerprintFile> opened(new FingerprintFile(std::move(file), key));
        opened->sections_ = decode_sections(*plain);
        return opened;
    } catch (const Error&) {
        return nullptr;   // Missing or damaged: it is only a cache.
    }
}

const FingerprintSection* FingerprintFile::section(const std::string& file) const {
    const auto found = sections_.find(file);
    return found == sections_.end() ? nullptr : &found->second;
}

FingerprintFileWriter::FingerprintFileWriter(const fs::path& folder, const Secret& cache_key) : folder_(folder) {
    make_private_folders(folder);
    temporary_ = folder / (std::string(kTemporaryPrefix) + random_id<PackId>().text());
    file_ = File::open(temporary_, File::Mode::CreateNew);
    ByteWriter header;
    write_magic(header, kFingerprintMagic);
    const Bytes salt = random_bytes(16);
    header.raw(salt);
    header.u64(0);
    file_.write_at(0, header.bytes());
    at_ = header.size();
    const Secret key = file_key(cache_key, salt);
    sealer_.emplace(key);
    pieces_ = std::make_unique<FingerprintPieces>(file_, key);
    waiting_.reserve(kPerPiece);
}

FingerprintFileWriter::~FingerprintFileWriter() {
    std::error_code ignored;   // What stays behind is pruned by a later backup.
    if (!finished_) fs::remove(temporary_, ignored);
}

void FingerprintFileWriter::begin_file(const std::string& name, std::uint32_t page_bytes) {
    name_ = name;
    current_ = {.page_bytes = page_bytes, .pages = 0, .offset = at_, .first_piece = pieces_written_};
}

void FingerprintFileWriter::append(std::span<const Fingerprint> fingerprints) {
    current_.pages += fingerprints.size();
    while (!fingerprints.empty()) {
        const std::size_t count = std::min(fingerprints.size(), kPerPiece - waiting_.size());
        waiting_.insert(waiting_.end(), fingerprints.begin(), fingerprints.begin() + static_cast<std::ptrdiff_t>(count));
        fingerprints = fingerprints.subspan(count);
        if (waiting_.size() == kPerPiece) flush();
    }
}

void FingerprintFileWriter::flush() {
    if (waiting_.empty()) return;
    const ByteView plain = bytes_of(waiting_);
    Bytes sealed(plain.size() + kSealOverheadBytes);
    sealer_->seal(pieces_written_++, {}, plain, sealed);
    file_.write_at(at_, sealed);
    at_ += sealed.size();
    waiting_.clear();
}

void FingerprintFileWriter::end_file() {
    flush();
    sections_[name_] = current_;
}

const FingerprintSection* FingerprintFileWriter::section(const std::string& file) const {
    const auto found = sections_.find(file);
    return found == sections_.end() ? nullptr : &found->second;
}

void FingerprintFileWriter::finish(const PointId& point) {
    const Bytes plain = encode_sections(sections_);
    Bytes sealed(plain.size() + kSealOverheadBytes);
    sealer_->seal(kSectionsNonce, as_bytes(point.str()), plain, sealed);
    ByteWriter end;
    end.raw(sealed);
    end.u64(sealed.size());
    end.u64(0);
    file_.write_at(at_, end.bytes());
    // Not synced: after a power cut it does not authenticate, and is made again.
    fault_point("repository.cache.before");
    fs::rename(temporary_, folder_ / point.str());
    finished_ = true;
    fault_point("repository.cache.after");
}

void prune_fingerprints(const fs::path& folder, const std::vector<PointId>& keep) {
    std::error_code ignored;
    std::vector<fs::path> points;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(kTemporaryPrefix)) {
            const auto age = fs::file_time_type::clock::now() - entry.last_write_time(ignored);
            if (age > std::chrono::hours(24)) fs::remove(entry.path(), ignored);
        } else if (std::ranges::find(keep, name, &PointId::str) == keep.end()) {
            points.push_back(entry.path());
        }
    }
    std::ranges::sort(points, std::greater{});   // Ids sort by time.
    for (std::size_t i = kKeptFiles; i < points.size(); ++i) fs::remove(points[i], ignored);
}

}  // namespace holdfast
