// Binds the language into a script: effects become values, `step`, `expect`, `approve` and `done` become requests to the host.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dsl/lua/script.hpp"
#include "dsl/prelude/surface.hpp"
#include "engine/base/time.hpp"

namespace holdfast {

// `restore.beside { point = point }`: nothing has happened yet.
struct Effect final : HostObject {
    const EffectSpec* spec = nullptr;
    ValueMap arguments;
    int line = 0;
    mutable bool handed_over = false;    // To a step, as its effect or its undo.
    std::string text() const override { return "the effect " + spec->name; }
};

// How a step is taken back: with these arguments, or with those that its result gives.
struct UndoRequest {
    const EffectSpec* spec = nullptr;
    std::optional<ValueMap> arguments;
};

struct StepRequest final : HostObject {
    std::string title;
    std::shared_ptr<const Effect> effect;
    std::optional<UndoRequest> undo;
    std::optional<Duration> timeout;
    int retry = 0;
    int line = 0;
    std::string text() const override { return "a step"; }
};

struct ExpectRequest final : HostObject {
    bool holds = true;
    std::string message;
    int line = 0;
    std::string text() const override { return "an expectation"; }
};

struct ApproveRequest final : HostObject {
    std::string title;
    ValueMap fields;                     // All that was given, `shows` among them.
    int line = 0;
    std::string text() const override { return "an approval"; }
};

struct DoneValue final : HostObject {
    ValueMap fields;
    int line = 0;
    std::string text() const override { return "done"; }
};

// What was made while a script ran.
struct MadeEffects {
    std::vector<std::shared_ptr<const Effect>> effects;
    // The first that was never handed to a step, or nullptr.
    const Effect* forgotten() const;
};

// `surface` and `made` must outlive the script.
void bind_words(Script& script, const Surface& surface, MadeEffects& made);

}  // namespace holdfast
