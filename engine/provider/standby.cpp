#include "engine/provider/standby.hpp"

#include "engine/base/error.hpp"
#include "engine/provider/provider.hpp"

namespace holdfast {

StandbyEngine& standby_engine_of(Provider& provider) {
    if (auto* engine = dynamic_cast<StandbyEngine*>(&provider)) return *engine;
    throw Error(ErrorCode::Unavailable, std::string(name_of(provider.engine())) + " has no standby that can be promoted",
                "Restore it: runbook run total-failure --help");
}

}  // namespace holdfast
