#include "engine/operations/test_policy.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/text.hpp"
#include "engine/compliance/judge.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {
namespace {

constexpr std::uint64_t kExpectBytesMax = 1U << 20;
constexpr std::string_view kToday = "today:";
constexpr const char* kNoPlace = "-";

struct Expected {
    std::string line, id, place, subject;
    bool fits(const Expected& found) const { return id == found.id && (place.empty() || place == found.place) && (subject.empty() || subject == found.subject); }
};
struct Expectation {
    std::optional<Instant> today;
    std::vector<Expected> findings;
};

[[noreturn]] void refuse(const fs::path& file, std::size_t line, const std::string& why) {
    throw Error(ErrorCode::Usage, fmt::format("{}:{}: {}", file.string(), line, why), "Write a finding as \"ID\", \"ID FILE:LINE\" or \"ID FILE:LINE SUBJECT\"; or `today: 2026-11-24`.");
}

Expected read_line(const std::string& text) {
    std::vector<std::string> words;
    for (std::string& word : split(text, ' ')) {
        if (!word.empty()) words.push_back(std::move(word));
    }
    Expected expected{.line = text, .id = words.at(0), .place = words.size() > 1 ? words[1] : "", .subject = {}};
    if (words.size() > 2) expected.subject = join(std::vector<std::string>(words.begin() + 2, words.end()), " ");
    return expected;
}

Expectation read_expectation(const fs::path& file) {
    Expectation expectation;
    std::size_t number = 0;
    for (const std::string& raw : split(read_text_file(file, kExpectBytesMax), '\n')) {
        ++number;
        const std::string line(trim(std::string_view(raw).substr(0, raw.find('#'))));
        if (line.empty()) continue;
        if (line.starts_with(kToday)) {
            expectation.today = parse_rfc3339(std::string(trim(std::string_view(line).substr(kToday.size()))) + "T00:00:00Z");
            if (!expectation.today) refuse(file, number, fmt::format("{} is no day", printable(line, 60)));
            continue;
        }
        expectation.findings.push_back(read_line(line));
    }
    return expectation;
}

Expected as_expected(std::string id, const std::optional<SourcePlace>& place, const std::string& subject) {
    Expected found{.line = {}, .id = std::move(id), .place = place ? fmt::format("{}:{}", place->file, place->line) : kNoPlace, .subject = subject};
    found.line = fmt::format("{} {}{}{}", found.id, found.place, subject.empty() ? "" : " ", subject);
    return found;
}

// The place of the value, or of the nearest one above it that the text has.
std::optional<SourcePlace> place_of(const Origins& origins, std::vector<std::string> path) {
    for (; !path.empty(); path.pop_back()) {
        if (auto place = origins.place_of(path)) return place;
    }
    return std::nullopt;
}

// What the policy alone says of itself; a build that cannot do something is no matter of the policy.
std::vector<Expected> findings_of(const Built& built, const fs::path& folder, Instant today) {
    LoadOptions options = load_options(built, folder);
    options.today = today;
    const LoadedPolicy loaded = load_policy(options);
    std::vector<Expected> found;
    for (const Finding& finding : loaded.findings) {
        if (finding.id != "not-in-build") found.push_back(as_expected(finding.id, finding.place, finding.subject));
    }
    if (!loaded.usable()) return found;
    Evidence evidence;
    evidence.as_of = today;
    evidence.can_lock = evidence.can_drill = true;
    evidence.runbooks = options.runbooks.value_or(std::vector<std::string>{});
    for (const Shortfall& shortfall : judge(loaded.policy, evidence).findings) {
        const Check* check = check_named(shortfall.check);
        if (check != nullptr && check->basis == CheckBasis::Policy) found.push_back(as_expected(shortfall.check, place_of(loaded.origins, shortfall.path), shortfall.subject));
    }
    return found;
}

PolicyTestCase run_case(const Built& built, const fs::path& folder) {
    Expectation expectation = read_expectation(folder / "expect");
    std::vector<Expected> found = findings_of(built, folder, expectation.today.value_or(built.clock.now()));
    PolicyTestCase result{.name = folder.filename().string(), .missing = {}, .unexpected = {}, .found = found.size()};
    // Those that say most are matched first, so that a bare id does not take what another line names.
    std::ranges::stable_sort(expectation.findings, std::greater{}, [](const Expected& one) { return (one.place.empty() ? 0 : 1) + (one.subject.empty() ? 0 : 1); });
    for (const Expected& expected : expectation.findings) {
        const auto match = std::ranges::find_if(found, [&](const Expected& one) { return expected.fits(one); });
        if (match == found.end()) result.missing.push_back(expected.line);
        else found.erase(match);
    }
    for (const Expected& one : found) result.unexpected.push_back(one.line);
    return result;
}

}  // namespace

std::vector<PolicyTestCase> test_policies(const Built& built, const fs::path& folder) {
    std::vector<fs::path> cases;
    std::error_code unreadable;
    for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
        if (fs::exists(entry.path() / "expect")) cases.push_back(entry.path());
    }
    if (cases.empty()) {
        throw Error(ErrorCode::Missing, fmt::format("there are no policy tests in {}", folder.string()), "A test is a folder with policy files and a file `expect` that lists the findings they must have.");
    }
    std::ranges::sort(cases);
    std::vector<PolicyTestCase> results;
    for (const fs::path& one : cases) results.push_back(run_case(built, one));
    return results;
}

std::vector<Finding> as_findings(const std::vector<PolicyTestCase>& cases) {
    std::vector<Finding> findings;
    for (const PolicyTestCase& one : cases) {
        Finding finding{.id = "policy-test", .severity = one.passed() ? Severity::Note : Severity::Error, .place = {}, .subject = one.name, .message = {}, .fix = {}};
        std::vector<std::string> wrong;
        for (const std::string& line : one.missing) wrong.push_back("expected and not found: " + line);
        for (const std::string& line : one.unexpected) wrong.push_back("found and not expected: " + line);
        finding.message = one.passed() ? fmt::format("{} as expected", counted(one.found, "finding")) : join(wrong, "; ");
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace holdfast
