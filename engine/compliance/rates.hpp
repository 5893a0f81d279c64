// How fast this installation has restored, replayed and checked, from its own measurements.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/model/measurement.hpp"

namespace holdfast {

// Bytes per second.
struct Rate {
    double slow = 0;                 // The 10th percentile: nine of ten were faster. Of up to ten measurements the slowest.
    double usual = 0;                // The median.
    std::size_t measurements = 0;
    Instant oldest, newest;
};

// Measurements of one host by kind of work, engine and store. Not safe from several threads.
class Rates {
public:
    Rates(std::span<const Measurement> measurements, const std::string& host);

    // Of work on at least a tenth of `bytes`, where there is any such, since small work is mostly overhead; else of all. Checks are
    // the same wherever the bytes came from. Nothing where nothing was measured.
    std::optional<Rate> of(WorkKind kind, EngineKind engine, const StoreName& store, std::uint64_t bytes);

private:
    struct Group {
        WorkKind kind;
        EngineKind engine;
        std::string store;
        auto operator<=>(const Group&) const = default;
    };
    struct Measured {
        double rate = 0;
        std::uint64_t bytes = 0;
        Instant at;
    };
    std::map<Group, std::vector<Measured>> groups_;
    std::map<std::pair<Group, int>, std::optional<Rate>> known_;   // By the power of two of the size.
};

}  // namespace holdfast
