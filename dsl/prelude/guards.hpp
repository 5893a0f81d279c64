// What must have happened in a run before an effect may change a live database: a safety backup of it and an approval for it.
// The engine sees to it; no runbook can leave it out.
#pragma once

#include <set>
#include <string>

#include "dsl/prelude/surface.hpp"

namespace holdfast {

class LiveGuards {
public:
    // A step was done.
    void done(const EffectSpec& effect, const ValueMap& arguments);
    // The fields of an approval that was given.
    void approved(const ValueMap& fields);

    // Which live database the effect changes; empty: none.
    static std::string changed_by(const EffectSpec& effect, const ValueMap& arguments);
    bool is_backed_up(const std::string& database) const { return backed_up_.contains(database); }
    bool is_approved(const std::string& database) const { return approved_.contains(database); }
    // False: the effect wants an approval that was not given. Those that change a live database want one anyway.
    bool has_wanted_approval(const EffectSpec& effect, const ValueMap& arguments) const;
    // Throws Error{NotPermitted} where the effect may not be performed yet.
    void check(const EffectSpec& effect, const ValueMap& arguments) const;

private:
    std::set<std::string> backed_up_, approved_;
};

}  // namespace holdfast
