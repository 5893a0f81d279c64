// Copies that steps restore, each at its own place in the run's folder for copies.
#pragma once

#include "dsl/actions/action.hpp"
#include "engine/recovery/restore.hpp"

namespace holdfast {

// Restores the state as this step's copy; what an attempt before left there is removed first. The result is the copy.
// `writable`: it is going to be changed.
ActionResult restore_copy(const ActionContext& context, const RecoveryTarget& target, bool writable = false);

// What a step says that has restored something.
ActionResult restored(const RecoveryTarget& target, const RestoreResult& result);

// Makes it ready to be asked; returns what people should know of that.
struct CopyUse {
    bool writable = false;
    std::optional<std::uint16_t> port = std::nullopt;   // It becomes a server of its own there.
};
std::string open_the_copy(const ActionContext& context, const Place& copy, const CopyUse& use);

void drop_the_copy(const ActionContext& context, const Place& copy);

// Throws Corrupt where the copy is not sound.
void require_sound(const ActionContext& context, const Place& copy);

// In a drill everything is written below its scratch folder: throws Error{NotPermitted} for a place elsewhere.
void require_scratch(const ActionContext& context, const fs::path& place);

}  // namespace holdfast
