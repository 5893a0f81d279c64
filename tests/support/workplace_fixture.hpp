// An opened workplace for tests of engine/operations: the folder of CommandFixture, without the command line.
#pragma once

#include "engine/base/progress.hpp"
#include "engine/operations/take_backup.hpp"
#include "tests/support/command_fixture.hpp"

namespace holdfast {

class WorkplaceFixture : public CommandFixture {
public:
    NoProgress progress;
    CancelToken never;

    WorkplaceFixture() { set_up(); }

    Built built() const {
        return {stores, providers, clock, "0.1.0", {std::filesystem::path(HOLDFAST_SOURCE_DIR) / "runbooks"}};
    }
    // Opened again, as by another process.
    const Workplace& open() {
        workplace_.reset();
        built_ = std::make_unique<Built>(built());
        workplace_ = std::make_unique<Workplace>(*built_, require_policy(*built_, folder / "policies").policy);
        return *workplace_;
    }
    // As `backup now orders`; this layer's tests do without the command line.
    void back_up() {
        BackupNow asked;
        asked.database = DatabaseName("orders");
        take_backup(place(), asked, progress, never);
    }
    const Workplace& place() { return workplace_ ? *workplace_ : open(); }

private:
    std::unique_ptr<Built> built_;
    std::unique_ptr<Workplace> workplace_;
};

inline const DatabaseName kOrders{"orders"};

}  // namespace holdfast
