// The repository's constants and object names, and nothing else. FORMAT.md says what they mean.
#pragma once

#include <array>
#include <compare>
#include <cstring>
#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/model/ids.hpp"

namespace holdfast {

inline constexpr std::uint16_t kFormatVersion = 1;

// Sixteen random bytes that name a pack or a data key. Text: 32 hex digits.
template <typename Tag>
struct Id16 {
    std::array<std::byte, 16> bytes{};
    auto operator<=>(const Id16&) const = default;
    bool operator==(const Id16&) const = default;
    std::string text() const { return to_hex(bytes); }
};
using PackId = Id16<struct PackIdTag>;
using KeyId = Id16<struct KeyIdTag>;

struct Id16Hash {
    template <typename Tag>
    std::size_t operator()(const Id16<Tag>& id) const noexcept {
        std::size_t value = 0;
        std::memcpy(&value, id.bytes.data(), sizeof(value));
        return value;
    }
};

// Throws Error{Corrupt} where there are not 16 bytes or 32 hex digits.
template <typename Id>
Id id_from_bytes(ByteView bytes);
template <typename Id>
Id random_id();
// Nothing where it is not 32 hex digits.
template <typename Id>
std::optional<Id> parse_id(std::string_view text);

// How pieces are protected: sealed, or (`encryption: none`) only checksummed.
enum class Suite : std::uint8_t { Aes256Gcm = 1, Checksum = 2 };

enum class Codec : std::uint8_t { None = 0, Gzip = 1, Zstd = 2 };

// Magic: six characters, then the version of that object's layout as u16.
inline constexpr std::string_view kPackMagic{"HFPACK", 6};
inline constexpr std::string_view kPackEndMagic{"HFPEND", 6};
inline constexpr std::string_view kPointMagic{"HFPONT", 6};
inline constexpr std::string_view kIndexMagic{"HFINDX", 6};
inline constexpr std::string_view kMovedMagic{"HFMOVE", 6};
inline constexpr std::string_view kLeaseMagic{"HFLEAS", 6};
inline constexpr std::string_view kMarkMagic{"HFMARK", 6};
inline constexpr std::string_view kPinMagic{"HFPINS", 6};
inline constexpr std::string_view kDestroyedMagic{"HFGONE", 6};
inline constexpr std::string_view kKeyMagic{"HFMKEY", 6};
inline constexpr std::string_view kDataKeyMagic{"HFDKEY", 6};
inline constexpr std::string_view kFingerprintMagic{"HFFING", 6};

inline constexpr std::size_t kPackHeaderBytes = 64;
inline constexpr std::size_t kPackTrailerBytes = 16;
inline constexpr std::uint64_t kFooterNonce = ~std::uint64_t{0};
inline constexpr std::uint32_t kPackEntriesMax = 1u << 20;
inline constexpr std::uint64_t kPackFooterBytesMax = 96u << 20;
inline constexpr std::size_t kPointHeaderBytes = 64;
inline constexpr std::uint64_t kManifestBytesMax = 256u << 20;
inline constexpr std::uint64_t kMapBytesMax = 1u << 30;
inline constexpr std::uint64_t kSmallObjectBytesMax = 1u << 20;
inline constexpr std::uint64_t kIndexBytesMax = 512u << 20;
inline constexpr std::uint64_t kChunkBytesMax = 4u << 20;

inline constexpr std::string_view kSettingsObject = "repository.json";
inline constexpr std::string_view kKeysPrefix = "keys/";
inline constexpr std::string_view kDataKeysPrefix = "data-keys/";
inline constexpr std::string_view kDestroyedPrefix = "destroyed/";
inline constexpr std::string_view kPacksPrefix = "packs/";
inline constexpr std::string_view kIndexPrefix = "index/";
inline constexpr std::string_view kMovedPrefix = "moved/";
inline constexpr std::string_view kPointsPrefix = "points/";
inline constexpr std::string_view kPinsPrefix = "pins/";
inline constexpr std::string_view kLocksPrefix = "locks/";
inline constexpr std::string_view kMarksPrefix = "marks/";
inline constexpr std::string_view kDamagedPrefix = "damaged/";

struct PointName {
    DatabaseName database;
    PointId id;
    auto operator<=>(const PointName&) const = default;
};

std::string pack_object(const PackId& pack);
std::string mark_object(const PackId& pack);
std::string damage_object(const PackId& pack);
// "points/<database>/": the database's name with every byte that is not a letter, digit, '_' or '-' as '.' and two hex digits.
std::string points_prefix(const DatabaseName& database);
std::string point_object(const DatabaseName& database, const PointId& point);
std::string pins_prefix(const DatabaseName& database);
std::string pin_object(const PointName& point);
std::string data_key_object(const DatabaseName& database, const KeyId& key);

std::string escape_database(const DatabaseName& database);
std::optional<DatabaseName> unescape_database(std::string_view text);
// The part after the last '/'.
std::string_view last_part(std::string_view object);
std::optional<PackId> pack_of_object(std::string_view object);   // Of packs/… and marks/….
// `prefix`: kPointsPrefix or kPinsPrefix, which hold objects of the same names.
std::optional<PointName> point_of_object(std::string_view object, std::string_view prefix = kPointsPrefix);

}  // namespace holdfast
