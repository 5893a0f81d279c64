#include "engine/cli/show_moment.hpp"

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

std::string name_of_state(const RecoveryTarget& target) { return target.log ? to_text(*target.log) : target.point.id.str(); }

std::string line_of(std::string_view title, const StateAnswer& answer, Console& console) {
    return fmt::format("{} at {}: {}\n", title, console.local_and_utc(answer.target.instant), name_of_state(answer.target));
}

// States between the two that could not be asked: the change may lie before or behind them.
std::uint64_t skipped_between(const LastGood& found) {
    std::uint64_t skipped = 0;
    for (const StateAnswer& answer : found.answers) {
        const bool between = answer.target.instant >= found.last_good->target.instant && answer.target.instant <= found.first_bad->target.instant;
        if (between && answer.answer == Answer::Unknown) ++skipped;
    }
    return skipped;
}

std::string found_text(const MomentFound& moment, Console& console) {
    const LastGood& found = moment.found;
    std::string text = line_of(console.style().good("true, for the last time,"), *found.last_good, console) +
                       line_of(console.style().bad("not true any more"), *found.first_bad, console);
    if (const std::uint64_t skipped = skipped_between(found)) {
        text += fmt::format("{} between the two could not be asked: it may still have been true there.\n", counted(skipped, "state"));
    }
    if (found.several_changes) text += "It changed more than once: this is the last change that was seen. Look closer with --since and --until.\n";
    else if (found.good_at_oldest == false) text += "At the oldest state it was not true yet; were it to have changed several times, this is one of the changes.\n";
    if (const std::string before = before_text(found); !before.empty()) text += fmt::format("\nUse --before {}\n", before);
    else text += "\nAnother state is of the same millisecond: only its id names the good one.\n";
    return text + fmt::format("Next: {}\n", moment.next);
}

std::string nowhere_text(const LastGood& found, Console& console) {
    if (!found.good_at_oldest) {
        return console.style().bad("nothing is known:") + fmt::format(" none of {} could be asked.\nSee what is damaged: runbook catalog verify --database {}\n",
                                                                    counted(found.states, "state"), found.database.str());
    }
    return console.style().bad("true nowhere:") +
           fmt::format(" not at any of {} of {} that were asked{}.\nCheck the statement, or look further back where --since was given.\n",
                       counted(found.answers.size(), "state"), found.database.str(),
                       found.states > found.answers.size() ? fmt::format(", of {}; narrow it with --since and --until", format_count(found.states)) : "");
}

std::string still_text(const LastGood& found, Console& console) {
    std::string text = line_of(console.style().good("still true"), *found.last_good, console);
    if (found.answers.size() > 1 && found.good_at_oldest == true) text += "It is true at the oldest state too.\n";
    return text + "Nothing has to be brought back as of that state; what was lost after it is in no backup yet.\n";
}

}  // namespace

std::string answer_line(const StateAnswer& answer, Console& console) {
    const Style& style = console.style();
    const std::string name(name_of(answer.answer));
    const std::string word = answer.answer == Answer::Yes ? style.good(name) : answer.answer == Answer::No ? name : style.doubtful(name);
    return fmt::format("{}  {}  {}{}  {}\n", console.local(answer.target.instant), name_of_state(answer.target), word,
                       std::string(name.size() < 3 ? 3 - name.size() : 0, ' '), printable(answer.said, 120));
}

std::string moment_text(const MomentFound& moment, Console& console) {
    const std::string gap = console.quiet() ? "" : "\n";
    switch (moment.found.outcome) {
        case LastGoodOutcome::Found: return gap + found_text(moment, console);
        case LastGoodOutcome::StillGood: return gap + still_text(moment.found, console);
        case LastGoodOutcome::NowhereGood: break;
    }
    return gap + nowhere_text(moment.found, console);
}

}  // namespace holdfast
