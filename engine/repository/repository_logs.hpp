// What Repository offers for log streams, over the parts in log_*.hpp.
#pragma once

#include "engine/repository/lease.hpp"
#include "engine/repository/log_copy.hpp"

namespace holdfast {

class RepositoryLogs {
public:
    // `options`: with cache folder of this repository, and workers.
    RepositoryLogs(Store& store, Keyring& keys, const RepositoryOptions& options) : store_(store), keys_(keys), options_(options) {}

    std::unique_ptr<LogWriter> begin(const DatabaseName& database, const PointId& base);
    std::unique_ptr<LogWriter> go_on(const DatabaseName& database, const LogStreamId& stream);
    std::vector<LogStreamFacts> streams(const DatabaseName& database);
    std::optional<Instant> newest(const DatabaseName& database);
    void read(const DatabaseName& database, const LogStreamId& stream, std::uint64_t first, std::uint64_t last, bool with_pages,
              const std::function<bool(const LogTransaction&)>& visit);
    // `lease` (where there is one) is held as long as what is returned.
    std::unique_ptr<ImageReader> image_at(const DatabaseName& database, const PointId& point, const LogPosition& until, std::unique_ptr<Lease> lease);
    CompactReport compact(const DatabaseName& database, const LogStreamId& stream, const CompactRequest& request, Progress& progress, const CancelToken& cancel);
    std::uint64_t copy(const DatabaseName& database, const LogStreamId& stream, RepositoryLogs& to, Progress& progress, const CancelToken& cancel);
    bool forget(const DatabaseName& database, const LogStreamId& stream);

private:
    LogPlace place(const DatabaseName& database, const LogStreamId& stream);
    LogIntake intake(const DatabaseName& database, const LogStreamId& stream, const LogStreamHead& head);
    std::unique_ptr<ImageReader> point_reader(const DatabaseName& database, const PointId& point, std::unique_ptr<Lease> lease = nullptr);

    Store& store_;
    Keyring& keys_;
    const RepositoryOptions& options_;
    KnownPieces known_;
};

}  // namespace holdfast
