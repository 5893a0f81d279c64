// What each effect of the language does. One table; the language itself (names, arguments, kinds, results) is
// dsl/prelude's, so that an effect can be checked, planned and documented without anything to perform it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dsl/lua/value.hpp"
#include "dsl/prelude/surface.hpp"
#include "engine/base/cancel.hpp"
#include "engine/base/progress.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

struct ActionContext {
    const Installation& installation;
    Progress& progress;
    CancelToken cancel;
    std::string idempotency_key;     // The same for every attempt of one step of one run.
    std::string run;                 // The run's id.
    fs::path folder;                 // The run's own folder.
    int step = 0;
    int attempt = 1;
};

struct ActionResult {
    Value value;                     // Of the type that the surface declares.
    std::string sentence;            // "31 rows missing in orders, 94 in items; 0 changed"
    std::uint64_t bytes = 0, rows = 0;
    std::string audit;               // Not empty: what was changed, for the audit chain.
};

struct Action {
    std::string name;
    std::function<ActionResult(const ActionContext&, const ValueMap&)> perform;
    // Kind probed: did an earlier attempt happen? A result: yes. False: no. Nothing: cannot be told.
    struct Probe {
        std::optional<bool> happened;
        ActionResult result;
    };
    std::function<Probe(const ActionContext&, const ValueMap&)> probe;
};

class ActionTable {
public:
    // `surface` must outlive it.
    explicit ActionTable(const Surface& surface) : surface_(surface) {}
    void add(Action action);
    const Action& of(const std::string& name) const;
    bool has(const std::string& name) const;
    const Surface& surface() const { return surface_; }

private:
    const Surface& surface_;
    std::vector<Action> actions_;
};

// All effects of the language that this build has.
const ActionTable& default_actions();

}  // namespace holdfast
