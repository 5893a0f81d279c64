#include "engine/repository/page_intake.hpp"

#include "engine/base/check.hpp"
#include "engine/base/error.hpp"
#include "engine/base/log.hpp"
#include "engine/repository/changed_pages.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kSlicesPerUnit = 4;
constexpr std::size_t kHopelessTries = 8;   // So many pages of an extent that no delta is worth it for: the others are not tried.

// Stand for the ticket of a chunk that is still being gathered.
constexpr std::size_t kPlainWaits = SIZE_MAX, kDeltasWait = SIZE_MAX - 1;

bool is_all_zero(ByteView bytes) {
    return bytes.empty() || (bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

// Up to one extent of the file.
struct PageIntake::Slice {
    std::uint64_t first = 0, count = 0;
    Buffer pages;                            // Only where something was read.
    std::vector<std::uint8_t> is_changed;    // Per page.
    std::vector<Fingerprint> fingerprints;   // Per page.
    std::uint64_t read_pages = 0, changed_pages = 0;
    bool fingerprints_known = true;
    struct Delta {
        std::uint64_t page = 0;       // In the slice.
        std::uint32_t pack = 0;       // Of its base, in the session's numbers.
        std::uint64_t address = 0;
        std::size_t at = 0, bytes = 0;   // In `frames`.
    };
    std::vector<Delta> deltas;   // By page.
    Bytes frames;
};

struct PageIntake::Worker {
    Fingerprinter fingerprinter;
    Hmac hmac;
    PageDeltaEncoder encoder;
};

struct PageIntake::FileState {
    const PageInput& input;
    std::uint64_t pages = 0, per_chunk = 0, base_pages = 0;
    std::size_t page_bytes = 0;
    std::vector<ChangedPages> changed;
    // A chunk that is being gathered, and the first of `changed` that lies in it.
    struct Gathered {
        Buffer pages;
        std::uint64_t count = 0;
        std::size_t from = 0;
    };
    Gathered plain, deltas;
    DeltaChunk delta_chunk;                  // What stands for `deltas`; its frames are in delta_frames, at delta_ends.
    std::vector<std::uint32_t> delta_packs;  // Of delta_chunk.packs, in the session's numbers.
    Bytes delta_frames;
    std::vector<std::size_t> delta_ends;
    struct MadeDeltas {
        std::size_t ticket = 0;
        std::vector<BaseRun> bases;
    };
    std::vector<MadeDeltas> made_deltas;
    PageOutput output;
    void add_gathered(Gathered& into, std::uint64_t page, std::size_t waits);
    void set_ticket(const Gathered& of, std::size_t waits, std::size_t ticket);
    std::atomic<bool> warned = false;
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
    for (unsigned i = 0; i < workers; ++i) {
        workers_.push_back(std::unique_ptr<Worker>(new Worker{Fingerprinter(keys.fingerprint_key()), Hmac(keys.identity_key()), {}}));
    }
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
                    .plain = {},
                    .deltas = {},
                    .delta_chunk = {},
                    .delta_packs = {},
                    .delta_frames = {},
                    .delta_ends = {},
                    .made_deltas = {},
                    .output = {}};
    chunks_.forget_places();
    if (input.fingerprints != nullptr) input.fingerprints->begin_file(file.name, file.page_bytes);
    const std::uint64_t unit = state.per_chunk * kSlicesPerUnit;
    for (std::uint64_t first = 0; first < state.pages; first += unit) {
        work_->submit(std::make_unique<UnitTask>(*this, state, first, std::min(unit, state.pages - first)));
    }
    work_->drain();
    flush_gathered(state);
    flush_deltas(state);
    chunks_.drain();
    if (input.fingerprints != nullptr) input.fingerprints->end_file();
    state.output.map = place_pages(state.changed, {.pages = state.pages, .per_chunk = state.per_chunk, .base = input.base, .places = chunks_.places()});
    for (const FileState::MadeDeltas& made : state.made_deltas) {
        const ChunkPlace& place = chunks_.places().at(made.ticket);
        state.output.bases.add(place.pack, place.entry, made.bases);
    }
    state.output.bases.sort();
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
    Fingerprinter& fingerprinter = workers_[worker]->fingerprinter;
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
    else if (input.roots) code_deltas(state, slice, worker);
}

// On a worker: changed pages against their roots, each chunk of those opened once.
void PageIntake::code_deltas(FileState& state, Slice& slice, unsigned worker) {
    StoredRoots& roots = *state.input.roots->pages;
    std::vector<std::uint64_t> pages;
    std::vector<RootPlace> places;
    std::vector<std::uint32_t> packs;
    const auto page_of = [&](std::uint64_t i) { return ByteView(slice.pages.get() + i * state.page_bytes, state.page_bytes); };
    if (is_stored_already(state, slice, worker)) return;
    try {
        const std::uint64_t in_base = std::min(slice.first + slice.count, std::max(slice.first, roots.pages())) - slice.first;
        for (std::uint64_t i = 0; i < in_base;) {
            std::uint64_t stop = i;
            while (stop < in_base && slice.is_changed[stop]) ++stop;
            if (stop > i) {
                roots.places(slice.first + i, stop - i, [&](std::uint64_t page, const RootPlace& place) {
                    if (place.pack == nullptr || is_all_zero(page_of(page - slice.first))) return;
                    const PackSource::Located at = roots.locate(place);
                    const auto number = state.input.roots->number_of(at.pack->id);
                    if (!number) return;
                    pages.push_back(page - slice.first);
                    places.push_back(place);
                    packs.push_back(*number);
                });
            }
            i = std::max(stop, i + 1);
        }
        std::size_t tries = 0;
        Bytes frame;
        roots.read(places, [&](std::size_t i, ByteView root) {
            if (tries == kHopelessTries && slice.deltas.empty()) return;
            ++tries;
            if (!workers_[worker]->encoder.encode(page_of(pages[i]), root, frame)) return;
            const PackSource::Located at = roots.locate(places[i]);
            const std::uint64_t address = at.entry * roots.per_chunk() + places[i].address % roots.per_chunk();
            slice.deltas.push_back({pages[i], packs[i], address, slice.frames.size(), frame.size()});
            slice.frames.insert(slice.frames.end(), frame.begin(), frame.end());
        });
    } catch (const Error& error) {
        if (error.code == ErrorCode::Cancelled) throw;
        if (!state.warned.exchange(true)) log_warning("some of the base of {} cannot be read ({}); those pages are stored whole", state.input.file.name, error.message);
    }
    std::ranges::sort(slice.deltas, {}, &Slice::Delta::page);
}

// A whole extent that is stored somewhere costs nothing at all as it is.
bool PageIntake::is_stored_already(FileState& state, const Slice& slice, unsigned worker) {
    if (slice.changed_pages != slice.count || slice.count != state.per_chunk) return false;
    const ByteView bytes(slice.pages.get(), slice.count * state.page_bytes);
    return chunks_.index().find(workers_[worker]->hmac.of(bytes)).has_value();
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
    // Where deltas save little, extents that changed as a whole stay whole.
    const bool few_deltas = slice.deltas.size() < slice.count / 2;
    const bool whole = few_deltas && slice.changed_pages == slice.count && (slice.count == state.per_chunk || state.input.base == nullptr);
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
    auto delta = std::ranges::lower_bound(slice.deltas, first, {}, &Slice::Delta::page);
    for (std::uint64_t i = first; i < first + count; ++i) {
        if (delta == slice.deltas.end() || delta->page != i) gather_page(state, slice, i);
        else gather_delta(state, slice, i, static_cast<std::size_t>(delta++ - slice.deltas.begin()));
    }
}

// The page is the next of a chunk that is gathered: melts into the run before where it continues that.
void PageIntake::FileState::add_gathered(Gathered& into, std::uint64_t page, std::size_t waits) {
    ChangedPages* last = changed.size() > into.from ? &changed.back() : nullptr;
    const bool continues = last != nullptr && !last->zero && last->ticket == waits && last->first + last->count == page;
    if (continues) ++last->count;
    else changed.push_back({page, 1, false, waits, into.count});
    ++into.count;
}

void PageIntake::gather_page(FileState& state, const Slice& slice, std::uint64_t i) {
    const ByteView page(slice.pages.get() + i * state.page_bytes, state.page_bytes);
    if (is_all_zero(page)) {
        ChangedPages* last = state.changed.empty() ? nullptr : &state.changed.back();
        if (last != nullptr && last->zero && last->first + last->count == slice.first + i) ++last->count;
        else state.changed.push_back({slice.first + i, 1, true, 0, 0});
        return;
    }
    FileState::Gathered& into = state.plain;
    if (!into.pages) {
        into = {.pages = chunks_.buffers().take(), .count = 0, .from = state.changed.size()};
    }
    std::ranges::copy(page, into.pages.get() + into.count * state.page_bytes);
    state.add_gathered(into, slice.first + i, kPlainWaits);
    if (into.count == state.per_chunk) flush_gathered(state);
}

void PageIntake::gather_delta(FileState& state, const Slice& slice, std::uint64_t i, std::size_t number) {
    const Slice::Delta& delta = slice.deltas[number];
    FileState::Gathered& into = state.deltas;
    if (!into.pages) {
        into = {.pages = chunks_.buffers().take(), .count = 0, .from = state.changed.size()};
    }
    std::ranges::copy(ByteView(slice.pages.get() + i * state.page_bytes, state.page_bytes), into.pages.get() + into.count * state.page_bytes);
    state.add_gathered(into, slice.first + i, kDeltasWait);
    auto pack = std::ranges::find(state.delta_packs, delta.pack);
    if (pack == state.delta_packs.end()) pack = state.delta_packs.insert(pack, delta.pack);
    state.delta_chunk.pages.push_back({static_cast<std::uint32_t>(pack - state.delta_packs.begin()), delta.address, {}});
    const ByteView frame = ByteView(slice.frames).subspan(delta.at, delta.bytes);
    state.delta_frames.insert(state.delta_frames.end(), frame.begin(), frame.end());
    state.delta_ends.push_back(state.delta_frames.size());
    if (into.count == state.per_chunk) flush_deltas(state);
}

// The chunk's ticket is known now: it is written to all pages that wait for it.
void PageIntake::FileState::set_ticket(const Gathered& of, std::size_t waits, std::size_t ticket) {
    for (std::size_t i = of.from; i < changed.size(); ++i) {
        if (!changed[i].zero && changed[i].ticket == waits) changed[i].ticket = ticket;
    }
}

void PageIntake::flush_gathered(FileState& state) {
    if (!state.plain.pages) return;
    state.set_ticket(state.plain, kPlainWaits, chunks_.submit(std::move(state.plain.pages), state.plain.count * state.page_bytes));
    state.plain = {};
}

void PageIntake::flush_deltas(FileState& state) {
    if (!state.deltas.pages) return;
    DeltaChunk& chunk = state.delta_chunk;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> bases;
    std::size_t at = 0;
    for (std::size_t i = 0; i < chunk.pages.size(); at = state.delta_ends[i++]) {
        chunk.pages[i].frame = ByteView(state.delta_frames).subspan(at, state.delta_ends[i] - at);
        bases.emplace_back(state.delta_packs[chunk.pages[i].pack], static_cast<std::uint32_t>(chunk.pages[i].address / state.per_chunk));
    }
    for (const std::uint32_t pack : state.delta_packs) chunk.packs.push_back(state.input.roots->id_of(pack));
    const std::size_t ticket = chunks_.submit_deltas(std::move(state.deltas.pages), state.deltas.count * state.page_bytes, encode_delta_chunk(chunk));
    state.set_ticket(state.deltas, kDeltasWait, ticket);
    state.made_deltas.push_back({ticket, base_runs(std::move(bases))});
    state.deltas = {};
    chunk = {};
    state.delta_packs.clear();
    state.delta_frames.clear();
    state.delta_ends.clear();
}

}  // namespace holdfast
