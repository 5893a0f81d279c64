// Runs a runbook's Lua in a sandbox: a fresh state, text only, no way to the machine, bounded in memory, instructions and time.
//
// The engine binds functions; a script calls them. A function that suspends hands its value out of the VM (start and resume
// return it), so that effects run while no Lua is on the stack. No C++ exception and no Lua error ever crosses the other's frames unseen:
// every bound function goes through one trampoline.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dsl/lua/value.hpp"
#include "engine/base/clock.hpp"

namespace holdfast {

struct ScriptLimits {
    std::uint64_t memory_bytes_max = 64ull << 20;
    std::uint64_t instructions_max = 50'000'000;   // Steps of string patterns count as well.
    Duration time_max{10'000};                     // Inside the script; not while it is suspended.
};

struct ScriptState;   // This folder's own (state.hpp).

class Script {
public:
    // Where a bound function was called.
    struct Call {
        int line = 0;
    };
    struct Function {
        std::string name;              // "step" or "find.point": one level of name spaces.
        // What it throws becomes a Lua error at the caller's line.
        std::function<Value(const Call&, const ValueList&)> call;
        bool suspends = false;         // Its value goes to the host; the script gets what the host resumes with.
    };
    // What a script does with unknown values, and what it prints.
    struct Listener {
        std::function<Value(const Unknown&, const std::string& field)> field;
        std::function<bool(const std::string& comparison, int line)> compare;
        std::function<void(const std::string&)> note;
    };
    struct Turn {
        bool finished = false;
        Value value;                   // What it returned, or what the suspending function handed out.
        int line = 0;
    };

    // `clock` must outlive it. `file` is the name in messages.
    Script(std::string file, const Clock& clock, const ScriptLimits& limits = {});
    ~Script();
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    void bind(Function function);
    void listen(Listener listener);
    // Runs the text's top level and returns its value. Throws Error{BadRunbook} with file:line and the excerpt. Once.
    Value run_chunk(const std::string& text);

    // Runs a function of the script until it suspends or ends. Throws Error{BadRunbook}.
    Turn start(const FunctionValue& function, const ValueList& arguments);
    Turn resume(const Value& answer);

    // The names that a script can use, name spaces' members as "string.format".
    static std::vector<std::string> library_names();

private:
    std::unique_ptr<ScriptState> state_;
};

}  // namespace holdfast
