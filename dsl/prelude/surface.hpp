// The runbook language, declared as data: every name, argument, kind and result of it. Feeds the binding, the checks, lint,
// help and the reference (dsl/README.md); surface.cpp is the whole language on one screen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/lua/value.hpp"

namespace holdfast {

// What a crash in the middle of an effect means for the next attempt.
enum class EffectKind : std::uint8_t {
    Read,         // Changes nothing: run again.
    Idempotent,   // Run again with the same key: the same outcome once.
    Probed,       // Ask whether it happened.
    Once,         // Cannot know: in doubt, a person resolves.
};
std::string_view name_of(EffectKind kind);   // read, idempotent, probed, once

struct ArgumentSpec {
    std::string name;
    std::string type;          // text, integer, boolean, instant, duration, period, database, place, list of text, or a record's type
    bool required = true;
    std::string help;
    std::vector<std::string> choices;   // text: one of these.
};

struct EffectSpec {
    std::string name;          // "restore.beside"
    EffectKind kind = EffectKind::Read;
    std::vector<ArgumentSpec> arguments;
    std::string result;        // A type.
    std::string sentence;      // What it does, for plan and reference; {argument} is replaced.
    std::string writes_live;   // Not empty: the argument that names the live database it changes.
    std::string backs_up;      // Not empty: the argument that names the database it takes a backup of.
    std::string leaves;        // Not empty: what it leaves behind that somebody must take away: an undo is wanted.
    std::string not_available; // Not empty: why this build does not have it.
    bool on_file = false;      // It works on the one file that a database is: only for engines with such.
    std::string wants_approval = {};   // Not empty: the argument that names the database; refused before an approval that names it. A backup may not be had any more.
};

struct FieldSpec {
    std::string name;
    std::string type;
    std::string help;
};
struct RecordSpec {
    std::string type;
    std::string help;
    std::vector<FieldSpec> fields;
};

// The words that are not effects: runbook, step, expect, approve, done, param.*, print.
struct WordSpec {
    std::string name;
    std::string form;          // step("title", effect, { undo =, timeout =, retry = })
    std::string help;
};

struct Surface {
    std::vector<WordSpec> words;
    std::vector<EffectSpec> effects;
    std::vector<RecordSpec> records;

    const EffectSpec* effect(std::string_view name) const;
    const RecordSpec* record(std::string_view type) const;
    std::vector<std::string> names() const;      // Of all words and effects.
};

const Surface& language();

// The reference as Markdown; dsl/README.md holds it between two marks.
std::string reference_of(const Surface& surface);

}  // namespace holdfast
