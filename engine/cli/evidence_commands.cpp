#include <charconv>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/console.hpp"
#include "engine/wire/evidence_bundle.hpp"
#include "engine/wire/results.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kBundleBytesMax = 1U << 30;
constexpr std::uint64_t kKeyTextBytesMax = 4096;

// "2026-Q4" as year and quarter.
std::pair<int, int> read_quarter(const std::string& text) {
    int year = 0, quarter = 0;
    const bool shaped = text.size() == 7 && text.substr(4, 2) == "-Q";
    const auto number = [&](std::size_t at, std::size_t count, int& into) {
        const auto [end, problem] = std::from_chars(text.data() + at, text.data() + at + count, into);
        return problem == std::errc{} && end == text.data() + at + count;
    };
    if (shaped && number(0, 4, year) && number(6, 1, quarter) && year >= 1970 && quarter >= 1 && quarter <= 4) return {year, quarter};
    throw Error(ErrorCode::Usage, fmt::format("--quarter: {} is no quarter", printable(text, 40)), "Write for example 2026-Q4.");
}

BundleSpan span_of(Console& console, const Arguments& arguments) {
    const auto from = arguments.maybe("--from-time"), until = arguments.maybe("--until");
    const auto quarter = arguments.maybe("--quarter");
    if (quarter.has_value() == (from || until)) throw Error(ErrorCode::Usage, "say which time the evidence is of", "Give --quarter 2026-Q4, or --from-time and --until.");
    BundleSpan span{.from = {}, .until = {}, .host = console.installation().provenance.host, .version = console.built().version};
    if (quarter) {
        const auto [year, number] = read_quarter(*quarter);
        const int next = number == 4 ? 1 : number + 1;
        span.from = console.read_instant(fmt::format("{}-{:02}-01 00:00", year, number * 3 - 2));
        span.until = console.read_instant(fmt::format("{}-{:02}-01 00:00", number == 4 ? year + 1 : year, next * 3 - 2));
    } else {
        if (!from) throw Error(ErrorCode::Usage, "--until without --from-time", "Give both, or --quarter.");
        span.from = console.read_instant(*from);
        span.until = until ? console.read_instant(*until) : console.now();
    }
    return span;
}

int export_command(Console& console, const Arguments& arguments) {
    const BundleSpan span = span_of(console, arguments);
    const auto key_file = arguments.maybe("--key");
    const SigningKey key = evidence_key(console.workplace(), key_file ? std::optional(console.around().here / *key_file) : std::nullopt);
    const SignedEvidence evidence = gather_signed(console.workplace(), span.from, span.until, &signed_line);
    const fs::path file = console.around().here / arguments.maybe("--out").value_or("evidence.jsonl");
    if (!write_file_if_absent(file, as_bytes(evidence_bundle(evidence, span, key)))) {
        throw Error(ErrorCode::AlreadyExists, fmt::format("{} is there already", file.string()), "Choose another file with --out.");
    }
    console.workplace().catalog().audit("evidence.export", file.filename().string(), fmt::format("{} of {} to {}", counted(evidence.statements.size(), "statement"), to_rfc3339(span.from), to_rfc3339(span.until)));
    console.answer([&] { return note_to_json("evidence", {{"file", file.string()}, {"public_key", key.public_key}, {"statements", std::to_string(evidence.statements.size())}}); }, [&] {
        std::string text = fmt::format("{} in {}, signed by {}\n", counted(evidence.statements.size(), "statement"), file.string(), key.public_key);
        for (const std::string& sentence : evidence.left_out) text += fmt::format("  {} {}\n", console.style().doubtful("left out:"), sentence);
        return text + fmt::format("To verify it anywhere: runbook evidence verify {} --public-key {}\n", file.filename().string(), key.public_key);
    });
    return 0;
}

std::string read_public_key(Console& console, const std::string& text) {
    if (text.starts_with("ed25519:")) return text;
    return std::string(trim(read_text_file(console.around().here / text, kKeyTextBytesMax)));
}

