#include "engine/repository/verify.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/repository/stored_pack.hpp"
#include "engine/repository/survey.hpp"

namespace holdfast {
namespace {

struct ReadablePoint {
    PointName name;
    OpenedPoint opened;
    bool damaged = false;
};

// Bytes of a pack that cannot be used: one entry, or (nothing) the whole pack.
struct BadPiece {
    PackId pack;
    std::optional<std::uint32_t> entry;
};

bool says_damage(const Error& error) { return error.code == ErrorCode::Corrupt || error.code == ErrorCode::Missing || error.code == ErrorCode::Io; }

class Verification {
public:
    Verification(Store& store, Keyring& keys, const VerifyRequest& request, Progress& progress, CancelToken cancel)
        : store_(store), keys_(keys), request_(request), progress_(progress), cancel_(std::move(cancel)) {}

    VerifyReport run() {
        keys_.reload();
        moves_ = read_relocations(store_, keys_.sealing());
        read_points();
        choose_packs();
        progress_.begin("reading the repository back", bytes_to_read());
        check_packs();
        progress_.end();
        trace_damage();
        for (const ReadablePoint& point : points_) (point.damaged ? report_.damaged : report_.sound).push_back(point.name.id);
        return std::move(report_);
    }

private:
    void read_points() {
        for (const PointName& name : list_points(store_)) {
            if (!request_.points.empty() && std::ranges::find(request_.points, name.id) == request_.points.end()) continue;
            throw_if_cancelled(cancel_);
            try {
                points_.push_back({.name = name, .opened = read_point(store_, keys_, name), .damaged = false});
                add_to_survey(survey_, points_.back().opened, name, keys_.settings().extent_bytes, moves_);
            } catch (const Error& error) {
                const std::string object = point_object(name.database, name.id);
                if (error.code == ErrorCode::CannotRecover || !says_damage(error)) throw;
                const auto facts = store_.look_at(object);
                if (!facts) continue;   // Forgotten while it was listed.
                report_.damaged.push_back(name.id);
                report_.damage.push_back({.object = object, .offset = 0, .bytes = facts->bytes, .what = error.message,
                                          .touches = {{.point = name.id, .database = name.database, .file = "", .offset = 0, .bytes = 0}}});
            }
        }
    }

    // Packs spread evenly over their (random) names, so that repeated samples of the same share read the same ones only
    // while the repository stands still.
    void choose_packs() {
        const auto limit = static_cast<std::uint64_t>(std::clamp(request_.sample, 0.0, 1.0) * 65536.0);
        const auto seed = random_id<PackId>();
        for (const auto& [id, need] : survey_.needed) {
            const auto draw = (std::to_integer<std::uint64_t>(id.bytes[0] ^ seed.bytes[0]) << 8) | std::to_integer<std::uint64_t>(id.bytes[1] ^ seed.bytes[1]);
            if (draw < limit) chosen_.push_back(id);
        }
        if (chosen_.empty() && !survey_.needed.empty()) chosen_.push_back(survey_.needed.begin()->first);
    }

    std::uint64_t bytes_to_read() const { return chosen_.size() * keys_.settings().pack_bytes; }

    void check_packs() {
        std::atomic<std::size_t> next = 0;
        std::exception_ptr failure;
        const auto work = [&] {
            try {
                for (std::size_t i = next++; i < chosen_.size(); i = next++) {
                    throw_if_cancelled(cancel_);
                    check_pack(chosen_[i]);
                }
            } catch (...) {   // Carried to the thread that waits.
                const std::lock_guard lock(mutex_);
                if (!failure) failure = std::current_exception();
                next = chosen_.size();
            }
        };
        {
            std::vector<std::jthread> workers;
            for (unsigned i = 0; i < std::max(1U, request_.workers); ++i) workers.emplace_back(work);
        }
        if (failure) std::rethrow_exception(failure);
    }

    void check_pack(const PackId& id) {
        const PackNeed& need = survey_.needed.at(id);
        std::optional<StoredPack> pack;
        try {
            const auto key = key_of_pack(keys_, id, need);
            if (!key) throw Error(ErrorCode::Missing, "the key of " + pack_object(id) + " is not in the repository");
            pack.emplace(store_, keys_.suite(), id, *key);
        } catch (const Error& error) {
            if (!says_damage(error)) throw;
            const auto facts = store_.look_at(pack_object(id));
            record({.pack = id, .entry = {}}, {.object = pack_object(id), .offset = 0, .bytes = facts ? facts->bytes : 0, .what = error.message, .touches = {}});
            return;
        }
        Bytes plain;
        std::uint64_t chunks = 0, bytes = 0;
        for (std::uint32_t entry = 0; entry < need.entries.size(); ++entry) {
            if (!need.entries[entry]) continue;
            throw_if_cancelled(cancel_);
            ++chunks;
            bytes += check_entry(*pack, id, entry, plain);
        }
        progress_.advance(pack->contents().bytes);
        const std::lock_guard lock(mutex_);
        ++report_.packs;
        report_.chunks += chunks;
        report_.bytes += bytes;
    }

