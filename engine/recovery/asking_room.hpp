// A private folder for a copy that is restored to be asked and thrown away: gone with the object, with what runs over it.
//
// Whoever is killed leaves it behind; the next one that makes a room removes it. A lock that ends with the process tells which are in use.
#pragma once

#include "engine/recovery/installation.hpp"
#include "engine/recovery/lock_file.hpp"

namespace holdfast {

class AskingRoom {
public:
    AskingRoom(const Installation& installation, EngineKind engine);
    AskingRoom(const AskingRoom&) = delete;
    AskingRoom& operator=(const AskingRoom&) = delete;
    ~AskingRoom();
    const fs::path& folder() const { return folder_; }

private:
    const ProviderRegistry& providers_;
    EngineKind engine_;
    fs::path folder_;
    std::optional<LockFile> lock_;
};

// Removes what was left by processes that are gone.
void sweep_asking_rooms(const Installation& installation);

}  // namespace holdfast
