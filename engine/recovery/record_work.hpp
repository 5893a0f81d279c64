// Writes down what a piece of work moved and how long it took: recovery times are predicted from it.
#pragma once

#include "engine/recovery/installation.hpp"

namespace holdfast {

struct Work {
    WorkKind kind = WorkKind::Restore;
    DatabaseName database;
    EngineKind engine = EngineKind::Sqlite;
    StoreName store;
    std::uint64_t bytes = 0;
};

// `began`: what the steady clock showed then. Work that moved nothing says nothing. Never throws: what cannot be written down is a warning,
// and what was done stays done.
void record_work(const Installation& installation, const Work& work, Duration began) noexcept;

// SHA-256 of the point's object in the store, hex: whoever has the store can hold what is said of the point against it. Empty where the
// object cannot be read.
std::string digest_of_point(const Installation& installation, const StoreName& store, const DatabaseName& database, const PointId& point);

// What a copy takes on disk: a file, or all in a folder. 0 where that cannot be told.
std::uint64_t bytes_at(const Place& place);

}  // namespace holdfast
