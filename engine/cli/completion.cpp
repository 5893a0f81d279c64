#include "engine/cli/completion.hpp"

#include "engine/base/error.hpp"
#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/operations/complete.hpp"
#include "engine/operations/open.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kBashScript = R"(# Completion of runbook for bash. Load it with: source <(runbook completion bash)
_runbook() {
    local words=("${COMP_WORDS[@]:1:COMP_CWORD}") offers
    offers=$("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null) || return 0
    local current=${COMP_WORDS[COMP_CWORD]}
    case $offers in
        file:) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        folder:) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
        *) mapfile -t COMPREPLY < <(compgen -W "$offers" -- "$current") ;;
    esac
}
complete -o filenames -F _runbook runbook
)";

class Completion {
public:
    Completion(const std::vector<std::string>& words, const Surroundings& around) : around_(around) {
        typed_ = words.empty() ? "" : words.back();
        if (!words.empty()) before_.assign(words.begin(), words.end() - 1);
    }

    std::vector<std::string> offers() {
        take_command();
        if (command_ == nullptr) return typed_.starts_with("-") ? option_names(options_of_every_command()) : next_words();
        if (const Option* option = waiting_option()) return values(option->completes, option->name == "--format" ? formats_of(*command_) : option->words);
        if (const auto* offer = waiting_parameter()) return offer->values;
        if (typed_.starts_with("-")) return all_options();
        return positional_values();
    }

private:
    // The longest path of words that is a command; what follows are its arguments.
    void take_command() {
        std::string path;
        std::size_t used = 0;
        for (std::size_t at = 0; at < before_.size() && used < 2; ++at) {
            if (before_[at].starts_with("-")) continue;
            path += (path.empty() ? "" : " ") + before_[at];
            ++used;
            if (const Command* found = command_at(path)) {
                command_ = found;
                arguments_.assign(before_.begin() + static_cast<std::ptrdiff_t>(at) + 1, before_.end());
                break;
            }
            group_ = path;
        }
        if (command_ != nullptr && command_->takes_more) take_parameters();
    }

    void take_parameters() {
        for (const std::string& word : arguments_) {
            if (word.starts_with("-")) continue;
            parameters_ = parameters_of_book(word, around_.built, policy_folder());
            return;
        }
    }

    fs::path policy_folder() const {
        std::optional<fs::path> given;
        for (std::size_t at = 0; at + 1 < before_.size(); ++at) {
            if (before_[at] == "--policies") given = before_[at + 1];
        }
        const auto variable = around_.variable("HOLDFAST_POLICIES");
        if (!given && variable && !variable->empty()) given = *variable;
        try {
            return find_policy_folder(given, around_.here);
        } catch (const Error&) {   // Without a policy the shipped runbooks are still there to complete.
            return around_.here / "policies";
        }
    }

    std::vector<std::string> next_words() const {
        std::vector<std::string> offers;
        for (const Command& command : all_commands()) {
            if (command.hidden) continue;
            const std::string_view group = group_of(command);
            if (!group_.empty() && group == group_) offers.emplace_back(command.path.substr(group.size() + 1));
            if (group_.empty() && group.empty()) offers.emplace_back(command.path);
        }
        if (group_.empty()) {
            for (const CommandGroup& group : command_groups()) offers.emplace_back(group.name);
        }
        return offers;
    }

    static std::vector<std::string> option_names(std::span<const Option> options) {
        std::vector<std::string> names;
        for (const Option& option : options) names.emplace_back(option.name);
        return names;
    }

    std::vector<std::string> all_options() const {
        std::vector<std::string> names = option_names(command_->options);
        for (const ParameterOffer& offer : parameters_) names.push_back(offer.flag);
        for (std::string& name : option_names(options_of_every_command())) names.push_back(std::move(name));
        return names;
    }

    const Option* option_named(const std::string& word) const {
        for (const Option& option : command_->options) {
            if (option.name == word || (!option.letter.empty() && option.letter == word)) return &option;
        }
        for (const Option& option : options_of_every_command()) {
            if (option.name == word || (!option.letter.empty() && option.letter == word)) return &option;
        }
        return nullptr;
    }

    // The option whose value is being typed.
    const Option* waiting_option() const {
        const Option* option = arguments_.empty() ? nullptr : option_named(arguments_.back());
        return option != nullptr && !option->value.empty() ? option : nullptr;
    }

    const ParameterOffer* waiting_parameter() const {
        for (const ParameterOffer& offer : parameters_) {
            if (!arguments_.empty() && offer.flag == arguments_.back()) return &offer;
        }
        return nullptr;
    }

    std::vector<std::string> positional_values() const {
        std::size_t given = 0;
        for (std::size_t at = 0; at < arguments_.size(); ++at) {
            if (arguments_[at].starts_with("-")) {
                const Option* option = option_named(arguments_[at]);
                if (option != nullptr && !option->value.empty()) ++at;
            } else {
                ++given;
            }
        }
        if (command_->positionals.empty()) return {};
        const bool last_repeats = command_->positionals.back().repeated;
        if (given >= command_->positionals.size() && !last_repeats) return {};
        const Positional& positional = command_->positionals[std::min(given, command_->positionals.size() - 1)];
        return values(positional.completes, positional.words);
    }

    std::vector<std::string> values(Completes what, std::string_view words) const {
        switch (what) {
            case Completes::Nothing: return {};
            case Completes::File: return {"file:"};
            case Completes::Folder: return {"folder:"};
            case Completes::Database: return completions_of(Completable::Databases, around_.built, policy_folder());
            case Completes::Environment: return completions_of(Completable::Environments, around_.built, policy_folder());
            case Completes::Point: return completions_of(Completable::Points, around_.built, policy_folder());
            case Completes::Run: return completions_of(Completable::Runs, around_.built, policy_folder());
            case Completes::Book: return completions_of(Completable::Books, around_.built, policy_folder());
            case Completes::Words: return split(words, ' ');
        }
        return {};
    }

    const Surroundings& around_;
    std::string typed_;
    std::vector<std::string> before_;      // Words that are finished.
    std::string group_;
    const Command* command_ = nullptr;
    std::vector<std::string> arguments_;   // Of the command.
    std::vector<ParameterOffer> parameters_;
};

}  // namespace

std::string bash_completion() { return std::string(kBashScript); }

std::vector<std::string> complete_words(const std::vector<std::string>& words, const Surroundings& around) {
    std::vector<std::string> offers = Completion(words, around).offers();
    const std::string typed = words.empty() ? "" : words.back();
    std::erase_if(offers, [&](const std::string& offer) {
        return offer != "file:" && offer != "folder:" && !offer.starts_with(typed);
    });
    return offers;
}

}  // namespace holdfast
