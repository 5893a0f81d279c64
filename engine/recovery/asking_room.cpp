#include "engine/recovery/asking_room.hpp"

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/log.hpp"
#include "engine/crypto/keys.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kName = "asked-", kDraft = ".asked-";

// The copies go by their engine, which also knows what belongs to them elsewhere; what never became one goes with the folder.
void clear(Provider& provider, const fs::path& folder) {
    provider.close_copies(folder);
    std::vector<fs::path> copies;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_directory()) copies.push_back(entry.path());
    }
    for (const fs::path& copy : copies) {
        try {
            provider.drop_copy({.database = DatabaseName(copy.filename().string()), .engine = provider.engine(), .location = copy.string(), .is_copy = true});
        } catch (const Error& error) {
            if (error.code != ErrorCode::NotPermitted) throw;   // It is no database, or not yet.
        }
    }
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
        clear(providers_.of(engine_), folder_);
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
            for (const EngineKind engine : installation.providers.engines()) {
                if (installation.providers.of(engine).traits().asks_copies) clear(installation.providers.of(engine), room);
            }
        } catch (const Error& error) {
            if (error.code != ErrorCode::Busy) log_warning("{} cannot be removed: {}", room.string(), error.message);
        } catch (const fs::filesystem_error& error) {
            log_warning("{} cannot be removed: {}", room.string(), error.what());
        }
    }
}

}  // namespace holdfast
