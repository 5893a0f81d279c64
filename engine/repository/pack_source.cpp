#include "engine/repository/pack_source.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kOpenPacksMax = 256;
constexpr std::uint64_t kLastReadBytes = 64u << 10;   // Holds trailer and footer of most packs.
constexpr std::uint64_t kNearBytes = 2u << 20;        // Fetched at a time, over gaps of at most …
constexpr std::uint64_t kGapBytes = 256u << 10;

[[noreturn]] void throw_unknown_kind(const PackView& pack) {
    throw Error(ErrorCode::Unavailable, fmt::format("pack {} holds chunks that this version cannot read", pack.id.text()),
                "Use the newest version of runbook for this repository.");
}

}  // namespace

PackPointer PackSource::open(const PackId& id, const KeyId& owner, const Secret* key) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = open_.find(id); found != open_.end()) return found->second;
    }
    auto own_key = key != nullptr ? std::optional(key->clone()) : keys_.pack_key(owner, id);
    if (!own_key) {
        throw Error(ErrorCode::CannotRecover, fmt::format("pack {} belongs to a database whose data key is gone", id.text()));
    }
    PackPointer view = read_footer(id, owner, std::move(*own_key));
    const std::lock_guard lock(mutex_);
    if (open_.size() >= kOpenPacksMax) open_.clear();
    return open_.emplace(id, std::move(view)).first->second;
}

std::shared_ptr<PackView> PackSource::read_footer(const PackId& id, const KeyId& owner, Secret key) {
    const std::string object = pack_object(id);
    const auto facts = store_.look_at(object);
    if (!facts) throw Error(ErrorCode::Missing, fmt::format("pack {} is not in the repository", id.text()));
    auto view = std::make_shared<PackView>();
    view->id = id;
    view->owner = owner;
    view->key = std::move(key);
    view->header = encode_pack_header(keys_.suite(), id, owner);
    view->bytes = facts->bytes;
    try {
        if (facts->bytes < kPackHeaderBytes + kPackTrailerBytes) throw Error(ErrorCode::Corrupt, "a pack that is cut short");
        Bytes last(std::min(kLastReadBytes, facts->bytes));
        store_.get_range(object, facts->bytes - last.size(), last);
        const std::uint32_t footer_bytes = decode_pack_trailer(ByteView(last).last(kPackTrailerBytes), facts->bytes);
        if (const std::size_t needed = footer_bytes + kPackTrailerBytes; needed > last.size()) {
            last.resize(needed);
            store_.get_range(object, facts->bytes - needed, last);
        }
        const ByteView sealed = ByteView(last).last(footer_bytes + kPackTrailerBytes).first(footer_bytes);
        // The header is not read for this: what it must be is known, and the footer is bound to it.
        const auto footer = PieceCipher(keys_.suite(), view->key).open(kFooterNonce, view->header, sealed);
        if (!footer) throw Error(ErrorCode::Corrupt, "its footer does not authenticate");
        view->entries = decode_pack_footer(*footer, facts->bytes - kPackTrailerBytes - footer_bytes);
    } catch (const Error& error) {
        if (error.code != ErrorCode::Corrupt) throw;
        view->footer_damage = error.message;
        const std::lock_guard lock(mutex_);
        const std::vector<PackEntry>* known = entries_by_index(id);
        if (known == nullptr) throw Error(ErrorCode::Corrupt, fmt::format("pack {} is damaged: {}", id.text(), error.message));
        view->entries = *known;
    }
    return view;
}

// Requires: mutex_.
const std::vector<PackEntry>* PackSource::entries_by_index(const PackId& id) {
    if (!index_) {
        index_.emplace();
        read_indexes(store_, keys_.sealing(), [&](const PackContents& pack) { index_->try_emplace(pack.id, pack.entries); },
                     [](const std::string&, const std::string&) {});
    }
    const auto found = index_->find(id);
    return found == index_->end() ? nullptr : &found->second;
}

void PackSource::fetch(const PackView& pack, std::uint64_t offset, std::span<std::byte> out) {
    store_.get_range(pack_object(pack.id), offset, out);
    fetched_bytes_ += out.size();
}

const PackEntry& PackSource::entry_of(const PackView& pack, std::uint32_t entry) {
    if (entry >= pack.entries.size()) throw Error(ErrorCode::Corrupt, fmt::format("pack {} has no entry {}", pack.id.text(), entry));
    return pack.entries[entry];
}

