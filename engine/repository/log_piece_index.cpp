// The index of a piece of a log: a tagged record with its transactions and page versions in columns.
#include "engine/base/error.hpp"
#include "engine/repository/log_piece.hpp"
#include "engine/repository/page_map.hpp"
#include "engine/repository/tagged.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kWhat = "a piece of a log";

enum Tag : std::uint64_t {
    kBase = 2, kPageBytes = 4, kFile = 6, kBasePages = 8, kFirstTransaction = 10, kFlags = 12, kLinks = 14, kCommits = 16, kVersions = 18, kBlocks = 20,
    kFrom = 1, kIdentity = 3, kMade = 5, kMark = 7,
};
constexpr std::uint64_t kBeginsInside = 1, kEndsInside = 2;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorCode::Corrupt, std::string(kWhat) + " " + why); }

// A column of numbers of which each is written as its distance from the one before.
class Steps {
public:
    void write(ByteWriter& writer, std::uint64_t value) {
        writer.varint(zigzag(static_cast<std::int64_t>(value - before_)));
        before_ = value;
    }
    std::uint64_t read(ByteReader& reader) { return before_ += static_cast<std::uint64_t>(unzigzag(reader.varint())); }

private:
    std::uint64_t before_ = 0;
};

std::uint64_t millis_of(Instant at) { return static_cast<std::uint64_t>(to_millis(at)); }
Instant instant_of(std::uint64_t millis) { return from_millis(static_cast<std::int64_t>(millis)); }

template <typename Row, typename Each>
void column(std::vector<Row>& rows, Each&& each) {
    for (Row& row : rows) each(row);
}
template <typename Row, typename Each>
void column(const std::vector<Row>& rows, Each&& each) {
    for (const Row& row : rows) each(row);
}

Bytes encode_commits(const std::vector<LogCommit>& commits) {
    ByteWriter out;
    out.varint(commits.size());
    Steps at, pages;
    column(commits, [&](const LogCommit& c) { at.write(out, millis_of(c.at)); });
    column(commits, [&](const LogCommit& c) { out.varint(millis_of(c.at) - millis_of(c.not_before)); });
    column(commits, [&](const LogCommit& c) { pages.write(out, c.pages_after); });
    column(commits, [&](const LogCommit& c) { out.varint(c.pages_after - c.pages_least); });
    column(commits, [&](const LogCommit& c) { out.varint(c.span - 1); });
    column(commits, [&](const LogCommit& c) { out.varint(c.versions); });
    column(commits, [&](const LogCommit& c) { out.u64(c.digest); });
    return out.take();
}

std::vector<LogCommit> decode_commits(ByteReader& in) {
    std::vector<LogCommit> commits(in.count(14));
    Steps at, pages;
    column(commits, [&](LogCommit& c) { c.at = instant_of(at.read(in)); });
    column(commits, [&](LogCommit& c) { c.not_before = instant_of(millis_of(c.at) - in.varint()); });
    column(commits, [&](LogCommit& c) { c.pages_after = pages.read(in); });
    column(commits, [&](LogCommit& c) { c.pages_least = c.pages_after - in.varint(); });
    column(commits, [&](LogCommit& c) { c.span = in.varint() + 1; });
    column(commits, [&](LogCommit& c) { c.versions = in.varint(); });
    column(commits, [&](LogCommit& c) { c.digest = in.u64(); });
    return commits;
}

Bytes encode_versions(const std::vector<PageVersion>& versions) {
    ByteWriter out;
    out.varint(versions.size());
    Steps page;
    column(versions, [&](const PageVersion& v) { page.write(out, v.page); });
    column(versions, [&](const PageVersion& v) { out.varint(std::uint64_t{v.bytes} * 4 + static_cast<std::uint64_t>(v.coding)); });
    return out.take();
}

std::vector<PageVersion> decode_versions(ByteReader& in) {
    std::vector<PageVersion> versions(in.count(2));
    Steps page;
    column(versions, [&](PageVersion& v) { v.page = page.read(in); });
    column(versions, [&](PageVersion& v) {
        const std::uint64_t both = in.varint();
        v.coding = static_cast<FrameCoding>(both % 4);
        if (both / 4 > kFrameBytesMax) refuse("with a page that is too long");
        v.bytes = static_cast<std::uint32_t>(both / 4);
    });
    return versions;
}

Bytes encode_blocks(const std::vector<LogBlock>& blocks) {
    ByteWriter out;
    out.varint(blocks.size());
    column(blocks, [&](const LogBlock& b) { out.varint(b.bytes); });
    column(blocks, [&](const LogBlock& b) { out.varint(b.bytes - b.stored); });
    return out.take();
}

std::vector<LogBlock> decode_blocks(ByteReader& in) {
    std::vector<LogBlock> blocks(in.count(2));
    column(blocks, [&](LogBlock& b) {
        const std::uint64_t bytes = in.varint();
        if (bytes == 0 || bytes > kLogBlockBytesMax) refuse("with a block that is too long");
        b.bytes = static_cast<std::uint32_t>(bytes);
    });
    column(blocks, [&](LogBlock& b) {
        const std::uint64_t saved = in.varint();
        if (saved >= b.bytes) refuse("with a block without bytes");
        b.stored = b.bytes - static_cast<std::uint32_t>(saved);
    });
    return blocks;
}

