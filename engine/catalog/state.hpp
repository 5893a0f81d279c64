// What the parts of the catalog share. Private to this folder.
#pragma once

#include <mutex>

#include "engine/base/error.hpp"

#include "engine/catalog/catalog.hpp"
#include "engine/sqlite/connection.hpp"
#include "engine/sqlite/transaction.hpp"

namespace holdfast {

// One connection for all threads, one at a time: the catalog is asked a few times per backup, not per page.
struct Catalog::State {
    std::mutex mutex;
    Connection database;
    const Clock& clock;
    fs::path head;              // audit.head

    std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex); }
};

inline std::optional<Instant> instant_or_none(const std::optional<std::int64_t>& millis) {
    return millis ? std::optional(from_millis(*millis)) : std::nullopt;
}
inline std::optional<std::int64_t> millis_or_none(const std::optional<Instant>& at) {
    return at ? std::optional(to_millis(*at)) : std::nullopt;
}

// When this catalog was made.
Instant watching_since_in(Connection& database);

// Enumerations stand in the catalog under their names. Throws Corrupt for a name that `Enum` does not have.
template <typename Enum>
Enum enum_named(std::string_view name, Enum last) {
    for (int value = 0; value <= static_cast<int>(last); ++value) {
        if (name_of(static_cast<Enum>(value)) == name) return static_cast<Enum>(value);
    }
    throw Error(ErrorCode::Corrupt, "the catalog holds the unknown word \"" + std::string(name) + "\"",
                "Has a newer version written to it? Otherwise move catalog.db aside and run `runbook catalog rebuild`.");
}

}  // namespace holdfast
