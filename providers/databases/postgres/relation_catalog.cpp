#include "providers/databases/postgres/relation_catalog.hpp"

#include <algorithm>
#include <charconv>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "providers/databases/postgres/connection.hpp"

namespace holdfast {
namespace {

constexpr std::uint32_t kRelations = 1259, kDatabases = 1262, kSchemas = 2615;   // Of the catalogs themselves; files that were never rewritten are called so.
constexpr std::size_t kPage = 8192, kPageHeader = 24, kLinePointer = 4, kLowerAt = 12, kTupleHeader = 23, kNameBytes = 64;
constexpr std::size_t kFileBytesMost = 512u << 20;                               // Of one catalog.
constexpr std::uint32_t kMapMagic = 0x592717;
constexpr std::size_t kMapBytesMost = 4096, kMapEntriesMost = 64;

// pg_class: name, schema, and what follows; one field more since 18.
constexpr std::size_t kOidAt = 0, kNameAt = 4, kSchemaAt = 68, kFilesAt = 88, kToastAt = 108, kKindAt = 115, kMoreSince18 = 4, kLeastBytes = 120;

std::uint32_t u32_at(ByteView bytes, std::size_t at) { return ByteReader(bytes.subspan(at, 4)).u32(); }

std::string name_at(ByteView bytes, std::size_t at) {
    const std::string_view text = as_text(bytes.subspan(at, kNameBytes));
    return std::string(text.substr(0, text.find('\0')));
}

class Catalogs {
public:
    explicit Catalogs(StateFiles& files) : files_(files), version_(version()) {}

    RelationNames names() {
        RelationNames names;
        std::map<std::uint32_t, std::string> databases;
        each_row("global/", mapped("global/", kDatabases), [&](ByteView row) {
            if (row.size() >= kNameAt + kNameBytes) databases[u32_at(row, kOidAt)] = name_at(row, kNameAt);
        });
        for (const auto& [oid, name] : databases) add_database(oid, name, names);
        return names;
    }

private:
    struct Relation {
        RelationName name;
        std::uint32_t oid = 0, schema = 0, toast = 0;
    };

    void add_database(std::uint32_t oid, const std::string& name, RelationNames& names) {
        const std::string folder = fmt::format("base/{}/", oid);
        std::map<std::uint32_t, Relation> relations;   // By their files.
        const std::size_t more = version_ >= 18 ? kMoreSince18 : 0;
        each_row(folder, mapped(folder, kRelations), [&](ByteView row) {
            if (row.size() < kLeastBytes + more) return;
            Relation relation{.name = {.database = name, .schema = {}, .name = name_at(row, kNameAt), .kind = static_cast<char>(row[kKindAt + more]), .of = {}},
                              .oid = u32_at(row, kOidAt), .schema = u32_at(row, kSchemaAt), .toast = u32_at(row, kToastAt + more)};
            if (const std::uint32_t files = u32_at(row, kFilesAt); files != 0) relations[files] = std::move(relation);
        });
        std::map<std::uint32_t, std::string> schemas;
        std::uint32_t schema_files = kSchemas;
        std::map<std::uint32_t, std::string> owners;   // TOAST tables' by their numbers.
        for (const auto& [files, relation] : relations) {
            if (relation.oid == kSchemas) schema_files = files;
            if (relation.toast != 0) owners[relation.toast] = relation.name.name;
        }
        each_row(folder, schema_files, [&](ByteView row) {
            if (row.size() >= kNameAt + kNameBytes) schemas[u32_at(row, kOidAt)] = name_at(row, kNameAt);
        });
        for (auto& [files, relation] : relations) {
            if (const auto schema = schemas.find(relation.schema); schema != schemas.end()) relation.name.schema = schema->second;
            if (const auto owner = owners.find(relation.oid); owner != owners.end()) relation.name.of = owner->second;
            names[{oid, files}] = std::move(relation.name);
        }
        // The catalog itself stands in a map instead.
        names[{oid, mapped(folder, kRelations)}] = {.database = name, .schema = "pg_catalog", .name = "pg_class", .kind = 'r', .of = {}};
    }

    int version() {
        const auto bytes = read("PG_VERSION", 16);
        int major = 0;
        if (bytes) std::from_chars(as_text(*bytes).data(), as_text(*bytes).data() + bytes->size(), major);
        return major;
    }