void PackSource::open_chunk(const PackView& pack, std::uint32_t number, ByteView stored, ChunkTools& tools, std::span<std::byte> plain) {
    const PackEntry& entry = entry_of(pack, number);
    HOLDFAST_CHECK(plain.size() == entry.plain_bytes);
    if (entry.kind == EntryKind::PageDelta) {
        throw Error(ErrorCode::Corrupt, fmt::format("entry {} of pack {} holds page deltas where plain bytes should be", number, pack.id.text()));
    }
    if (entry.kind != EntryKind::Plain) throw_unknown_kind(pack);
    const std::size_t content_bytes = stored.size() - kSealOverheadBytes;
    const bool direct = entry.codec == Codec::None && content_bytes == plain.size();
    if (tools.opened.size() < content_bytes) tools.opened.resize(content_bytes);
    const std::span<std::byte> content = direct ? plain : std::span(tools.opened).first(content_bytes);
    open_piece(pack, number, stored, tools, content);
    if (!direct) tools.decompressor.decompress(entry.codec, content, plain);
}

Bytes PackSource::open_deltas(const PackView& pack, std::uint32_t number, ByteView stored, ChunkTools& tools) {
    const PackEntry& entry = entry_of(pack, number);
    if (entry.kind == EntryKind::Plain) {
        throw Error(ErrorCode::Corrupt, fmt::format("entry {} of pack {} holds plain bytes where page deltas should be", number, pack.id.text()));
    }
    if (entry.kind != EntryKind::PageDelta || entry.codec != Codec::None) throw_unknown_kind(pack);
    Bytes content(stored.size() - kSealOverheadBytes);
    open_piece(pack, number, stored, tools, content);
    return content;
}

void PackSource::open_piece(const PackView& pack, std::uint32_t number, ByteView stored, ChunkTools& tools, std::span<std::byte> content) {
    HOLDFAST_CHECK(stored.size() == entry_of(pack, number).stored_bytes);
    if (!tools.cipher || tools.cipher_of != pack.id) {
        tools.cipher.emplace(keys_.suite(), pack.key);
        tools.cipher_of = pack.id;
    }
    if (!tools.cipher->open(number, chunk_associated(pack.id, entry_of(pack, number).identity), stored, content)) {
        throw Error(ErrorCode::Corrupt, fmt::format("pack {} is damaged: entry {} does not authenticate", pack.id.text(), number),
                    "`runbook catalog verify` names everything that is damaged.");
    }
}

void PackSource::fetch_near(std::span<const Located> wanted, Bytes& fetched, const std::function<void(std::size_t, ByteView)>& visit) {
    for (std::size_t from = 0; from < wanted.size();) {
        const PackView& pack = *wanted[from].pack;
        const std::uint64_t offset = entry_of(pack, wanted[from].entry).offset;
        std::uint64_t end = offset;
        std::size_t to = from;
        for (; to < wanted.size() && wanted[to].pack->id == pack.id; ++to) {
            const PackEntry& entry = entry_of(pack, wanted[to].entry);
            const std::uint64_t entry_end = entry.offset + entry.stored_bytes;
            if (to > from && (entry.offset > end + kGapBytes || entry_end > offset + kNearBytes)) break;
            end = entry_end;
        }
        if (fetched.size() < end - offset) fetched.resize(end - offset);
        const std::span<std::byte> bytes = std::span(fetched).first(end - offset);
        fetch(pack, offset, bytes);
        for (; from < to; ++from) {
            const PackEntry& entry = pack.entries[wanted[from].entry];
            visit(from, bytes.subspan(entry.offset - offset, entry.stored_bytes));
        }
    }
}

std::shared_ptr<const Relocations> PackSource::relocations() {
    const std::lock_guard lock(mutex_);
    if (!relocations_) {
        // One that is damaged is told by what cannot be found without it; all else can still be read.
        relocations_ = std::make_shared<const Relocations>(
            read_relocations(store_, keys_.sealing(), nullptr, [](const std::string&, const std::string&) {}));
    }
    return relocations_;
}

PackSource::Located PackSource::locate(const NeededPack& pack, std::uint32_t entry) {
    for (bool asked_again = false;; asked_again = true) {
        try {
            if (const auto moved = relocations()->find(pack.id, entry)) {
                try {
                    return {open(moved->pack, moved->owner, nullptr), moved->entry};
                } catch (const Error& error) {
                    // The pack that it was moved from stays for a while.
                    if (error.code == ErrorCode::Unavailable || !store_.look_at(pack_object(pack.id))) throw;
                }
            }
            return {open(pack.id, pack.owner, pack.key ? &*pack.key : nullptr), entry};
        } catch (const Error& error) {
            // Repacked since the moves were read? Only once: then it is gone.
            if (error.code != ErrorCode::Missing || asked_again) throw;
            const std::lock_guard lock(mutex_);
            relocations_.reset();
        }
    }
}

}  // namespace holdfast
