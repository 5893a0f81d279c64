#include "engine/plan/plan_notes.hpp"

#include <algorithm>

#include "engine/base/format.hpp"
#include "engine/base/text.hpp"

namespace holdfast {
namespace {

constexpr std::size_t kNamesMax = 5;

}  // namespace

void PlanNotes::add(const std::string& sentence, const DatabaseName& database) {
    auto note = std::find_if(notes_.begin(), notes_.end(), [&](const Note& known) { return known.sentence == sentence; });
    if (note == notes_.end()) note = notes_.insert(notes_.end(), Note{.sentence = sentence, .names = {}, .count = 0});
    if (note->names.size() < kNamesMax) note->names.push_back(database.str());
    ++note->count;
}

std::vector<std::string> PlanNotes::take() const {
    std::vector<std::string> sentences;
    for (const Note& note : notes_) {
        std::string names = join(note.names, ", ");
        if (note.count > note.names.size()) names += fmt::format(" and {} more", format_count(note.count - note.names.size()));
        std::string text = note.sentence;
        if (const auto place = text.find("{}"); place != std::string::npos) text.replace(place, 2, names);
        sentences.push_back(text);
    }
    return sentences;
}

}  // namespace holdfast