    std::uint64_t check_entry(StoredPack& pack, const PackId& id, std::uint32_t number, Bytes& plain) {
        const std::vector<PackEntry>& entries = pack.contents().entries;
        if (number >= entries.size()) {
            record({.pack = id, .entry = number}, {.object = pack_object(id), .offset = pack.contents().bytes, .bytes = 0,
                                                   .what = fmt::format("chunk {} is not in it", number), .touches = {}});
            return 0;
        }
        try {
            pack.read_plain(number, plain);
        } catch (const Error& error) {
            if (!says_damage(error)) throw;
            record({.pack = id, .entry = number}, {.object = pack_object(id), .offset = entries[number].offset, .bytes = entries[number].stored_bytes,
                                                   .what = error.message, .touches = {}});
        }
        return entries[number].stored_bytes;
    }

    void record(const BadPiece& piece, Damage damage) {
        const std::lock_guard lock(mutex_);
        bad_.push_back(piece);
        bad_damage_.push_back(std::move(damage));
    }

    // Which bytes of which files of which points lie in what is damaged.
    void trace_damage() {
        for (ReadablePoint& point : points_) {
            if (bad_.empty()) break;
            for (std::size_t i = 0; i < point.opened.manifest.files.size(); ++i) trace_file(point, i);
        }
        for (Damage& damage : bad_damage_) report_.damage.push_back(std::move(damage));
        std::ranges::sort(report_.damage, {}, [](const Damage& damage) { return std::pair(damage.object, damage.offset); });
    }

    void trace_file(ReadablePoint& point, std::size_t index) {
        const PointFile& file = point.opened.manifest.files[index];
        const std::uint64_t per_chunk = file.page_bytes == 0 ? 1 : pages_per_chunk(keys_.settings().extent_bytes, file.page_bytes);
        each_needed_run(file, point.opened.map.files[index], keys_.settings().extent_bytes, [&](const NeededRun& run) {
            for (std::uint32_t k = 0; k < run.entries; ++k) {
                const std::uint32_t entry = run.first_entry + k;
                const auto place = place_of(point.opened.map.packs.at(run.pack).id, entry);
                for (std::size_t b = 0; b < bad_.size(); ++b) {
                    if (bad_[b].pack != place.first || (bad_[b].entry && *bad_[b].entry != place.second)) continue;
                    std::uint64_t offset = run.offset, bytes = run.bytes;
                    if (file.page_bytes != 0) {
                        const std::uint64_t begin = std::max<std::uint64_t>(run.address, entry * per_chunk);
                        const std::uint64_t end = std::min<std::uint64_t>(run.address + run.bytes / file.page_bytes, (entry + std::uint64_t{1}) * per_chunk);
                        offset += (begin - run.address) * file.page_bytes;
                        bytes = (end - begin) * file.page_bytes;
                    }
                    point.damaged = true;
                    add_touch(bad_damage_[b], {.point = point.name.id, .database = point.name.database, .file = file.name, .offset = offset, .bytes = bytes});
                }
            }
        });
    }

    static void add_touch(Damage& damage, Damage::Touched touched) {
        if (!damage.touches.empty()) {
            Damage::Touched& last = damage.touches.back();
            if (last.point == touched.point && last.file == touched.file && last.offset + last.bytes == touched.offset) {
                last.bytes += touched.bytes;
                return;
            }
        }
        damage.touches.push_back(std::move(touched));
    }

    std::pair<PackId, std::uint32_t> place_of(const PackId& pack, std::uint32_t entry) const {
        const auto target = moves_.find(pack, entry);
        return target ? std::pair(target->pack, target->entry) : std::pair(pack, entry);
    }

    Store& store_;
    Keyring& keys_;
    VerifyRequest request_;
    Progress& progress_;
    CancelToken cancel_;
    Relocations moves_;
    std::vector<ReadablePoint> points_;
    Survey survey_;
    std::vector<PackId> chosen_;
    std::mutex mutex_;
    std::vector<BadPiece> bad_;
    std::vector<Damage> bad_damage_;   // In step with bad_.
    VerifyReport report_;
};

}  // namespace

VerifyReport verify_repository(Store& store, Keyring& keys, const VerifyRequest& request, Progress& progress, CancelToken cancel) {
    return Verification(store, keys, request, progress, std::move(cancel)).run();
}

}  // namespace holdfast
