#include "engine/repository/delta_bases.hpp"

#include <algorithm>
#include <tuple>

#include "engine/base/error.hpp"
#include "engine/repository/layout.hpp"

namespace holdfast {
namespace {

bool comes_before(const DeltaBases::Chunk& chunk, const std::pair<std::uint32_t, std::uint32_t>& place) {
    return std::tie(chunk.pack, chunk.entry) < std::tie(place.first, place.second);
}

std::uint32_t read_number(ByteReader& reader, std::uint64_t below) {
    const std::uint64_t number = reader.varint();
    if (number >= below) throw Error(ErrorCode::Corrupt, "a recovery point whose deltas have bases that are nowhere");
    return static_cast<std::uint32_t>(number);
}

}  // namespace

void DeltaBases::add(std::uint32_t pack, std::uint32_t entry, std::span<const BaseRun> bases) {
    chunks_.push_back({pack, entry, runs_.size(), bases.size()});
    runs_.insert(runs_.end(), bases.begin(), bases.end());
}

void DeltaBases::sort() {
    const auto place = [](const Chunk& chunk) { return std::pair(chunk.pack, chunk.entry); };
    std::ranges::stable_sort(chunks_, {}, place);
    const auto same_place = [&](const Chunk& a, const Chunk& b) { return place(a) == place(b); };
    chunks_.erase(std::unique(chunks_.begin(), chunks_.end(), same_place), chunks_.end());
}

std::span<const BaseRun> DeltaBases::of(std::uint32_t pack, std::uint32_t entry) const {
    const auto at = std::lower_bound(chunks_.begin(), chunks_.end(), std::pair{pack, entry}, comes_before);
    if (at == chunks_.end() || at->pack != pack || at->entry != entry) return {};
    return bases(*at);
}

std::vector<BaseRun> base_runs(std::vector<std::pair<std::uint32_t, std::uint32_t>> places) {
    std::ranges::sort(places);
    std::vector<BaseRun> runs;
    for (const auto& [pack, entry] : places) {
        if (!runs.empty() && runs.back().pack == pack) {
            BaseRun& last = runs.back();
            if (entry < last.first + last.count) continue;
            if (entry == last.first + last.count) {
                ++last.count;
                continue;
            }
        }
        runs.push_back({pack, entry, 1});
    }
    return runs;
}

void write_delta_bases(ByteWriter& writer, const DeltaBases& bases) {
    writer.varint(bases.chunks().size());
    for (const DeltaBases::Chunk& chunk : bases.chunks()) {
        writer.varint(chunk.pack);
        writer.varint(chunk.entry);
        writer.varint(chunk.runs);
        for (const BaseRun& run : bases.bases(chunk)) {
            writer.varint(run.pack);
            writer.varint(run.first);
            writer.varint(run.count);
        }
    }
}

DeltaBases read_delta_bases(ByteReader& reader, std::size_t packs) {
    DeltaBases bases;
    std::vector<BaseRun> runs;
    for (std::size_t left = reader.count(6); left > 0; --left) {
        const std::uint32_t pack = read_number(reader, packs);
        const std::uint32_t entry = read_number(reader, kPackEntriesMax);
        if (!bases.empty() && !comes_before(bases.chunks().back(), {pack, entry})) {
            throw Error(ErrorCode::Corrupt, "a recovery point whose deltas are out of order");
        }
        runs.clear();
        for (std::size_t runs_left = reader.count(3); runs_left > 0; --runs_left) {
            BaseRun run;
            run.pack = read_number(reader, packs);
            run.first = read_number(reader, kPackEntriesMax);
            run.count = read_number(reader, kPackEntriesMax - run.first + 1);
            if (run.count == 0) throw Error(ErrorCode::Corrupt, "a recovery point whose deltas have no base");
            runs.push_back(run);
        }
        if (runs.empty()) throw Error(ErrorCode::Corrupt, "a recovery point whose deltas have no base");
        bases.add(pack, entry, runs);
    }
    return bases;
}

}  // namespace holdfast
