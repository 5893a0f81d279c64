// Checks values against the types of the language.
#pragma once

#include "dsl/prelude/surface.hpp"

namespace holdfast {

// An unknown value fits where its type, as far as it is known, fits.
bool fits(std::string_view type, const Value& value);

// Checks an effect's arguments; returns them by name. Throws Error{BadRunbook}: unknown names with a suggestion, missing and
// ill-typed ones, effects that this build does not have.
ValueMap check_arguments(const EffectSpec& effect, const Value& given);

// The arguments with which `undo` takes back a step that was done with `done` and gave `result`: each argument is the result where that
// fits its type, else the step's argument of the same name. Throws Error{BadRunbook} where `undo` cannot undo that.
ValueMap undo_arguments(const EffectSpec& undo, const ValueMap& done, const Value& result);

// The name of the database that a value is about; empty where it is about none.
std::string database_of(const Value& value);

// The sentence of the effect with its {arguments} filled in.
std::string sentence_of(const EffectSpec& effect, const ValueMap& arguments);

// The value of an unknown's field: unknown too, with the type that the surface declares. Throws Error{BadRunbook} with a
// suggestion where its type has no such field.
Value unknown_field(const Surface& surface, const Unknown& unknown, const std::string& field);

// What an approver sees of a value.
std::vector<std::string> evidence_lines(const Value& value);

}  // namespace holdfast
