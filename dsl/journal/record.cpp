#include "dsl/journal/record.hpp"

#include <type_traits>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

// One function per record names its fields, for writing and for reading. Their order is the format.

template <typename Io> void fields(Io& io, HeaderRecord& r) {
    io(r.run), io(r.runbook), io(r.file), io(r.text), io(r.text_hash), io(r.policy_commit), io(r.policy_hash), io(r.policy_dirty);
    io(r.user), io(r.host), io(r.version), io(r.at), io(r.parameters);
}
template <typename Io> void fields(Io& io, ResumeRecord& r) { io(r.at), io(r.user), io(r.host); }
template <typename Io> void fields(Io& io, IntentRecord& r) {
    io(r.step), io(r.attempt), io(r.title), io(r.effect), io(r.kind), io(r.arguments_hash), io(r.arguments), io(r.key), io(r.undo_effect);
    io(r.undo_given), io(r.at);
}
template <typename Io> void fields(Io& io, ResultRecord& r) {
    io(r.step), io(r.value), io(r.sentence), io(r.took), io(r.bytes), io(r.rows), io(r.undo_effect), io(r.undo_arguments), io(r.at);
}
template <typename Io> void fields(Io& io, FailureRecord& r) { io(r.step), io(r.attempt), io(r.code), io(r.message), io(r.hint), io(r.at); }
template <typename Io> void fields(Io& io, AskRecord& r) {
    io(r.step), io(r.title), io(r.fields), io(r.evidence), io(r.hash), io(r.required), io(r.at);
}
template <typename Io> void fields(Io& io, AnswerRecord& r) {
    io(r.step), io(r.hash), io(r.person), io(r.approved), io(r.comment), io(r.how), io(r.public_key), io(r.signature), io(r.at);
}
template <typename Io> void fields(Io& io, ResolveRecord& r) { io(r.step), io(r.how), io(r.user), io(r.comment), io(r.at); }
template <typename Io> void fields(Io& io, UndoIntentRecord& r) { io(r.step), io(r.attempt), io(r.effect), io(r.arguments), io(r.user), io(r.at); }
template <typename Io> void fields(Io& io, UndoResultRecord& r) { io(r.step), io(r.ok), io(r.sentence), io(r.took), io(r.at); }
template <typename Io> void fields(Io& io, StopRecord& r) {
    io(r.state), io(r.code), io(r.message), io(r.hint), io(r.result), io(r.user), io(r.at);
}
template <typename Io> void fields(Io& io, EditRecord& r) { io(r.text), io(r.text_hash), io(r.file), io(r.user), io(r.at); }

struct FieldWriter {
    ByteWriter& out;
    void operator()(const std::string& text) { out.text(text); }
    void operator()(bool value) { out.u8(value ? 1 : 0); }
    void operator()(int value) { out.u32(static_cast<std::uint32_t>(value)); }
    void operator()(std::uint64_t value) { out.u64(value); }
    void operator()(Instant value) { out.u64(static_cast<std::uint64_t>(to_millis(value))); }
    void operator()(Duration value) { out.u64(static_cast<std::uint64_t>(value.count())); }
    void operator()(const Value& value) { write_value(out, value); }
    void operator()(const std::vector<std::string>& texts) {
        out.varint(texts.size());
        for (const std::string& text : texts) out.text(text);
    }
};

struct FieldReader {
    ByteReader& in;
    void operator()(std::string& text) { text = in.text(); }
    void operator()(bool& value) {
        const std::uint8_t byte = in.u8();
        if (byte > 1) throw Error(ErrorCode::Corrupt, "a yes or no that is neither");
        value = byte == 1;
    }
    void operator()(int& value) { value = static_cast<int>(in.u32()); }
    void operator()(std::uint64_t& value) { value = in.u64(); }
    void operator()(Instant& value) { value = from_millis(static_cast<std::int64_t>(in.u64())); }
    void operator()(Duration& value) { value = Duration(static_cast<std::int64_t>(in.u64())); }
    void operator()(Value& value) { value = read_value(in); }
    void operator()(std::vector<std::string>& texts) {
        const std::size_t count = in.count(1);
        for (std::size_t i = 0; i < count; ++i) texts.push_back(in.text());
    }
};

template <std::size_t kAt = 0>
JournalRecord read_kind(std::size_t kind, ByteReader& reader) {
    if constexpr (kAt < std::variant_size_v<JournalRecord>) {
        if (kind != kAt) return read_kind<kAt + 1>(kind, reader);
        std::variant_alternative_t<kAt, JournalRecord> record;
        FieldReader io{reader};
        fields(io, record);
        return record;
    } else {
        throw Error(ErrorCode::Corrupt, fmt::format("a journal record of the unknown kind {}", kind + 1));
    }
}

}  // namespace

Bytes encode_record(const JournalRecord& record) {
    ByteWriter writer;
    writer.u8(static_cast<std::uint8_t>(record.index() + 1));
    FieldWriter io{writer};
    JournalRecord copy = record;   // The functions above take what they could also fill.
    std::visit([&](auto& one) { fields(io, one); }, copy);
    return writer.take();
}

JournalRecord decode_record(ByteView payload) {
    ByteReader reader(payload, "journal record");
    const std::uint8_t kind = reader.u8();
    if (kind == 0) throw Error(ErrorCode::Corrupt, "a journal record without a kind");
    JournalRecord record = read_kind(kind - 1u, reader);
    reader.expect_done();
    return record;
}

}  // namespace holdfast
