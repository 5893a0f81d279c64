// index/<id>: which packs there are and what is in them, so that nobody has to read their footers; and
// moved/<id>: where the chunks of repacked packs went, so that points never need rewriting.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "engine/repository/pack_format.hpp"
#include "engine/repository/piece_cipher.hpp"
#include "engine/storage/store.hpp"

namespace holdfast {

// Writes one new index object and returns its name.
std::string put_index(Store& store, const ObjectSealing& sealing, const std::vector<PackContents>& packs);

// Reads every index object; a pack may be visited more than once. An object that goes while it is listed was
// merged into a newer one, which is read then. Returns the names that were read. `on_damage` is told of an object that does not open
// (which is then skipped); without it that is an Error.
using OnDamagedIndex = std::function<void(const std::string& object, const std::string& what)>;
std::set<std::string> read_indexes(Store& store, const ObjectSealing& sealing, const std::function<void(const PackContents&)>& visit,
                                   const OnDamagedIndex& on_damage = {});

Bytes encode_index(const std::vector<PackContents>& packs);
void decode_index(ByteView plain, const std::function<void(const PackContents&)>& visit);

// Some consecutive entries of a pack that were copied into another one, where they are consecutive too.
struct MovedRun {
    std::uint32_t first = 0, count = 0;
    PackId pack;
    KeyId owner;
    std::uint32_t new_first = 0;
    bool operator==(const MovedRun&) const = default;
};

// Old pack → its moved runs, sorted by entry, not overlapping.
class Relocations {
public:
    void add(const PackId& from, const MovedRun& run);
    bool has(const PackId& from) const { return runs_.contains(from); }
    bool empty() const { return runs_.empty(); }
    struct Target {
        PackId pack;
        KeyId owner;
        std::uint32_t entry = 0;
        bool operator==(const Target&) const = default;
    };
    // Follows moves of moves to the end; nothing where the entry was not moved.
    std::optional<Target> find(const PackId& from, std::uint32_t entry) const;
    const std::map<PackId, std::vector<MovedRun>>& all() const { return runs_; }
    // The same with runs that continue each other made one.
    Relocations melted() const;

private:
    std::optional<Target> find_once(const PackId& from, std::uint32_t entry) const;
    std::map<PackId, std::vector<MovedRun>> runs_;
};

std::string put_relocations(Store& store, const ObjectSealing& sealing, const Relocations& moves);
// `names` is given the names that were read; damage as in read_indexes().
Relocations read_relocations(Store& store, const ObjectSealing& sealing, std::set<std::string>* names = nullptr, const OnDamagedIndex& on_damage = {});
Bytes encode_relocations(const Relocations& moves);
void decode_relocations(ByteView plain, Relocations& into);

}  // namespace holdfast
