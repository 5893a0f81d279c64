#include "dsl/load/new_runbook.hpp"

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kTemplate = R"lua(-- Say here when this runbook is the right one, and when it is not.
--
-- Effects such as find.point {{ … }} do nothing by themselves: step("title", effect) hands them to the engine, which records
-- them, so that the run can be planned (--plan), stopped, resumed and undone. `runbook book lint` checks this file;
-- dsl/README.md has the whole language.

return runbook {{
  name    = "{0}",
  purpose = "Restore a copy and look at it",

  params = {{
    database = param.database {{ help = "database to look at; may be left out when there is only one" }},
    before   = param.instant  {{ optional = true, help = "strictly before this moment; the newest point when left out" }},
  }},

  run = function(a)
    local point = step("choose the recovery point",
      find.point {{ of = a.database, before = a.before }})

    local copy = step("restore beside the live database",
      restore.beside {{ point = point }},
      {{ undo = drop.copy, timeout = "45m", retry = 2 }})

    step("check that the copy is sound", verify.integrity {{ of = copy }})

    -- What changes a live database needs a backup.now of it and an approval before it:
    --   approve {{ "put the missing rows back", into = a.database, shows = lost }}

    return done {{ copy = copy, point = point }}
  end,
}}
)lua";

}  // namespace

std::string new_runbook_text(const std::string& name) {
    const bool fine = !name.empty() && name.size() <= 60 && name.front() != '-' &&
                      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (!fine) {
        throw Error(ErrorCode::Usage, fmt::format("'{}' is no name for a runbook", printable(name, 60)),
                    "Use lower case letters, digits and dashes, such as wrong-import.");
    }
    return fmt::format(kTemplate, name);
}

}  // namespace holdfast