// Frames follow each other and fill the blocks exactly; none lies in two.
void place_versions(LogPieceIndex& index) {
    std::uint32_t block = 0, offset = 0;
    for (PageVersion& version : index.versions) {
        if ((version.coding == FrameCoding::Zero) != (version.bytes == 0)) refuse("with a page without bytes");
        if (version.bytes == 0) continue;
        if (block < index.blocks.size() && offset == index.blocks[block].bytes) {
            ++block;
            offset = 0;
        }
        if (block >= index.blocks.size() || version.bytes > index.blocks[block].bytes - offset) refuse("whose pages do not fit into its blocks");
        version.block = block;
        version.offset = offset;
        offset += version.bytes;
    }
    const bool full = index.blocks.empty() || (block + 1 == index.blocks.size() && offset == index.blocks[block].bytes);
    if (!full) refuse("whose pages do not fill its blocks");
}

void check_commits(const LogPieceIndex& index) {
    std::uint64_t left = index.versions.size(), number = index.first_transaction;
    for (const LogCommit& commit : index.commits) {
        if (commit.versions > left) refuse("with transactions of more pages than it has");
        left -= commit.versions;
        if (commit.span == 0 || commit.span > kAddressMax || (number += commit.span) > kAddressMax) refuse("with transactions that are too many");
        if (commit.pages_after > kAddressMax || commit.pages_least > commit.pages_after) refuse("with a transaction of too many pages");
        if (commit.not_before > commit.at) refuse("with a transaction that ended before it began");
    }
    if ((left != 0) != index.ends_inside) refuse("that says wrongly whether it ends inside a transaction");
}

}  // namespace

std::uint64_t LogPieceIndex::last_transaction() const {
    std::uint64_t last = first_transaction - 1;
    for (const LogCommit& commit : commits) last += commit.span;
    return last;
}

Bytes encode_log_index(const LogPieceIndex& index) {
    TagWriter out;
    out.text(kBase, index.head.base.str());
    out.instant(kFrom, index.head.from);
    out.text(kIdentity, index.head.identity);
    out.number(kPageBytes, index.head.page_bytes);
    out.text(kFile, index.head.file);
    out.number(kBasePages, index.head.base_pages);
    out.number(kFirstTransaction, index.first_transaction);
    out.number(kFlags, (index.begins_inside ? kBeginsInside : 0) | (index.ends_inside ? kEndsInside : 0));
    ByteWriter links;
    links.raw(index.before.bytes);
    links.raw(index.after.bytes);
    out.bytes(kLinks, links.bytes());
    out.instant(kMade, index.made);
    out.text(kMark, index.mark);
    out.bytes(kCommits, encode_commits(index.commits));
    out.bytes(kVersions, encode_versions(index.versions));
    out.bytes(kBlocks, encode_blocks(index.blocks));
    return out.take();
}

LogPieceIndex decode_log_index(ByteView plain) {
    LogPieceIndex index;
    index.first_transaction = 0;
    read_tagged(plain, kWhat, [&](std::uint64_t tag, ByteReader& value) {
        switch (tag) {
        case kBase: index.head.base = PointId(rest_as_text(value)); return true;
        case kFrom: index.head.from = read_instant(value); return true;
        case kIdentity: index.head.identity = rest_as_text(value); return true;
        case kPageBytes: {
            const std::uint64_t bytes = value.varint();
            if (bytes < kLogPageBytesLeast || bytes > kLogPageBytesMax) refuse("with a page size that logs do not have");
            index.head.page_bytes = static_cast<std::uint32_t>(bytes);
            return true;
        }
        case kFile: index.head.file = rest_as_text(value); return true;
        case kBasePages: index.head.base_pages = value.varint(); return true;
        case kFirstTransaction: index.first_transaction = value.varint(); return true;
        case kFlags: {
            const std::uint64_t flags = value.varint();
            if (flags > (kBeginsInside | kEndsInside)) refuse("with flags that are not known");
            index.begins_inside = (flags & kBeginsInside) != 0;
            index.ends_inside = (flags & kEndsInside) != 0;
            return true;
        }
        case kLinks:
            std::ranges::copy(value.raw(16), index.before.bytes.begin());
            std::ranges::copy(value.raw(16), index.after.bytes.begin());
            return true;
        case kMade: index.made = read_instant(value); return true;
        case kMark: index.mark = rest_as_text(value); return true;
        case kCommits: index.commits = decode_commits(value); return true;
        case kVersions: index.versions = decode_versions(value); return true;
        case kBlocks: index.blocks = decode_blocks(value); return true;
        default: return false;
        }
    });
    if (index.head.page_bytes == 0 || index.head.base.empty() || index.head.base_pages > kAddressMax) refuse("that does not say what it follows");
    if (index.first_transaction == 0 || index.first_transaction > kAddressMax) refuse("whose transactions have no number");
    check_commits(index);
    place_versions(index);
    return index;
}

}  // namespace holdfast
