#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/operations/doctor.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

int doctor_command(Console& console, const Arguments& arguments) {
    const auto diagnoses = examine(console.built(), console.policy_folder(), arguments.has("--repair"));
    std::size_t ill = 0;
    for (const Diagnosis& diagnosis : diagnoses) ill += diagnosis.ok ? 0U : 1U;
    console.answer([&] { return to_json(diagnoses); }, [&] {
        std::string text;
        for (const Diagnosis& diagnosis : diagnoses) {
            text += fmt::format("{}  {}: {}\n", diagnosis.ok ? console.style().good("ok    ") : console.style().bad("not ok"),
                                console.style().strong(diagnosis.subject), printable(diagnosis.says, 400));
            if (!diagnosis.advice.empty()) text += fmt::format("        {}\n", diagnosis.advice);
        }
        return text + (ill == 0 ? fmt::format("\nNothing to put right in {}. Whether every byte of the backups can be read: runbook catalog verify\n", counted(diagnoses.size(), "check"))
                                : fmt::format("\n{} to put right.\n", counted(ill, "thing")));
    });
    return ill == 0 ? 0 : exit_status_of(ErrorCode::Findings);
}

}  // namespace

std::vector<Command> doctor_commands() {
    return {
        {.path = "doctor",
         .summary = "is everything there that a backup and a recovery need?",
         .description = "Looks at the policy, the clock, the catalog, the key, every store (readable, writable, room) and every database. "
                        "With --repair it first puts a lost or damaged repository.json back, from the copy that the repository's key seals, and touches nothing "
                        "that is sound. Exit status: 0 all is well, 1 something is not.",
         .options = {{.name = "--repair", .help = "put a lost or damaged repository.json back"}},
         .run = doctor_command},
    };
}

}  // namespace holdfast
