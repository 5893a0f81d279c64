#include "engine/base/error.hpp"
#include "engine/repository/log.hpp"

namespace holdfast {
namespace {

[[noreturn]] void refuse() { throw Error(ErrorCode::Unavailable, "log streams are not in this build"); }

}  // namespace

std::unique_ptr<LogWriter> Repository::begin_log(const DatabaseName&, const PointId&) { refuse(); }
std::unique_ptr<LogWriter> Repository::continue_log(const DatabaseName&, const LogStreamId&) { refuse(); }
std::vector<LogStreamFacts> Repository::log_streams(const DatabaseName&) { return {}; }
void Repository::read_log(const DatabaseName&, const LogStreamId&, std::uint64_t, std::uint64_t, bool, const std::function<bool(const LogTransaction&)>&) { refuse(); }
std::unique_ptr<ImageReader> Repository::read_image_at(const DatabaseName&, const PointId&, const LogPosition&) { refuse(); }
CompactReport Repository::compact_log(const DatabaseName&, const LogStreamId&, const CompactRequest&, Progress&, CancelToken) { refuse(); }
bool Repository::forget_log(const DatabaseName&, const LogStreamId&) { refuse(); }
std::uint64_t Repository::copy_log(const DatabaseName&, const LogStreamId&, Repository&, Progress&, CancelToken) { refuse(); }

}  // namespace holdfast
