#include "providers/databases/postgres/wal_parsing.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "providers/databases/postgres/control_file.hpp"
#include "providers/databases/postgres/wal_events.hpp"
#include "providers/databases/postgres/wal_records.hpp"

namespace holdfast {
namespace {

class Parsing final : public WalParsing {
public:
    Parsing(const WalHead& head, Lsn begin) : head_(head), records_(begin, head.segment_bytes) { records_.assume_version(head.version); }

    WalPart feed(ByteView bytes) override {
        WalPart part;
        records_.feed(bytes, [&](const WalRecord& record) {
            if (auto listed = listed_transaction_in(record)) part.transactions.push_back(std::move(*listed));
        });
        if (records_.cluster() != 0 && records_.cluster() != head_.branch.system) throw Error(ErrorCode::Corrupt, "the write-ahead log is another cluster's");
        part.ended = !records_.ended().empty();
        part.resume_at = part.ended ? records_.ended_at() : records_.resume_at();
        return part;
    }

private:
    WalHead head_;
    WalRecords records_;
};

}  // namespace

WalHead head_of_segment(ByteView first_page) {
    std::string why = "it is too short";
    const auto header = first_page.size() < kWalLongHeaderBytes ? std::nullopt : parse_wal_page(first_page, why);
    if (!header || !header->is_long) {
        throw Error(ErrorCode::Corrupt, fmt::format("this is no segment of a write-ahead log: {}", header ? "it begins in the middle of one" : why));
    }
    return {.branch = {header->system, header->timeline}, .begin = header->at, .segment_bytes = header->segment_bytes, .version = header->version};
}

std::unique_ptr<WalParsing> parse_wal(const WalHead& head, Lsn begin) { return std::make_unique<Parsing>(head, begin); }

std::uint64_t cluster_of_wal_file(const fs::path& file) {
    return read_control_file(fs::absolute(file).lexically_normal().parent_path().parent_path()).system_identifier;
}

}  // namespace holdfast
