// Sentences that hold for many databases, said once: "log backups of sqlite are not in this build; left out
// for orders, notes and 98 more".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/model/ids.hpp"

namespace holdfast {

class PlanNotes {
public:
    // Collects databases under one sentence; `{}` in it becomes their names.
    void add(const std::string& sentence, const DatabaseName& database);
    // In the order in which they were first added.
    std::vector<std::string> take() const;

private:
    struct Note {
        std::string sentence;
        std::vector<std::string> names;   // The first few.
        std::size_t count = 0;
    };
    std::vector<Note> notes_;
};

}  // namespace holdfast