    std::optional<Bytes> read(const std::string& name, std::size_t most) {
        const auto file = std::ranges::find(files_.files(), name, &ImageFile::name);
        if (file == files_.files().end()) return std::nullopt;
        Bytes bytes(std::min<std::uint64_t>(file->bytes, most));
        files_.read_at(name, 0, bytes);
        return bytes;
    }

    // The files of a catalog that stands in pg_filenode.map; its number where that cannot be read.
    std::uint32_t mapped(const std::string& folder, std::uint32_t oid) {
        const auto bytes = read(folder + "pg_filenode.map", kMapBytesMost);
        if (!bytes || bytes->size() < 8 || u32_at(*bytes, 0) != kMapMagic) return oid;
        const std::size_t count = std::min<std::size_t>(u32_at(*bytes, 4), kMapEntriesMost);
        for (std::size_t i = 0; i < count && 16 + i * 8 <= bytes->size(); ++i) {
            if (u32_at(*bytes, 8 + i * 8) == oid) return u32_at(*bytes, 12 + i * 8);
        }
        return oid;
    }

    void each_row(const std::string& folder, std::uint32_t files, const std::function<void(ByteView)>& visit) {
        const std::string name = folder + std::to_string(files);
        const auto file = std::ranges::find(files_.files(), name, &ImageFile::name);
        if (file == files_.files().end()) return;
        Bytes page(kPage);
        for (std::uint64_t at = 0; at + kPage <= std::min<std::uint64_t>(file->bytes, kFileBytesMost); at += kPage) {
            files_.read_at(name, at, page);
            rows_of(page, visit);
        }
    }

    // Rows that are there, and deleted ones that nobody has cleaned away yet, in the order of their line pointers.
    static void rows_of(ByteView page, const std::function<void(ByteView)>& visit) {
        const std::size_t lower = ByteReader(page.subspan(kLowerAt, 2)).u16();
        if (lower > kPage) return;
        for (std::size_t at = kPageHeader; at + kLinePointer <= lower; at += kLinePointer) {
            const std::uint32_t pointer = u32_at(page, at);
            const std::size_t offset = pointer & 0x7fff, length = pointer >> 17;
            const bool is_normal = ((pointer >> 15) & 3) == 1;
            if (!is_normal || length <= kTupleHeader || offset + length > kPage) continue;
            const ByteView tuple = page.subspan(offset, length);
            const std::size_t begins = static_cast<std::size_t>(tuple[22]);
            if (begins >= kTupleHeader && begins < length) visit(tuple.subspan(begins));
        }
    }

    StateFiles& files_;
    int version_;
};

constexpr const char* kNamesQuery =
    "SELECT (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()), pg_catalog.pg_relation_filenode(c.oid), n.nspname, c.relname, c.relkind, "
    "coalesce((SELECT t.relname FROM pg_catalog.pg_class t WHERE t.reltoastrelid = c.oid AND c.relkind = 't'), '') "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE pg_catalog.pg_relation_filenode(c.oid) IS NOT NULL";

void add_names(PostgresConnection& connection, RelationNames& names) {
    const PostgresResult found = connection.execute(kNamesQuery);
    for (std::size_t row = 0; row < found.rows(); ++row) {
        const auto database = static_cast<std::uint32_t>(found.integer(row, 0)), files = static_cast<std::uint32_t>(found.integer(row, 1));
        const std::string_view kind = found.text(row, 4);
        names[{database, files}] = {.database = connection.database(), .schema = std::string(found.text(row, 2)), .name = std::string(found.text(row, 3)),
                                    .kind = kind.empty() ? 'r' : kind.front(), .of = std::string(found.text(row, 5))};
    }
}

}  // namespace

RelationNames relation_names_in(StateFiles& files) { return Catalogs(files).names(); }

RelationNames relation_names_of(const ConnectionWords& words, const CancelToken& cancel) {
    RelationNames names;
    PostgresConnection first = PostgresConnection::open(words, {}, cancel);
    const PostgresResult databases = first.execute("SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1");
    for (std::size_t row = 0; row < databases.rows(); ++row) {
        try {
            PostgresConnection connection = PostgresConnection::open(words, {.database = std::string(databases.text(row, 0))}, cancel);
            add_names(connection, names);
        } catch (const PostgresError&) {
            continue;   // One that lets nobody in: its relations keep their numbers.
        }
    }
    return names;
}

}  // namespace holdfast