int verify_command(Console& console, const Arguments& arguments) {
    const auto key = arguments.maybe("--public-key");
    if (!key) throw Error(ErrorCode::Usage, "runbook evidence verify needs --public-key", "It was printed when the evidence was exported: ed25519:…");
    const std::string bundle = read_text_file(console.around().here / arguments.text("BUNDLE"), kBundleBytesMax);
    const BundleReport report = verify_bundle(bundle, read_public_key(console, *key));
    console.answer([&] { return to_json(report); }, [&] {
        const Style& style = console.style();
        std::string text;
        for (const std::string& problem : report.problems) text += fmt::format("{} {}\n", style.bad("not ok:"), printable(problem, 200));
        if (!report.ok()) return text + "This evidence proves nothing.\n";
        text = fmt::format("{} nothing was changed, removed or added, and all of it was signed with this key.\n{} to {}: {}, {}, {}; {} of them failed.\n", style.good("ok:"), report.from, report.until,
                           counted(report.drills, "drill"), counted(report.verifications, "verification"), counted(report.approvals, "approval"), report.failed);
        if (report.keys > 1) text += fmt::format("  It was signed with {} in the course of time, for which the first line vouches.\n", counted(report.keys, "key"));
        if (report.late > 0) text += fmt::format("  {} {} signed more than an hour after what they tell of, from the record.\n", style.doubtful("late:"), report.late == 1 ? "1 statement was" : format_count(report.late) + " statements were");
        for (const std::string& sentence : report.left_out) text += fmt::format("  {} {}\n", style.doubtful("left out:"), printable(sentence, 300));
        return text;
    });
    return report.ok() ? 0 : exit_status_of(ErrorCode::Findings);
}

}  // namespace

std::vector<Command> evidence_commands() {
    return {
        {.path = "comply evidence",
         .summary = "a signed bundle of every drill, verification and approval of a quarter",
         .description = "One file, a line per statement: an in-toto statement with the predicate test-result, in a DSSE envelope signed with ed25519. It names the digest of the recovery point's object in its "
                        "store, the policy's commit and hash, the runbook's hash and the times. The first line names the digest of every other and where the audit chain stood. "
                        "Each statement was signed when it came into being; it says when. What has none yet is signed now, and counts as late. "
                        "The key is the installation's own (evidence.key in the state folder, made when it is first needed; `runbook keys new-evidence` replaces it); the first line may be signed by a person instead.",
         .positionals = {{.name = "WHAT", .help = "export", .completes = Completes::Words, .words = "export"}},
         .options = {{.name = "--quarter", .value = "QUARTER", .help = "such as 2026-Q4, in the policy's time zone"},
                     {.name = "--from-time", .value = "TIME", .help = "instead of a quarter: everything after this moment …"},
                     {.name = "--until", .value = "TIME", .help = "… up to this one; otherwise until now"},
                     {.name = "--out", .value = "FILE", .help = "otherwise evidence.jsonl", .completes = Completes::File},
                     {.name = "--key", .value = "FILE", .help = "sign the first line with this private key: runbook keys new-person", .completes = Completes::File}},
         .examples = {"runbook comply evidence export --quarter 2026-Q4 --out evidence-2026-Q4.jsonl"},
         .run = export_command},
        {.path = "evidence verify",
         .summary = "hold a bundle of evidence against a public key, anywhere",
         .description = "Needs the file and the key, and nothing else: no policy, catalog or store. Every line must be exactly what was signed, and none may lack, be added or moved. Exit status: 0 fine, 1 not.",
         .positionals = {{.name = "BUNDLE", .help = "the file", .completes = Completes::File}},
         .options = {{.name = "--public-key", .value = "KEY", .help = "ed25519:…, or a file that holds it"}},
         .examples = {"runbook evidence verify evidence-2026-Q4.jsonl --public-key auditor-key.txt"},
         .run = verify_command},
    };
}

}  // namespace holdfast
