#include "engine/repository/page_assembly.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"

namespace holdfast {
namespace {

[[noreturn]] void fail_beyond() { throw Error(ErrorCode::Corrupt, "a recovery point that points beyond the end of a chunk"); }

auto name_of(const PackSource::Located& at) { return std::tie(at.pack->id, at.entry); }

}  // namespace

void PageAssembly::assemble(std::uint64_t first, std::span<std::byte> out) {
    const std::uint64_t count = out.size() / origin_.page_bytes;
    HOLDFAST_CHECK(out.size() % origin_.page_bytes == 0 && first + count <= origin_.pages());
    out_ = out;
    uses_.clear();
    delta_runs_.clear();
    frames_.clear();
    patched_.clear();
    if (origin_.patches != nullptr) lay_patches(first, count);
    const std::uint64_t in_map = std::min(first + count, std::max(first, origin_.map->pages())) - first;
    origin_.map->each_in(first, in_map, [&](const MapRun& run) { list_run(run, first); });
    for (std::uint64_t page = in_map; page < count; ++page) {
        if (!is_patched(page)) std::ranges::fill(page_at(page), std::byte{0});
    }
    list_deltas(first);
    use_chunks();
}

void PageAssembly::lay_patches(std::uint64_t first, std::uint64_t count) {
    patched_.assign(count, 0);
    origin_.patches->each_in(first, count, [&](const PagePatch& patch) {
        HOLDFAST_CHECK(patch.page >= first && patch.page - first < count);
        take_patch(patch, patch.page - first);
        patched_[patch.page - first] = 1;
    });
}

void PageAssembly::take_patch(const PagePatch& patch, std::uint64_t target) {
    switch (patch.coding) {
    case PagePatch::Coding::Zero:
        std::ranges::fill(page_at(target), std::byte{0});
        return;
    case PagePatch::Coding::Own:
        tools_.decompressor.decompress(patch.codec, patch.frame, page_at(target));
        return;
    case PagePatch::Coding::Delta:
        if (patch.root.pack == nullptr) throw Error(ErrorCode::Corrupt, "a page delta against a page that is stored nowhere");
        add_delta(*patch.root.pack, patch.root.address, target, patch.frame);
        return;
    }
    HOLDFAST_CHECK(false);
}

// What a run of the map gives, but for the pages that are patched.
void PageAssembly::list_run(const MapRun& run, std::uint64_t first) {
    for (std::uint64_t done = 0; done < run.count;) {
        if (is_patched(run.first + done - first)) {
            ++done;
            continue;
        }
        std::uint64_t stop = done + 1;
        while (stop < run.count && !is_patched(run.first + stop - first)) ++stop;
        MapRun part = run;
        part.first += done;
        part.address += done;
        part.count = stop - done;
        list_plain(part, first);
        done = stop;
    }
}

void PageAssembly::list_plain(const MapRun& run, std::uint64_t first) {
    if (run.kind == MapRun::Kind::Zero) {
        const std::span<std::byte> pages = out_.subspan((run.first - first) * origin_.page_bytes, run.count * origin_.page_bytes);
        std::ranges::fill(pages, std::byte{0});
        return;
    }
    const PointMap& point = origin_.chunks->map();
    for (std::uint64_t done = 0; done < run.count;) {
        MapRun part = run;
        part.first += done;
        part.address += done;
        const auto entry = static_cast<std::uint32_t>(part.address / origin_.per_chunk);
        const std::uint64_t page = part.address % origin_.per_chunk;
        part.count = std::min(origin_.per_chunk - page, run.count - done);
        if (!point.bases.of(run.pack, entry).empty()) {
            delta_runs_.push_back(part);
        } else {
            uses_.push_back({.at = origin_.chunks->packs().locate(point.packs[run.pack], entry), .page = page, .pages = part.count, .target = part.first - first});
        }
        done += part.count;
    }
}

// Each chunk of deltas is opened once; what it says becomes uses of the chunks of its bases.
void PageAssembly::list_deltas(std::uint64_t first) {
    if (delta_runs_.empty()) return;
    PointChunks& chunks = *origin_.chunks;
    if (keeps_chunks_) {
        for (const MapRun& run : delta_runs_) {
            take_deltas(run, *chunks.deltas(run.pack, static_cast<std::uint32_t>(run.address / origin_.per_chunk)), first);
        }
        return;
    }
    std::vector<std::pair<PackSource::Located, const MapRun*>> runs;
    for (const MapRun& run : delta_runs_) {
        runs.emplace_back(chunks.packs().locate(chunks.map().packs[run.pack], static_cast<std::uint32_t>(run.address / origin_.per_chunk)), &run);
    }
    std::ranges::stable_sort(runs, [](const auto& a, const auto& b) { return name_of(a.first) < name_of(b.first); });
    std::vector<PackSource::Located> wanted;
    std::vector<std::size_t> begins;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (!wanted.empty() && name_of(wanted.back()) == name_of(runs[i].first)) continue;
        wanted.push_back(runs[i].first);
        begins.push_back(i);
    }
    begins.push_back(runs.size());
    chunks.packs().fetch_near(wanted, fetched_, [&](std::size_t number, ByteView stored) {
        const PointChunks::Deltas deltas = chunks.open_deltas(wanted[number], stored, tools_);
        for (std::size_t i = begins[number]; i < begins[number + 1]; ++i) take_deltas(*runs[i].second, *deltas, first);
    });
}

