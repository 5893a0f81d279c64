#include "engine/cli/program.hpp"

#include <exception>
#include <new>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/command_line.hpp"
#include "engine/cli/help.hpp"
#include "engine/cli/console.hpp"
#include "engine/cli/show_findings.hpp"
#include "engine/wire/findings_document.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

// Known before the command line is: a program that asked for JSON gets JSON even where it asked wrongly.
bool wants_json(const std::vector<std::string>& words) {
    for (std::size_t at = 0; at < words.size(); ++at) {
        if (words[at] == "--format=json") return true;
        if (words[at] == "--format" && at + 1 < words.size() && words[at + 1] == "json") return true;
    }
    return false;
}

// What stands in the way; notes and warnings are for `policy check`.
std::vector<Finding> errors_of(std::vector<Finding> findings) {
    std::erase_if(findings, [](const Finding& finding) { return finding.severity != Severity::Error; });
    return findings;
}

int report(const Error& error, bool json, const Surroundings& around) {
    const Style style(around.colour);
    if (const auto* bad = dynamic_cast<const BadPolicyError*>(&error)) around.err << findings_text(errors_of(bad->findings), style);
    around.err << style.bad("runbook:") << " " << error.message << "\n";
    if (!error.hint.empty()) around.err << error.hint << "\n";
    else if (error.code == ErrorCode::Cancelled) around.err << "What was finished is kept; the same command goes on from there.\n";
    around.err << std::flush;
    if (json) {
        const auto* bad = dynamic_cast<const BadPolicyError*>(&error);
        around.out << (bad != nullptr ? error_to_json(error, bad->findings) : to_json(error)) << std::flush;
    }
    return exit_status_of(error.code);
}

void say_when_time_is_moved(const Surroundings& around, const Arguments& arguments) {
    const auto moved = around.variable("HOLDFAST_NOW");
    if (!moved || moved->empty() || arguments.has("--quiet")) return;
    around.err << "note: HOLDFAST_NOW is set; the clock began at " << printable(*moved, 40) << "\n";
}

// However a command ends: what it verified or approved before it failed was verified and approved.
class AtEnd {
public:
    explicit AtEnd(Console& console) : console_(console) {}
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;
    ~AtEnd() { console_.sign_evidence(); }

private:
    Console& console_;
};

int run_read(const CommandLine& line, const Surroundings& around) {
    const Style style(around.colour);
    if (line.asked_for_version) {
        around.out << "runbook " << around.built.version << "\n";
        return 0;
    }
    if (line.command == nullptr) {
        (line.asked_for_help ? around.out : around.err) << (line.group.empty() ? program_help(style) : group_help(line.group, style));
        return line.asked_for_help ? 0 : exit_status_of(ErrorCode::Usage);
    }
    if (line.arguments.has("--verbose")) set_log_level(LogLevel::Info);
    if (line.arguments.has("--quiet")) set_log_level(LogLevel::Error);
    Console console(around, *line.command, line.arguments);
    if (line.asked_for_help && !line.command->takes_more) {
        around.out << command_help(*line.command, style);
        return 0;
    }
    if (!line.command->hidden) say_when_time_is_moved(around, line.arguments);
    if (line.command->attests == Attests::Nothing) return line.command->run(console, line.arguments);
    const AtEnd sign(console);
    return line.command->run(console, line.arguments);
}

}  // namespace

int run_program(const std::vector<std::string>& words, const Surroundings& around) {
    const bool json = wants_json(words);
    try {
        return run_read(read_command_line(words), around);
    } catch (const Error& error) {
        return report(error, json, around);
    } catch (const std::bad_alloc&) {
        return report(Error(ErrorCode::Internal, "out of memory"), json, around);
    } catch (const std::exception& error) {   // A broken promise inside: said plainly rather than by the runtime's abort.
        return report(Error(ErrorCode::Internal, error.what(), "This is a fault of the program; please report it."), json, around);
    }
}

}  // namespace holdfast
