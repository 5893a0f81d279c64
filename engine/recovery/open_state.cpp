#include "engine/recovery/open_state.hpp"

#include "engine/base/format.hpp"
#include "engine/model/wal.hpp"
#include "engine/recovery/find_point.hpp"
#include "engine/recovery/find_target.hpp"

namespace holdfast {

// An image as the provider sees it. What goes wrong says where.
class OpenedState::Files final : public StateFiles {
public:
    Files(std::unique_ptr<ImageReader> image, std::string where) : image_(std::move(image)), where_(std::move(where)) {
        for (const PointFile& file : image_->manifest().files) {
            files_.push_back({.name = file.name, .page_bytes = file.page_bytes, .bytes = file.bytes, .mode = file.mode});
        }
    }
    const std::vector<ImageFile>& files() const override { return files_; }
    void read_at(const std::string& file, std::uint64_t offset, std::span<std::byte> out) override {
        within(where_, [&] { image_->read_at(file, offset, out); });
    }
    std::uint64_t fetched_bytes() const { return image_->fetched_bytes(); }

private:
    std::unique_ptr<ImageReader> image_;
    std::string where_;
    std::vector<ImageFile> files_;
};

namespace {

std::string place_of(const RecoveryTarget& target, const StoreName& store) {
    const std::string log = target.log ? " and the log up to " + to_text(*target.log) : "";
    return fmt::format("read {}{} from {}", target.point.id.str(), log, store.str());
}

std::unique_ptr<ImageReader> image_of(Repository& repository, const RecoveryTarget& target) {
    if (target.log && !branch_of(target.log->stream)) return repository.read_image_at(target.point.database, target.point.id, *target.log);
    return repository.read_image(target.point.database, target.point.id);
}

}  // namespace

OpenedState::OpenedState(const Installation& installation, const RecoveryTarget& target, const StoreName& store, Progress& progress,
                         CancelToken cancel)
    : installation_(installation), target_(target), store_(store), progress_(progress), cancel_(std::move(cancel)) {
    const std::string place = place_of(target_, store_);
    within(place, [&] { files_ = std::make_unique<Files>(image_of(installation_.repositories.of(store_), target_), place); });
}

OpenedState::~OpenedState() = default;

StateFiles& OpenedState::files() { return *files_; }

SqlReader& OpenedState::sql() {
    Provider& provider = installation_.providers.of(target_.point.engine);
    if (provider.traits().asks_copies) {
        if (!restored_) restored_ = std::make_unique<RestoredState>(installation_, target_, store_, progress_, cancel_);
        return restored_->sql();
    }
    if (!sql_) {
        const WorkContext work{.clock = installation_.clock, .progress = progress_, .cancel = cancel_};
        sql_ = provider.open_state(*files_, target_.point.database, work);
    }
    return *sql_;
}

std::uint64_t OpenedState::fetched_bytes() const { return files_->fetched_bytes() + (restored_ ? restored_->fetched_bytes() : 0); }

RecoveryTarget target_of_point(const RecoveryPoint& point) { return {.point = point, .log = std::nullopt, .instant = point.instant}; }

std::unique_ptr<OpenedState> open_state(const Installation& installation, const RecoveryTarget& target, Progress& progress, CancelToken cancel) {
    const StoreName store = target.log ? store_of_log(installation, target.point.database, *target.log) : store_to_read(installation, target.point);
    return std::make_unique<OpenedState>(installation, target, store, progress, std::move(cancel));
}

}  // namespace holdfast
