#include "providers/databases/postgres/wal_records.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kAlign = 8;
constexpr std::uint64_t kRecordBytesMost = std::uint64_t{1} << 30;   // The server's own bound is a little below.
constexpr std::uint64_t kKeptBytes = 16u << 20;                      // Of one record: what it refers to stands in front.
constexpr std::size_t kLengthBytes = 4, kCrcAt = 20;
constexpr std::uint8_t kSwitchSegment = 0x40, kOperationBits = 0xf0;

std::uint64_t to_alignment(Lsn lsn) { return (kAlign - lsn.bytes % kAlign) % kAlign; }

}  // namespace

Lsn WalRecords::resume_at() const {
    if (!record_.empty()) return record_at_;
    if (foreign_left_ > 0 || !header_.empty()) return floor_to(at_, kWalPageBytes);
    return at_ + to_alignment(at_);
}

void WalRecords::feed(ByteView bytes, const Visit& visit) {
    while (!bytes.empty()) {
        if (at_.bytes % kWalPageBytes == 0 || !header_.empty()) {
            if (at_.bytes % segment_bytes_ == 0 && header_.empty()) {
                skip_segment_ = false;
                ended_.clear();
            }
            if (!skip_segment_) {
                take_header(bytes);
                continue;
            }
        }
        const std::size_t in_page = std::min<std::uint64_t>(bytes.size(), kWalPageBytes - at_.bytes % kWalPageBytes);
        take_content(bytes.first(in_page), visit);
        bytes = bytes.subspan(in_page);
    }
}

void WalRecords::take_header(ByteView& bytes) {
    const auto want = [&](std::size_t size) {
        const std::size_t take = std::min(bytes.size(), size - std::min(size, header_.size()));
        header_.insert(header_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(take));
        bytes = bytes.subspan(take);
        at_ = at_ + take;
        return header_.size() >= size;
    };
    if (!want(kWalShortHeaderBytes) || (is_long_header(header_) && !want(kWalLongHeaderBytes))) return;
    std::string why;
    const Lsn page = floor_to(at_, kWalPageBytes);
    const auto header = parse_wal_page(std::exchange(header_, {}), why);
    if (!header) return end(page, fmt::format("at {}: {}", to_text(page), why));
    if (header->at != page) return end(page, fmt::format("at {} there is an old page, of {}", to_text(page), to_text(header->at)));
    begin_page(*header);
}

void WalRecords::begin_page(const WalPageHeader& header) {
    version_ = header.version;
    timeline_ = header.timeline;
    if (header.is_long) {
        if (header.segment_bytes != segment_bytes_ || (system_ != 0 && header.system != system_)) {
            throw Error(ErrorCode::Corrupt, fmt::format("the write-ahead log at {} is another cluster's", to_text(header.at)));
        }
        system_ = header.system;
    }
    const std::uint64_t missing = record_.empty() ? foreign_left_ : knows_length() ? record_bytes_ - record_fed_ : 0;
    const bool goes_on = header.continues_record && !header.gives_record_up;
    if (!goes_on || (missing != 0 && header.left_of_record != missing)) {
        // What was begun is given up.
        record_.clear();
        foreign_left_ = 0;
    }
    if (goes_on && record_.empty()) foreign_left_ = header.left_of_record;
}

void WalRecords::take_content(ByteView bytes, const Visit& visit) {
    while (!bytes.empty()) {
        const std::size_t taken = skip_segment_ ? bytes.size() : take_part(bytes, visit);
        bytes = bytes.subspan(taken);
        at_ = at_ + taken;
    }
}

// Returns how many bytes were taken; at_ stands at the first of them. All are of one page.
std::size_t WalRecords::take_part(ByteView bytes, const Visit& visit) {
    if (foreign_left_ > 0) {
        const std::size_t taken = std::min<std::uint64_t>(bytes.size(), foreign_left_);
        foreign_left_ -= taken;
        return taken;
    }
    if (!record_.empty()) return go_on_with_record(bytes, visit);
    if (const std::uint64_t padding = to_alignment(at_); padding > 0) return std::min<std::uint64_t>(bytes.size(), padding);
    return begin_record(bytes, visit);
}

std::size_t WalRecords::begin_record(ByteView bytes, const Visit& visit) {
    record_at_ = at_;
    record_fed_ = record_bytes_ = 0;
    body_ = {};
    if (bytes.size() >= kLengthBytes) {
        const std::uint64_t length = ByteReader(bytes.first(kLengthBytes)).u32();
        if (length >= kWalRecordHeaderBytes && length <= bytes.size()) {
            const Lsn begin = at_;
            const ByteView whole = bytes.first(length);
            at_ = begin + length;
            finish_record(whole, wal_record_is_sound(whole), visit);
            at_ = begin;
            return length;
        }
    }
    return go_on_with_record(bytes, visit);
}

std::size_t WalRecords::go_on_with_record(ByteView bytes, const Visit& visit) {
    if (!knows_length()) {
        const std::size_t taken = std::min(bytes.size(), kLengthBytes - record_.size());
        record_.insert(record_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
        record_fed_ += taken;
        if (!knows_length()) return taken;
        record_bytes_ = ByteReader(record_).u32();
        if (record_bytes_ < kWalRecordHeaderBytes || record_bytes_ > kRecordBytesMost) {
            end(record_at_, record_bytes_ == 0 ? fmt::format("nothing was written behind {}", to_text(record_at_))
                                   : fmt::format("what begins at {} is no record", to_text(record_at_)));
        }
        return taken;
    }
    const std::size_t taken = std::min<std::uint64_t>(bytes.size(), record_bytes_ - record_fed_);
    const ByteView part = bytes.first(taken);
    if (record_.size() < kKeptBytes) {
        const std::size_t keep = std::min<std::uint64_t>(taken, kKeptBytes - record_.size());
        record_.insert(record_.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(keep));
    }
    const std::uint64_t header_left = kWalRecordHeaderBytes - std::min<std::uint64_t>(kWalRecordHeaderBytes, record_fed_);
    if (taken > header_left) body_.add(part.subspan(header_left));
    record_fed_ += taken;
    if (record_fed_ < record_bytes_) return taken;
    Crc32c crc = body_;
    crc.add(ByteView(record_).first(kCrcAt));
    const bool sound = crc.value() == ByteReader(ByteView(record_).subspan(kCrcAt, 4)).u32();
    const Lsn begin = at_;
    at_ = begin + taken;
    const Bytes whole = std::exchange(record_, {});
    finish_record(whole, sound, visit);
    at_ = begin;
    return taken;
}

// Requires: at_ stands behind the record.
void WalRecords::finish_record(ByteView whole, bool sound, const Visit& visit) {
    if (!sound) return end(record_at_, fmt::format("the checksum of what begins at {} is wrong", to_text(record_at_)));
    WalRecord record;
    within(fmt::format("at {}", to_text(record_at_)), [&] { read_wal_record(whole, version_, record); });
    record.at = record_at_;
    record.end = at_;
    if (last_ != Lsn{} && record.before != last_) return end(record_at_, fmt::format("the record at {} does not follow the one at {}", to_text(record.at), to_text(last_)));
    last_ = record.at;
    visit(record);
    if (record.is(WalSource::Log) && (record.kind & kOperationBits) == kSwitchSegment) skip_segment_ = true;
}

void WalRecords::end(Lsn at, std::string why) {
    ended_at_ = at;
    ended_ = std::move(why);
    skip_segment_ = true;
    record_.clear();
    foreign_left_ = 0;
}

}  // namespace holdfast