void PageAssembly::take_deltas(const MapRun& run, const OpenedDeltas& deltas, std::uint64_t first) {
    const std::uint64_t page = run.address % origin_.per_chunk;
    if (page + run.count > deltas.chunk.pages.size()) fail_beyond();
    for (std::uint64_t i = 0; i < run.count; ++i) {
        const PageDelta& delta = deltas.chunk.pages[page + i];
        add_delta(*deltas.packs[delta.pack], delta.address, run.first + i - first, delta.frame);
    }
}

void PageAssembly::add_delta(const NeededPack& pack, std::uint64_t address, std::uint64_t target, ByteView frame) {
    if (frame.empty()) throw Error(ErrorCode::Corrupt, "a page delta that is empty");
    uses_.push_back({.at = origin_.chunks->packs().locate(pack, static_cast<std::uint32_t>(address / origin_.per_chunk)),
                     .page = address % origin_.per_chunk,
                     .target = target,
                     .frame = frames_.size(),
                     .frame_bytes = frame.size()});
    frames_.insert(frames_.end(), frame.begin(), frame.end());
}

void PageAssembly::use_chunks() {
    PackSource& packs = origin_.chunks->packs();
    std::ranges::sort(uses_, [](const Use& a, const Use& b) {
        return std::tie(a.at.pack->id, a.at.entry, a.target) < std::tie(b.at.pack->id, b.at.entry, b.target);
    });
    std::vector<PackSource::Located> wanted;
    std::vector<std::size_t> begins;
    for (std::size_t i = 0; i < uses_.size(); ++i) {
        if (!wanted.empty() && name_of(wanted.back()) == name_of(uses_[i].at)) continue;
        wanted.push_back(uses_[i].at);
        begins.push_back(i);
    }
    begins.push_back(uses_.size());
    const auto put_all = [&](std::size_t number, ByteView chunk) {
        for (std::size_t i = begins[number]; i < begins[number + 1]; ++i) put(uses_[i], chunk);
    };
    if (keeps_chunks_) {
        for (std::size_t i = 0; i < wanted.size(); ++i) put_all(i, *origin_.chunks->plain(wanted[i]));
        return;
    }
    packs.fetch_near(wanted, fetched_, [&](std::size_t number, ByteView stored) {
        const PackSource::Located& at = wanted[number];
        plain_.resize(at.pack->entries[at.entry].plain_bytes);
        packs.open_chunk(*at.pack, at.entry, stored, tools_, plain_);
        put_all(number, plain_);
    });
}

void PageAssembly::put(const Use& use, ByteView chunk) {
    const std::uint64_t page_bytes = origin_.page_bytes;
    if ((use.page + use.pages) * page_bytes > chunk.size()) fail_beyond();
    const ByteView pages = chunk.subspan(use.page * page_bytes, use.pages * page_bytes);
    const std::span<std::byte> target = out_.subspan(use.target * page_bytes, pages.size());
    if (use.frame_bytes == 0) std::ranges::copy(pages, target.begin());
    else decoder_.decode(ByteView(frames_).subspan(use.frame, use.frame_bytes), pages, target);
}

}  // namespace holdfast
