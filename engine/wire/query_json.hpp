// The answer of a query as JSON, written row by row so that an answer of any size takes little memory. Integers, reals, texts and
// null are JSON's own; what JSON has no form for is an object: {"base64": …} a blob, {"text_base64": …} a text that is not
// UTF-8, {"real": "Infinity"}.
#pragma once

#include <string>

#include "engine/base/error.hpp"
#include "engine/operations/query_state.hpp"

namespace holdfast {

class QueryJson {
public:
    // Each returns the next piece of one document.
    std::string begin(const StateQuery& query);
    std::string row(const SqlRow& row);
    std::string end(const StateQuery& query);
    // The document says that it is not complete, and why.
    std::string end_with(const Error& error, const StateQuery& query);

private:
    bool any_row_ = false;
};

}  // namespace holdfast
