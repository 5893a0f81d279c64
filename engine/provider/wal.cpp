#include "engine/provider/wal.hpp"

#include "engine/base/error.hpp"
#include "engine/provider/provider.hpp"

namespace holdfast {

WalEngine& wal_engine_of(Provider& provider) {
    if (auto* engine = dynamic_cast<WalEngine*>(&provider)) return *engine;
    throw Error(ErrorCode::Unavailable, std::string(name_of(provider.engine())) + " keeps no log that is archived as files",
                "Use log backups: runbook backup now DATABASE --log");
}

}  // namespace holdfast
