// One command at work: its options, where its answer goes, and the policy it works on, opened when
// first needed. Commands ask it; they never see streams, terminals or the environment.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/base/progress.hpp"
#include "engine/cli/command.hpp"
#include "engine/cli/style.hpp"
#include "engine/cli/surroundings.hpp"
#include "engine/operations/from_store.hpp"
#include "engine/operations/local_time.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {

enum class Format : std::uint8_t { Text, Json, Junit, Sarif, Markdown };

class Console {
public:
    // Throws Error{Usage} for a --format that the command does not have.
    Console(const Surroundings& surroundings, const Command& command, const Arguments& arguments);
    ~Console();

    const Surroundings& around() const { return around_; }
    const Built& built() const { return around_.built; }
    Format format() const { return format_; }
    bool is_text() const { return format_ == Format::Text; }
    bool quiet() const { return quiet_; }
    bool verbose() const { return verbose_; }
    const Style& style() const { return style_; }
    CancelToken cancel() const { return around_.cancel; }
    Instant now() const { return around_.built.clock.now(); }

    // ---- the policy ----
    fs::path policy_folder() const;
    // Read and sound, nothing opened. Throws BadPolicyError.
    const LoadedPolicy& loaded_policy();
    // Of the policy folder; for a command with --from, and where that is given or there is no folder, one made of a store.
    const Policy& policy();
    // The policy with its catalog and repositories.
    Workplace& workplace();
    const Installation& installation() { return workplace().installation(); }
    // Signs the evidence that a command has made, where it has opened its workplace. What goes wrong is a warning: the work was done.
    void sign_evidence() noexcept;

    // ---- instants ----
    // Reads what a person typed; says on standard error how it was understood where it was not RFC 3339 in UTC.
    Instant read_instant(const std::string& text);
    // "2026-11-20 14:05:00 CET", in the policy's zone.
    std::string local(Instant at) { return times().text(at); }
    // The same and UTC: "2026-11-20 14:05:00 CET (2026-11-20T13:05:00Z)".
    std::string local_and_utc(Instant at) { return times().text_with_utc(at); }

    // ---- answers ----
    // Writes the result, as JSON or as text. Only one of the two is made.
    void answer(const std::function<std::string()>& json, const std::function<std::string()>& text);
    // A line beside the result, on standard error; not with --quiet.
    void note(std::string_view line);

    // Work that may take long runs under this; it draws, logs or is silent as the terminal and options ask.
    Progress& progress();
    // Before something is written or asked: takes the moving line away.
    void finish_progress();

    // ---- questions ----
    // Goes on only with a yes: `--yes`, or typed at the terminal. Throws NotPermitted where nobody can be asked,
    // Cancelled for anything but yes.
    void confirm(std::string_view question, bool yes);
    // As confirm, but the answer must be `word`; `given` is what --confirm was given.
    void confirm_word(std::string_view question, const std::string& word, const std::optional<std::string>& given);
    // A free question; nothing where nobody is there.
    std::optional<std::string> ask(std::string_view prompt);

private:
    const LocalTimes& times();
    // Nothing: the policy folder says all.
    std::optional<FromStore> store_alone() const;

    const Surroundings& around_;
    const Command& command_;
    const Arguments& arguments_;
    Format format_ = Format::Text;
    bool quiet_ = false;
    bool verbose_ = false;
    Style style_;
    std::unique_ptr<Progress> progress_;
    std::unique_ptr<LoadedPolicy> policy_;
    std::unique_ptr<Policy> policy_of_store_;
    std::unique_ptr<LocalTimes> times_;
    std::unique_ptr<Workplace> workplace_;
};

}  // namespace holdfast
