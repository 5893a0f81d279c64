#include "engine/recovery/asking_room.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/log.hpp"
#include "engine/crypto/keys.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kName = "asked-", kDraft = ".asked-";

void clear(const ProviderRegistry& providers, EngineKind engine, const fs::path& folder) {
    providers.of(engine).close_copies(folder);
    fs::remove_all(folder);
}

}  // namespace

AskingRoom::AskingRoom(const Installation& installation, EngineKind engine) : providers_(installation.providers), engine_(engine) {
    sweep_asking_rooms(installation);
    const std::string id = new_ulid(to_millis(installation.clock.now()));
    const fs::path copies = installation.state / "copies", draft = copies / (std::string(kDraft) + id);
    make_private_folders(draft);
    // It is locked before it has the name that others look for.
    lock_.emplace(LockFile::take(draft / "lock", draft.string(), "a question", installation.clock));
    folder_ = copies / (std::string(kName) + id);
    fs::rename(draft, folder_);
    fault_point("recovery.ask.room");
}

AskingRoom::~AskingRoom() {
    try {
        clear(providers_, engine_, folder_);
    } catch (const std::exception& error) {   // A destructor may not throw; the next question tries again.
        log_warning("{} cannot be removed: {}", folder_.string(), error.what());
    }
}

void sweep_asking_rooms(const Installation& installation) {
    std::error_code nothing;
    std::vector<fs::path> rooms;
    for (const auto& entry : fs::directory_iterator(installation.state / "copies", nothing)) {
        if (entry.path().filename().string().starts_with(kName)) rooms.push_back(entry.path());
    }
    for (const fs::path& room : rooms) {
        try {
            const LockFile lock = LockFile::take(room / "lock", room.string(), "a clearing", installation.clock);
            for (const EngineKind engine : installation.providers.engines()) installation.providers.of(engine).close_copies(room);
            fs::remove_all(room);
        } catch (const Error& error) {
            if (error.code != ErrorCode::Busy) log_warning("{} cannot be removed: {}", room.string(), error.message);
        } catch (const fs::filesystem_error& error) {
            log_warning("{} cannot be removed: {}", room.string(), error.what());
        }
    }
}

}  // namespace holdfast
