#include "engine/cli/console.hpp"

#include <algorithm>

#include "engine/base/error.hpp"
#include "engine/base/format.hpp"
#include "engine/base/log.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/shown_progress.hpp"
#include "engine/wire/evidence_bundle.hpp"

namespace holdfast {
namespace {

Format format_named(const std::string& name, const Command& command) {
    const std::vector<std::string> known = split(formats_of(command), ' ');
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        throw Error(ErrorCode::Usage, fmt::format("runbook {} does not write {}", command.path, printable(name, 40)),
                    fmt::format("It writes: {}.", join(known, ", ")));
    }
    if (name == "json") return Format::Json;
    if (name == "junit") return Format::Junit;
    if (name == "markdown") return Format::Markdown;
    return name == "sarif" ? Format::Sarif : Format::Text;
}

}  // namespace

Console::Console(const Surroundings& surroundings, const Command& command, const Arguments& arguments)
    : around_(surroundings),
      command_(command),
      arguments_(arguments),
      format_(format_named(arguments.maybe("--format").value_or("text"), command)),
      quiet_(arguments.has("--quiet")),
      verbose_(arguments.has("--verbose")),
      style_(surroundings.colour) {}

Console::~Console() = default;

fs::path Console::policy_folder() const {
    std::optional<std::string> given = arguments_.maybe("--policies");
    if (!given) given = around_.variable("HOLDFAST_POLICIES");
    if (given && given->empty()) given.reset();
    return find_policy_folder(given ? std::optional<fs::path>(*given) : std::nullopt, around_.here);
}

const LoadedPolicy& Console::loaded_policy() {
    if (!policy_) policy_ = std::make_unique<LoadedPolicy>(require_policy(built(), policy_folder()));
    return *policy_;
}

std::optional<FromStore> Console::store_alone() const {
    const auto from = std::ranges::find(command_.options, "--from", &Option::name);
    if (from == command_.options.end()) return std::nullopt;
    if (const auto url = arguments_.maybe("--from")) {
        FromStore given{*url, arguments_.maybe("--key")};
        for (const FromStore& before : stores_used_before(state_home(around_.variable))) {
            if (!given.key && before.url == given.url) given.key = before.key;
        }
        return given;
    }
    try {
        policy_folder();
        return std::nullopt;
    } catch (const Error&) {   // No policy here: is there a recovery that was begun from a store alone?
        const bool meant = arguments_.maybe("--policies") || !around_.variable("HOLDFAST_POLICIES").value_or("").empty();
        const auto before = meant ? std::vector<FromStore>() : stores_used_before(state_home(around_.variable));
        if (before.empty()) throw;
        if (before.size() == 1) return before.front();
        std::string hint = "Say which with --from. Used here before:";
        for (const FromStore& store : before) hint += " " + store.url;
        throw Error(ErrorCode::Usage, "there is no policy folder here, and recoveries were begun from several stores", hint);
    }
}

const Policy& Console::policy() {
    if (policy_of_store_) return *policy_of_store_;
    const auto store = policy_ ? std::nullopt : store_alone();
    if (!store) return loaded_policy().policy;
    policy_of_store_ = std::make_unique<Policy>(policy_from_store(built(), *store, state_home(around_.variable)));
    note(fmt::format("working from {} alone; the record of it is kept in {}", store->url, policy_of_store_->state.string()));
    note(fmt::format("to take a run up again on this machine: runbook runs resume RUN --from {}", store->url));
    return *policy_of_store_;
}

Workplace& Console::workplace() {
    if (!workplace_) {
        const Policy& on = policy();
        workplace_ = std::make_unique<Workplace>(built(), on, policy_of_store_ != nullptr);
    }
    return *workplace_;
}

Instant Console::read_instant(const std::string& text) {
    const Instant at = times().read(text, now());
    if (!parse_rfc3339(text) || !text.ends_with("Z")) {
        note(fmt::format("{} is understood as {}", printable(text, 60), times().text_with_utc(at)));
    }
    return at;
}

const LocalTimes& Console::times() {
    if (!times_) times_ = std::make_unique<LocalTimes>(policy().timezone);
    return *times_;
}

void Console::answer(const std::function<std::string()>& json, const std::function<std::string()>& text) {
    around_.out << (is_text() ? text() : json()) << std::flush;
}

void Console::note(std::string_view line) {
    if (!quiet_) around_.err << style_.faint(line) << "\n" << std::flush;
}

Progress& Console::progress() {
    if (!progress_) {
        if (around_.err_is_terminal && !quiet_) progress_ = std::make_unique<TerminalProgress>(around_.err, around_.columns);
        else if (verbose_) progress_ = std::make_unique<PlainProgress>(around_.err);
        else progress_ = std::make_unique<NoProgress>();
    }
    return *progress_;
}

void Console::finish_progress() { progress_.reset(); }

std::optional<std::string> Console::ask(std::string_view prompt) {
    if (!around_.ask) return std::nullopt;
    return around_.ask(prompt);
}

void Console::confirm(std::string_view question, bool yes) {
    if (yes) return;
    const auto answered = ask(fmt::format("{} [y/N] ", question));
    if (!answered) {
        throw Error(ErrorCode::NotPermitted, "nobody is at the terminal to say yes", "Nothing was done. Look at it, then add --yes.");
    }
    const std::string_view word = trim(*answered);
    if (word == "y" || word == "Y" || word == "yes") return;
    throw Error(ErrorCode::Cancelled, "not confirmed", "Nothing was done.");
}

void Console::confirm_word(std::string_view question, const std::string& word, const std::optional<std::string>& given) {
    if (given && *given == word) return;
    if (given) {
        throw Error(ErrorCode::NotPermitted, fmt::format("--confirm says {}, not {}", printable(*given, 60), word), "Nothing was done.");
    }
    const auto answered = ask(fmt::format("{} ", question));
    if (!answered) {
        throw Error(ErrorCode::NotPermitted, "nobody is at the terminal to confirm it",
                    fmt::format("Nothing was done. If it is meant, add: --confirm {}", word));
    }
    if (trim(*answered) != word) throw Error(ErrorCode::Cancelled, "not confirmed", "Nothing was done.");
}

void Console::sign_evidence() noexcept {
    if (!workplace_) return;
    try {
        sign_new_evidence(*workplace_, command_.attests == Attests::Approvals, &signed_line);
    } catch (const Error& error) {
        log_warning("evidence of this was not signed; the next command tries again: {}{}{}", error.message, error.hint.empty() ? "" : " ", error.hint);
    } catch (const std::exception& error) {   // Also a lack of memory: the command's own end counts.
        log_warning("evidence of this was not signed; the next command tries again: {}", error.what());
    }
}

}  // namespace holdfast
