#include "engine/compliance/rates.hpp"

#include <algorithm>
#include <bit>

namespace holdfast {
namespace {

// Newer ones count; more say no more.
constexpr std::size_t kCountedMax = 1000;

}  // namespace

Rates::Rates(std::span<const Measurement> measurements, const std::string& host) {
    for (const Measurement& one : measurements) {
        if (one.host != host || one.bytes == 0 || one.took <= Duration(0)) continue;
        const double seconds = static_cast<double>(one.took.count()) / 1000.0;
        groups_[{one.kind, one.engine, one.kind == WorkKind::Check ? "" : one.store.str()}].push_back({static_cast<double>(one.bytes) / seconds, one.bytes, one.at});
    }
    for (auto& [group, measured] : groups_) {
        std::ranges::stable_sort(measured, std::greater{}, &Measured::at);
        if (measured.size() > kCountedMax) measured.resize(kCountedMax);
    }
}

std::optional<Rate> Rates::of(WorkKind kind, EngineKind engine, const StoreName& store, std::uint64_t bytes) {
    const Group group{kind, engine, kind == WorkKind::Check ? "" : store.str()};
    const auto found = groups_.find(group);
    if (found == groups_.end()) return std::nullopt;
    const auto power = static_cast<int>(std::bit_width(bytes / 10));
    const auto [known, is_new] = known_.try_emplace({group, power}, std::nullopt);
    if (!is_new) return known->second;
    std::vector<Measured> counted;
    const std::uint64_t least = power == 0 ? 0 : std::uint64_t{1} << (power - 1);
    std::ranges::copy_if(found->second, std::back_inserter(counted), [&](const Measured& one) { return one.bytes >= least; });
    if (counted.empty()) counted = found->second;
    Rate rate;
    rate.measurements = counted.size();
    rate.newest = counted.front().at;
    rate.oldest = counted.back().at;
    std::ranges::sort(counted, {}, &Measured::rate);
    rate.slow = counted[(counted.size() - 1) / 10].rate;
    rate.usual = counted[(counted.size() - 1) / 2].rate;
    known->second = rate;
    return rate;
}

}  // namespace holdfast
