#include "dsl/load/runbook.hpp"

#include <algorithm>

#include "dsl/load/declarations.hpp"
#include "dsl/load/tokens.hpp"
#include "dsl/lua/excerpt.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kFileBytesMax = 1 << 20;

// Said when it is loaded, not when it is reached in the middle of a disaster.
void refuse_missing_effects(const std::string& text, const fs::path& file) {
    const auto tokens = lua_tokens(text);
    for (const EffectSpec& effect : language().effects) {
        if (effect.not_available.empty()) continue;
        const auto uses = uses_of(tokens, effect.name);
        if (uses.empty()) continue;
        throw error_at(file.string(), text, uses.front().line,
                       fmt::format("{} is not available in this build: {}", effect.name, effect.not_available),
                       "`runbook book lint` lists everything that this build lacks for it.");
    }
}

}  // namespace

const ParameterDefinition* Runbook::parameter(std::string_view wanted) const {
    const auto found = std::ranges::find(params, wanted, &ParameterDefinition::name);
    return found == params.end() ? nullptr : &*found;
}

Runbook load_runbook_text(std::string text, const fs::path& file) {
    const SystemClock clock;   // For the time limit only.
    MadeEffects made;
    Script script(file.string(), clock);
    Runbook runbook = declare_runbook(script, language(), made, text, file).runbook;
    refuse_missing_effects(text, file);
    return runbook;
}

Runbook load_runbook(const fs::path& file) { return load_runbook_text(read_text_file(file, kFileBytesMax), file); }

std::vector<RunbookFile> runbook_files(const std::vector<fs::path>& folders) {
    std::vector<RunbookFile> files;
    for (const fs::path& folder : folders) {
        std::vector<RunbookFile> here;
        std::error_code no_folder;
        for (const auto& entry : fs::directory_iterator(folder, no_folder)) {
            const fs::path& path = entry.path();
            const bool hidden = std::ranges::find(files, path.stem().string(), &RunbookFile::name) != files.end();
            if (path.extension() == ".lua" && !hidden) here.push_back({path.stem().string(), path});
        }
        std::ranges::sort(here, {}, &RunbookFile::name);
        files.insert(files.end(), here.begin(), here.end());
    }
    return files;
}

Runbook find_runbook(const std::string& name, const std::vector<fs::path>& folders) {
    const auto files = runbook_files(folders);
    const auto found = std::ranges::find(files, name, &RunbookFile::name);
    if (found != files.end()) return load_runbook(found->file);
    std::vector<std::string> names, places;
    for (const RunbookFile& file : files) names.push_back(file.name);
    for (const fs::path& folder : folders) places.push_back(folder.string());
    const auto meant = closest_match(name, names);
    throw Error(ErrorCode::Usage, fmt::format("there is no runbook '{}' in {}", printable(name, 60), join(places, " or ")),
                meant ? fmt::format("Did you mean '{}'?", *meant)
                      : names.empty() ? "`runbook book new NAME` writes one." : fmt::format("There are: {}.", join(names, ", ")));
}

}  // namespace holdfast
