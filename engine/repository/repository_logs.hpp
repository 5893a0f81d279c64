// What Repository offers for log streams, over the parts in log_*.hpp.
#pragma once

#include "engine/repository/log_copy.hpp"

namespace holdfast {

class RepositoryLogs {
public:
    // `options`: with cache folder of this repository, and workers.
    RepositoryLogs(Store& store, Keyring& keys, const RepositoryOptions& options) : store_(store), keys_(keys), options_(options) {}

    std::unique_ptr<LogWriter> begin(const DatabaseName& database, const PointId& base);
    std::unique_ptr<LogWriter> go_on(const DatabaseName& database, const LogStreamId& stream);
    std::vector<LogStreamFacts> streams(const DatabaseName& database);
    void read(const DatabaseName& database, const LogStreamId& stream, std::uint64_t first, std::uint64_t last, bool with_pages,
              const std::function<bool(const LogTransaction&)>& visit);
    std::unique_ptr<ImageReader> image_at(const DatabaseName& database, const PointId& point, const LogPosition& until);
    CompactReport compact(const DatabaseName& database, const LogStreamId& stream, const CompactRequest& request, Progress& progress, const CancelToken& cancel);
    std::uint64_t copy(const DatabaseName& database, const LogStreamId& stream, RepositoryLogs& to, Progress& progress, const CancelToken& cancel);
    bool forget(const DatabaseName& database, const LogStreamId& stream);

private:
    LogPlace place(const DatabaseName& database, const LogStreamId& stream) const;
    LogIntake intake(const DatabaseName& database, const LogStreamId& stream, const LogStreamHead& head);
    std::unique_ptr<ImageReader> point_reader(const DatabaseName& database, const PointId& point);

    Store& store_;
    Keyring& keys_;
    const RepositoryOptions& options_;
};

}  // namespace holdfast
