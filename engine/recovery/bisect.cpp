#include "engine/recovery/bisect.hpp"

#include <algorithm>
#include <deque>
#include <map>

namespace holdfast {
namespace {

class Bisecting {
public:
    Bisecting(std::size_t count, const std::function<Answer(std::size_t)>& ask, std::size_t searched_most) : count_(count), ask_(ask), searched_most_(searched_most) {}

    Bisection run() {
        Bisection found;
        const auto newest = first_known(true);
        if (!newest) return found;
        const auto oldest = first_known(false);
        found.oldest = answers_.at(*oldest) == Answer::Yes;
        std::optional<std::size_t> yes;
        if (answers_.at(*newest) == Answer::Yes) yes = newest;
        else if (*found.oldest) yes = oldest;
        else yes = any_yes_between(*oldest, *newest);
        if (yes && *yes != *newest) narrow(last_known_yes(*yes), found);
        else found.last_yes = yes;
        found.several_changes = changes_to_no() > 1;
        return found;
    }

private:
    Answer answer(std::size_t state) {
        const auto known = answers_.find(state);
        if (known != answers_.end()) return known->second;
        return answers_[state] = ask_(state);
    }

    // The first that can be asked, from one end.
    std::optional<std::size_t> first_known(bool from_newest) {
        for (std::size_t at = 0; at < count_; ++at) {
            const std::size_t state = from_newest ? count_ - 1 - at : at;
            if (answer(state) != Answer::Unknown) return state;
        }
        return std::nullopt;
    }

    // Halves, then quarters, and so on: what was true for long is found soon.
    std::optional<std::size_t> any_yes_between(std::size_t oldest, std::size_t newest) {
        std::deque<std::pair<std::size_t, std::size_t>> spans{{oldest, newest}};
        for (std::size_t searched = 0; !spans.empty() && searched < searched_most_;) {
            const auto [low, high] = spans.front();
            spans.pop_front();
            if (high - low < 2) continue;
            const std::size_t middle = low + (high - low) / 2;
            ++searched;
            if (answer(middle) == Answer::Yes) return middle;
            spans.emplace_back(middle, high);   // The later half first: the newest good state is what is wanted.
            spans.emplace_back(low, middle);
        }
        return std::nullopt;
    }

    std::size_t last_known_yes(std::size_t yes) const {
        for (const auto& [state, known] : answers_) {
            if (known == Answer::Yes) yes = std::max(yes, state);
        }
        return yes;
    }

    // The state nearest to the middle of (low, high) that was not asked yet.
    std::optional<std::size_t> next_between(std::size_t low, std::size_t high) const {
        const std::size_t middle = low + (high - low) / 2;
        for (std::size_t away = 0; away < high - low; ++away) {
            if (middle + away < high && middle + away > low && !answers_.contains(middle + away)) return middle + away;
            if (middle >= low + away + 1 && middle - away > low && !answers_.contains(middle - away)) return middle - away;
        }
        return std::nullopt;
    }

    void narrow(std::size_t yes, Bisection& found) {
        std::size_t no = count_;
        for (const auto& [state, known] : answers_) {
            if (state > yes && known == Answer::No) no = std::min(no, state);
        }
        while (const auto state = next_between(yes, no)) {
            const Answer said = answer(*state);
            if (said == Answer::Yes) yes = *state;
            if (said == Answer::No) no = *state;
        }
        found.last_yes = yes;
        found.first_no = no;
    }

    std::size_t changes_to_no() const {
        std::size_t changes = 0;
        Answer before = Answer::Unknown;
        for (const auto& [state, known] : answers_) {
            if (known == Answer::Unknown) continue;
            if (before == Answer::Yes && known == Answer::No) ++changes;
            before = known;
        }
        return changes;
    }

    std::size_t count_;
    const std::function<Answer(std::size_t)>& ask_;
    std::size_t searched_most_;
    std::map<std::size_t, Answer> answers_;
};

}  // namespace

Bisection find_last_yes(std::size_t count, const std::function<Answer(std::size_t)>& ask, std::size_t searched_most) {
    return Bisecting(count, ask, searched_most).run();
}

}  // namespace holdfast
