#include "providers/databases/postgres/wal_record.hpp"

#include "engine/base/error.hpp"
#include "providers/databases/postgres/wal_crc.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kCrcAt = 20;
constexpr std::uint8_t kBlocksMost = 32;
constexpr std::uint8_t kTopXid = 252, kOrigin = 253, kMainLong = 254, kMainShort = 255;
constexpr std::uint8_t kForkMask = 0x0f, kHasImage = 0x10, kSameRelation = 0x80;
constexpr std::uint8_t kImageHasHole = 0x01;
// Since 15 three bits say with what an image was compressed; before it one bit said that it was.
constexpr std::uint8_t kImageCompressed = 0x1c, kImageCompressedBefore15 = 0x02;

[[noreturn]] void fail() { throw Error(ErrorCode::Corrupt, "a record of the write-ahead log that cannot be read"); }

class Fields {
public:
    Fields(ByteView bytes, unsigned version, WalRecord& record) : in_(bytes, "a record of the write-ahead log"), version_(version), record_(record) {}

    void read(std::uint64_t total) {
        in_.raw(kWalRecordHeaderBytes);
        std::uint64_t payload = 0;   // Of the blocks; it follows all the headers.
        while (left(total) > payload) {
            const std::uint8_t id = in_.u8();
            if (id == kMainShort || id == kMainLong) {
                main_ = id == kMainShort ? in_.u8() : in_.u32();
                payload += main_;
                break;   // It is always the last one.
            }
            if (id == kOrigin) in_.u16();
            else if (id == kTopXid) in_.u32();
            else if (id <= kBlocksMost) payload += read_block();
            else fail();
        }
        if (left(total) != payload) fail();
        const std::uint64_t begin = total - main_, end = in_.at() + in_.left();
        if (begin >= end) return;   // Behind what was kept.
        in_.raw(begin - in_.at());
        record_.main = in_.raw(std::min<std::uint64_t>(main_, in_.left()));
    }

private:
    std::uint64_t left(std::uint64_t total) const { return total - in_.at(); }

    // Returns how many bytes of the payload are this block's.
    std::uint64_t read_block() {
        const std::uint8_t flags = in_.u8();
        WalBlock block;
        block.fork = static_cast<RelationFork>(flags & kForkMask);
        if ((flags & kForkMask) > static_cast<std::uint8_t>(RelationFork::Init)) fail();
        std::uint64_t payload = in_.u16();
        if ((flags & kHasImage) != 0) {
            block.has_image = true;
            payload += read_image();
        }
        if ((flags & kSameRelation) == 0) {
            relation_.space = in_.u32();
            relation_.database = in_.u32();
            relation_.relation = in_.u32();
            known_ = true;
        }
        if (!known_) fail();
        block.relation = relation_;
        block.block = in_.u32();
        record_.blocks.push_back(block);
        return payload;
    }

    std::uint64_t read_image() {
        const std::uint16_t bytes = in_.u16();
        in_.u16();   // Where the hole begins.
        const std::uint8_t how = in_.u8();
        const bool compressed = (how & (version_ >= 15 ? kImageCompressed : kImageCompressedBefore15)) != 0;
        if (compressed && (how & kImageHasHole) != 0) in_.u16();
        return bytes;
    }

    ByteReader in_;
    unsigned version_;
    WalRecord& record_;
    RelationFiles relation_;
    bool known_ = false;
    std::uint64_t main_ = 0;
};

}  // namespace

void read_wal_record(ByteView bytes, unsigned version, WalRecord& record) {
    ByteReader in(bytes, "a record of the write-ahead log");
    record.bytes = in.u32();
    record.xid = in.u32();
    record.before = Lsn{in.u64()};
    record.kind = in.u8();
    record.source = in.u8();
    record.version = version;
    record.blocks.clear();
    record.main = {};
    if (record.bytes < kWalRecordHeaderBytes || record.bytes < bytes.size()) fail();
    Fields(bytes, version, record).read(record.bytes);
}

bool wal_record_is_sound(ByteView bytes) {
    if (bytes.size() < kWalRecordHeaderBytes) return false;
    Crc32c crc;
    crc.add(bytes.subspan(kWalRecordHeaderBytes));
    crc.add(bytes.first(kCrcAt));
    return crc.value() == ByteReader(bytes.subspan(kCrcAt, 4)).u32();
}

}  // namespace holdfast
