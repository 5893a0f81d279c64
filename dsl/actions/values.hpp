// The records of the language (point, copy, difference, …) to and from the engine's own values.
#pragma once

#include "dsl/lua/value.hpp"
#include "engine/recovery/compare.hpp"
#include "engine/model/log.hpp"
#include "engine/recovery/installation.hpp"

namespace holdfast {

Value point_value(const RecoveryPoint& point, std::string note = {});
// A point and the log after it: the same record, its instant that of the last transaction.
Value target_value(const RecoveryTarget& target, std::string note);
RecoveryTarget target_of(const Installation& installation, const Value& point);
// The point as the catalog has it now. Throws Error{Missing}.
RecoveryPoint point_of(const Installation& installation, const Value& point);

Value copy_value(const Place& copy, const RecoveryTarget& target, std::uint64_t bytes);
Value place_value(const Installation& installation, const Place& place);
// A live database (by record or name) or a copy. Throws Error{Usage} for a name that the policy does not have.
Place place_of(const Installation& installation, const Value& value);
const DatabaseSpec& database_spec_of(const Installation& installation, const Value& value);

Value difference_value(const Installation& installation, const Difference& difference);
// What a merge needs of it: places, spool, digest and counts.
Difference difference_of(const Installation& installation, const Value& value);
// "31 rows missing in orders, 94 in items; 0 changed"
std::string sentence_of(const Difference& difference);
// As an approver sees it.
std::vector<std::string> shown_lines(const Difference& difference);

std::vector<std::string> texts_of(const Value& list);   // Of a list of texts; empty for anything else.
// The argument, or null.
const Value& argument(const ValueMap& arguments, const std::string& name);

}  // namespace holdfast
