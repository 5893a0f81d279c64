// Any bytes are a policy or a list of problems: no crash, no exception, no unbounded work.
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/policy/effective.hpp"
#include "engine/policy/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holdfast;
    LoadOptions options;
    options.engines = {EngineKind::Sqlite};
    options.store_schemes = {"file"};
    options.folder = "/srv/app/policies";
    options.today = Instant(std::chrono::seconds(1'795'000'000));
    const LoadedPolicy loaded = load_policy_text("fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size), options);
    if (loaded.usable()) {
        const std::string text = effective_text(loaded.policy);
        if (text.empty()) __builtin_trap();
    }
    return 0;
}
