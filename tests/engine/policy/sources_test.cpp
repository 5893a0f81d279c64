#include "engine/policy/sources.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "engine/base/file.hpp"
#include "tests/engine/policy/policy_text.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

// Kilobytes that this process has used at most so far.
long peak_kilobytes() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

// Seconds of processor that this process has used so far: what a busy machine does not change.
double processor_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Refusal {
    std::vector<std::string> ids;
    double seconds = 0;   // Of processor.
    long kilobytes = 0;
};
Refusal refuse(const std::string& text) {
    const long before = peak_kilobytes();
    const double begin = processor_seconds();
    const LoadedPolicy loaded = load_policy_text("hostile.yaml", text, whole_build());
    return {ids_in(loaded), processor_seconds() - begin, peak_kilobytes() - before};
}

std::string billion_laughs() {
    std::string text = "version: 1\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
    for (int i = 1; i < 30; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(before + ", ", 8) + before + "]\n";
    }
    return text;
}

TEST_CASE("hostile YAML is refused within a second and 100 MiB", "[policy][sources]") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"anchors that multiply", billion_laughs()},
        {"a line of 10 MiB", "a: " + std::string(10U << 20, 'x')},
        {"a line of 100 KB", "a: " + std::string(100'000, 'x')},
        {"binary", std::string("version: 1\n\0\1\2\3", 15)},
        {"brackets 100,000 deep in one line", repeated("[", 100'000)},
        {"brackets 100,000 deep over lines", repeated("[\n", 100'000)},
        {"braces 60,000 deep", repeated("{a: ", 15'000)},
        {"dashes 30,000 deep", repeated("- ", 30'000)},
        {"questions 30,000 deep", repeated("? ", 30'000)},
        {"indentation 300 deep", [] {
             std::string text;
             for (std::size_t i = 0; i < 300; ++i) text += std::string(i, ' ') + "a:\n";
             return text;
         }()},
        {"a million items in one list", "version: 1\na: [" + repeated("a,\n", 1'000'000) + "]"},
        {"two million empty lines", repeated("\n", 2'000'000)},
        {"a hundred thousand documents", repeated("--- a\n", 100'000)},
        {"a merge key", "a: &a {x: 1}\nb: {<<: *a}\n"},
        {"a tag", "version: !!python/object:os.system 1\n"},
    };
    for (const auto& [name, text] : cases) {
        DYNAMIC_SECTION(name) {
            const Refusal refusal = refuse(text);
            REQUIRE_FALSE(refusal.ids.empty());
            CHECK(std::ranges::find(refusal.ids, "hostile-yaml") != refusal.ids.end());
            if (!kSanitized) {
                CHECK(refusal.seconds < 1.0);
                CHECK(refusal.kilobytes < 100L * 1024);
            }
        }
    }
}

TEST_CASE("a text full of nonsense keys yields a thousand problems and the number of the others", "[policy][sources]") {
    std::string text = "version: 1\n";
    for (int i = 0; i < 20'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
    const LoadedPolicy loaded = load_policy_text("p.yaml", text, whole_build());
    CHECK(loaded.findings.size() == 1001);
    CHECK(loaded.findings.back().id == "too-many-problems");
}

TEST_CASE("a file that is too large is refused before it is read", "[policy][sources]") {
    TemporaryFolder folder;
    fs::path path = folder / "large.yaml";
    File::open(path, File::Mode::CreateNew).resize(std::uint64_t(8) << 30);
    LoadOptions options = whole_build();
    options.folder = folder.path();
    const LoadedPolicy loaded = load_policy(options);
    REQUIRE_FALSE(loaded.findings.empty());
    CHECK(loaded.findings.front().id == "hostile-yaml");
    CHECK(loaded.findings.front().message == "the file has 8.59 GB; at most 4.19 MB are read");
}

TEST_CASE("bytes that are no UTF-8 are named with their place", "[policy][sources]") {
    CHECK(problems_in_text("version: 1\nsite: \xff\n") == std::vector<std::string>{"2:7 hostile-yaml"});
    CHECK(problems_in_text("version: 1\nö: \x07\n") == std::vector<std::string>{"2:4 hostile-yaml"});
}

TEST_CASE("UTF-8 is what RFC 3629 says", "[policy][sources]") {
    CHECK(is_utf8("plain"));
    CHECK(is_utf8("Zürich → 北京 🎉"));
    CHECK_FALSE(is_utf8("\xc0\xaf"));           // Overlong.
    CHECK_FALSE(is_utf8("\xed\xa0\x80"));       // A surrogate.
    CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));   // Beyond the last character.
    CHECK_FALSE(is_utf8("\xe2\x82"));           // Cut off.
}

}  // namespace
}  // namespace holdfast
