#include "engine/repository/layout.hpp"

#include "engine/base/error.hpp"
#include "engine/crypto/keys.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kDatabaseNameBytesMax = 100;

bool stands_for_itself(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

template <typename Id>
Id id_from_bytes(ByteView bytes) {
    Id id;
    if (bytes.size() != id.bytes.size()) throw Error(ErrorCode::Corrupt, "an id that is not 16 bytes long");
    std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
    return id;
}

template <typename Id>
Id random_id() {
    return id_from_bytes<Id>(random_bytes(16));
}

template <typename Id>
std::optional<Id> parse_id(std::string_view text) {
    const auto bytes = from_hex(text);
    if (!bytes || bytes->size() != 16) return std::nullopt;
    const Id id = id_from_bytes<Id>(*bytes);
    if (id.text() != text) return std::nullopt;   // Upper case: one id has one name.
    return id;
}

template PackId id_from_bytes<PackId>(ByteView);
template KeyId id_from_bytes<KeyId>(ByteView);
template PackId random_id<PackId>();
template KeyId random_id<KeyId>();
template std::optional<PackId> parse_id<PackId>(std::string_view);
template std::optional<KeyId> parse_id<KeyId>(std::string_view);

std::string pack_object(const PackId& pack) {
    const std::string text = pack.text();
    return std::string(kPacksPrefix) + text.substr(0, 2) + "/" + text;
}

std::string mark_object(const PackId& pack) { return std::string(kMarksPrefix) + pack.text(); }
std::string damage_object(const PackId& pack) { return std::string(kDamagedPrefix) + pack.text(); }

std::string points_prefix(const DatabaseName& database) {
    return std::string(kPointsPrefix) + escape_database(database) + "/";
}

std::string point_object(const DatabaseName& database, const PointId& point) { return points_prefix(database) + point.str(); }

std::string pins_prefix(const DatabaseName& database) { return std::string(kPinsPrefix) + escape_database(database) + "/"; }
std::string pin_object(const PointName& point) { return pins_prefix(point.database) + point.id.str(); }

std::string data_key_object(const DatabaseName& database, const KeyId& key) {
    return std::string(kDataKeysPrefix) + escape_database(database) + "/" + key.text();
}

std::string escape_database(const DatabaseName& database) {
    if (database.empty() || database.str().size() > kDatabaseNameBytesMax) {
        throw Error(ErrorCode::Usage, "a database's name must have 1 to 100 bytes");
    }
    std::string text;
    for (const char c : database.str()) {
        if (stands_for_itself(c)) {
            text += c;
        } else {
            const auto byte = static_cast<std::byte>(c);
            text += "." + to_hex(ByteView(&byte, 1));
        }
    }
    return text;
}

std::optional<DatabaseName> unescape_database(std::string_view text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (stands_for_itself(text[i])) {
            name += text[i];
            continue;
        }
        const auto byte = text[i] == '.' ? from_hex(text.substr(i + 1, 2)) : std::nullopt;
        if (!byte || byte->size() != 1) return std::nullopt;
        name += static_cast<char>((*byte)[0]);
        i += 2;
    }
    if (name.empty() || name.size() > kDatabaseNameBytesMax) return std::nullopt;
    DatabaseName database(name);
    if (escape_database(database) != text) return std::nullopt;   // One database has one folder.
    return database;
}

std::string_view last_part(std::string_view object) {
    const auto slash = object.rfind('/');
    return slash == std::string_view::npos ? object : object.substr(slash + 1);
}

std::optional<PackId> pack_of_object(std::string_view object) { return parse_id<PackId>(last_part(object)); }

std::optional<PointName> point_of_object(std::string_view object, std::string_view prefix) {
    if (!object.starts_with(prefix)) return std::nullopt;
    object.remove_prefix(prefix.size());
    const auto slash = object.find('/');
    if (slash == std::string_view::npos || slash + 1 == object.size()) return std::nullopt;
    const auto database = unescape_database(object.substr(0, slash));
    if (!database || object.find('/', slash + 1) != std::string_view::npos) return std::nullopt;
    return PointName{*database, PointId(std::string(object.substr(slash + 1)))};
}

}  // namespace holdfast
