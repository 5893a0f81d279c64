#include "engine/repository/page_intake.hpp"

#include "engine/base/check.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kSlicesPerUnit = 4;

bool is_all_zero(ByteView bytes) {
    return bytes.empty() || (bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// Some pages that differ from the base, and where they will be.
struct ChangedPages {
    std::uint64_t first = 0, count = 0;
    bool zero = false;
    std::size_t ticket = 0;      // Of their chunk …
    std::uint64_t offset = 0;    // … and the page in it.
};

}  // namespace

// Up to one extent of the file.
struct PageIntake::Slice {
    std::uint64_t first = 0, count = 0;
    Buffer pages;                            // Only where something was read.
    std::vector<std::uint8_t> is_changed;    // Per page.
    std::vector<Fingerprint> fingerprints;   // Per page.
    std::uint64_t read_pages = 0, changed_pages = 0;
    bool fingerprints_known = true;
};

struct PageIntake::FileState {
    const PageInput& input;
    std::uint64_t pages = 0, per_chunk = 0, base_pages = 0;
    std::size_t page_bytes = 0;
    std::vector<ChangedPages> changed;
    Buffer gathered;
    std::uint64_t gathered_pages = 0;
    std::size_t gathered_from = 0;   // First of `changed` that lies in the gathered chunk.
    PageOutput output;
    bool wants_fingerprints() const { return input.fingerprints != nullptr || input.base_fingerprints; }
};

class PageIntake::UnitTask final : public OrderedWork::Task {
public:
    UnitTask(PageIntake& intake, FileState& state, std::uint64_t first, std::uint64_t count) : intake_(intake), state_(state) {
        for (; count > 0; count -= slices_.back().count, first += slices_.back().count) {
            Slice& slice = slices_.emplace_back();
            slice.first = first;
            slice.count = std::min(count, state.per_chunk);
        }
    }
    ~UnitTask() override {
        for (Slice& slice : slices_) intake_.chunks_.buffers().give_back(std::move(slice.pages));
    }
    void run(unsigned worker) override {
        std::uint64_t pages = 0;
        for (Slice& slice : slices_) {
            intake_.read_slice(state_, slice, worker);
            pages += slice.count;
        }
        intake_.progress_.advance(pages * state_.page_bytes);
    }
    void finish() override {
        for (Slice& slice : slices_) intake_.absorb(state_, slice);
    }

private:
    PageIntake& intake_;
    FileState& state_;
    std::vector<Slice> slices_;
};

PageIntake::PageIntake(ChunkIntake& chunks, Keyring& keys, unsigned workers, Progress& progress, CancelToken cancel)
    : chunks_(chunks), keys_(keys), progress_(progress) {
    for (unsigned i = 0; i < workers; ++i) fingerprinters_.emplace_back(keys.fingerprint_key());
    work_ = std::make_unique<OrderedWork>(workers, workers * 2 + 2, std::move(cancel));
}

PageIntake::~PageIntake() = default;

PageOutput PageIntake::take(const PageInput& input) {
    const PointFile& file = input.file;
    HOLDFAST_CHECK(file.page_bytes > 0 && file.page_bytes <= chunks_.buffers().bytes() && file.bytes % file.page_bytes == 0);
    FileState state{.input = input,
                    .pages = file.bytes / file.page_bytes,
                    .per_chunk = pages_per_chunk(keys_.settings().extent_bytes, file.page_bytes),
                    .base_pages = input.base == nullptr ? 0 : input.base->pages(),
                    .page_bytes = file.page_bytes,
                    .changed = {},
                    .gathered = nullptr,
                    .gathered_pages = 0,
                    .gathered_from = 0,
                    .output = {}};
    chunks_.forget_places();
    if (input.fingerprints != nullptr) input.fingerprints->begin_file(file.name, file.page_bytes);
    const std::uint64_t unit = state.per_chunk * kSlicesPerUnit;
    for (std::uint64_t first = 0; first < state.pages; first += unit) {
        work_->submit(std::make_unique<UnitTask>(*this, state, first, std::min(unit, state.pages - first)));
    }
    work_->drain();
    flush_gathered(state);
    chunks_.drain();
    if (input.fingerprints != nullptr) input.fingerprints->end_file();
    state.output.map = place_pages(state);
    return std::move(state.output);
}

// On a worker: which pages differ, and their bytes.
void PageIntake::read_slice(FileState& state, Slice& slice, unsigned worker) {
    const PageInput& input = state.input;
    const std::uint64_t end = slice.first + slice.count;
    const std::uint64_t in_base = std::min(end, std::max(state.base_pages, slice.first)) - slice.first;
    slice.is_changed.assign(slice.count, 0);
    bool base_known = false;
    if (state.wants_fingerprints()) {
        slice.fingerprints.resize(slice.count);
        base_known = input.base_fingerprints && in_base > 0 &&
                     input.base_fingerprints(slice.first, std::span(slice.fingerprints).first(in_base));
    }
    // Pages that must be read: those beyond the base, those it cannot give, those said to have changed; without a list all.
    std::vector<std::uint8_t> wanted(slice.count, input.changed == nullptr ? 1 : 0);
    std::vector<std::uint8_t> lost(slice.count, 0);
    for (std::uint64_t i = in_base; i < slice.count; ++i) wanted[i] = lost[i] = 1;
    if (in_base > 0) {
        input.base->each_in(slice.first, in_base, [&](const MapRun& run) {
            if (run.kind != MapRun::Kind::Unknown) return;
            for (std::uint64_t i = 0; i < run.count; ++i) wanted[run.first - slice.first + i] = lost[run.first - slice.first + i] = 1;
        });
    }
    if (input.changed != nullptr) {
        auto run = std::ranges::upper_bound(*input.changed, slice.first, {}, &PageRun::first);
        if (run != input.changed->begin()) --run;
        for (; run != input.changed->end() && run->first < end; ++run) {
            const std::uint64_t stop = std::min(run->first + run->count, end);
            for (std::uint64_t page = std::max(run->first, slice.first); page < stop; ++page) wanted[page - slice.first] = 1;
        }
    }
    Fingerprinter& fingerprinter = fingerprinters_[worker];
    for (std::uint64_t i = 0; i < slice.count;) {
        if (!wanted[i]) {
            slice.fingerprints_known = slice.fingerprints_known && base_known;
            ++i;
            continue;
        }
        std::uint64_t stop = i + 1;
        while (stop < slice.count && wanted[stop]) ++stop;
        if (!slice.pages) slice.pages = chunks_.buffers().take();
        const std::span<std::byte> bytes(slice.pages.get() + i * state.page_bytes, (stop - i) * state.page_bytes);
        (*input.read)(slice.first + i, bytes);
        slice.read_pages += stop - i;
        for (std::uint64_t page = i; page < stop; ++page) {
            if (!state.wants_fingerprints()) {
                slice.is_changed[page] = 1;
                continue;
            }
            const Fingerprint now = fingerprinter.of({slice.pages.get() + page * state.page_bytes, state.page_bytes});
            slice.is_changed[page] = !base_known || lost[page] || now != slice.fingerprints[page];
            slice.fingerprints[page] = now;
        }
        i = stop;
    }
    slice.changed_pages = static_cast<std::uint64_t>(std::ranges::count(slice.is_changed, 1));
    if (slice.changed_pages == 0) chunks_.buffers().give_back(std::move(slice.pages));
}

// In page order: what differs goes into chunks.
void PageIntake::absorb(FileState& state, Slice& slice) {
    state.output.read_bytes += slice.read_pages * state.page_bytes;
    state.output.changed_bytes += slice.changed_pages * state.page_bytes;
    if (FingerprintFileWriter* into = state.input.fingerprints) {
        state.output.fingerprints_whole = state.output.fingerprints_whole && slice.fingerprints_known;
        into->append(slice.fingerprints);
    }
    if (slice.changed_pages == 0) return;
    const bool whole = slice.changed_pages == slice.count && (slice.count == state.per_chunk || state.input.base == nullptr);
    if (whole) {
        const std::size_t bytes = slice.count * state.page_bytes;
        ChangedPages pages{.first = slice.first, .count = slice.count, .zero = is_all_zero({slice.pages.get(), bytes}), .ticket = 0, .offset = 0};
        if (!pages.zero) pages.ticket = chunks_.submit(std::move(slice.pages), bytes);
        state.changed.push_back(pages);
        return;
    }
    for (std::uint64_t i = 0; i < slice.count;) {
        std::uint64_t stop = i;
        while (stop < slice.count && slice.is_changed[stop]) ++stop;
        if (stop > i) gather(state, slice, i, stop - i);
        i = std::max(stop, i + 1);
    }
}

void PageIntake::gather(FileState& state, const Slice& slice, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = first; i < first + count; ++i) {
        const ByteView page(slice.pages.get() + i * state.page_bytes, state.page_bytes);
        const bool zero = is_all_zero(page);
        if (!zero && !state.gathered) {
            state.gathered = chunks_.buffers().take();
            state.gathered_from = state.changed.size();
        }
        ChangedPages* last = state.changed.empty() ? nullptr : &state.changed.back();
        const bool continues = last != nullptr && last->zero == zero && last->first + last->count == slice.first + i &&
                               (zero || (state.changed.size() > state.gathered_from && last->ticket == SIZE_MAX));
        if (continues) ++last->count;
        else state.changed.push_back({slice.first + i, 1, zero, zero ? 0 : SIZE_MAX, zero ? 0 : state.gathered_pages});
        if (zero) continue;
        std::ranges::copy(page, state.gathered.get() + state.gathered_pages * state.page_bytes);
        if (++state.gathered_pages == state.per_chunk) flush_gathered(state);
    }
}

// The chunk's ticket is known now: it is written to all pages that wait for it.
void PageIntake::flush_gathered(FileState& state) {
    if (!state.gathered) return;
    const std::size_t ticket = chunks_.submit(std::move(state.gathered), state.gathered_pages * state.page_bytes);
    for (std::size_t i = state.gathered_from; i < state.changed.size(); ++i) {
        if (state.changed[i].ticket == SIZE_MAX) state.changed[i].ticket = ticket;
    }
    state.gathered_pages = 0;
}

PageMap PageIntake::place_pages(const FileState& state) const {
    PageMap map;
    const auto keep_until = [&](std::uint64_t page) {
        if (page > map.pages()) map.append_from(*state.input.base, map.pages(), page - map.pages());
    };
    for (const ChangedPages& pages : state.changed) {
        keep_until(pages.first);
        MapRun run;
        run.count = pages.count;
        if (!pages.zero) {
            const ChunkPlace& place = chunks_.places().at(pages.ticket);
            run.kind = MapRun::Kind::Stored;
            run.pack = place.pack;
            run.address = place.entry * state.per_chunk + pages.offset;
        }
        map.append(run);
    }
    keep_until(state.pages);
    return map;
}

}  // namespace holdfast
