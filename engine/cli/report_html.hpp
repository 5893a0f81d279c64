// A compliance report as one page that needs nothing beside it: findings, promises, waivers, and what can be recovered as a picture.
#pragma once

#include <string>

#include "engine/cli/console.hpp"
#include "engine/operations/comply.hpp"
#include "engine/operations/logs.hpp"
#include "engine/operations/prove.hpp"

namespace holdfast {

struct ReportParts {
    Compliance compliance;
    Proofs proofs;
    std::vector<TimelineRow> timelines;
};

// HTML 5, light and dark by the reader's preference, without scripts and links to other places than files of its own.
std::string report_html(const ReportParts& parts, Console& console);
// The same without the picture, for merge requests and wikis.
std::string report_markdown(const ReportParts& parts, Console& console);

}  // namespace holdfast
