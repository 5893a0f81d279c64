#include "engine/recovery/record_work.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/log.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/repository/layout.hpp"

namespace holdfast {

void record_work(const Installation& installation, const Work& work, Duration began) noexcept {
    if (work.bytes == 0) return;
    try {
        const Duration took = std::max(Duration(1), installation.clock.steady() - began);
        installation.catalog.record_measurement({.at = installation.clock.now(), .kind = work.kind, .database = work.database, .engine = work.engine, .store = work.store,
                                                 .host = installation.provenance.host, .bytes = work.bytes, .took = took});
    } catch (const std::exception& error) {
        log_warning("how long the {} of {} took is not written down: {}", name_of(work.kind), work.database.str(), error.what());
    }
}

std::string digest_of_point(const Installation& installation, const StoreName& store, const DatabaseName& database, const PointId& point) {
    try {
        return to_hex(sha256(installation.repositories.store(store).get(point_object(database, point), kMapBytesMax)));
    } catch (const Error& error) {
        log_warning("the object of point {} in {} has no digest: {}", point.str(), store.str(), error.message);
        return {};
    }
}

std::uint64_t bytes_at(const Place& place) {
    std::error_code problem;
    if (fs::is_regular_file(place.location, problem)) return fs::file_size(place.location, problem);
    std::uint64_t bytes = 0;
    for (fs::recursive_directory_iterator entry(place.location, problem), end; !problem && entry != end; entry.increment(problem)) {
        std::error_code gone;
        if (entry->is_regular_file(gone)) bytes += entry->file_size(gone);
    }
    return problem ? 0 : bytes;
}

}  // namespace holdfast
