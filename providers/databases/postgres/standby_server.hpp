// A standby, and the primary that it follows: how far each is, and how the standby takes the primary's place.
#pragma once

#include "engine/provider/standby.hpp"
#include "providers/databases/postgres/connection_words.hpp"

namespace holdfast {

StandbyState look_at_standby_server(const ConnectionWords& words, const CancelToken& cancel);
PrimaryState look_at_primary_server(const ConnectionWords& words, const CancelToken& cancel);
// By pg_promote(). Throws NotPermitted with the grant where the role may not.
void promote_server(const ConnectionWords& words, const CancelToken& cancel);

}  // namespace holdfast
