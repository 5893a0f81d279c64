// What the relations of a cluster are called: read from the catalogs in the files of a recovery point, where they are, or asked of a server.
//
// In files the rows of pg_class, pg_namespace and pg_database are read as they lie there, deleted ones too: the number of a relation's files
// is given out once, so an old row's name is better than none. Source: PostgreSQL's bufpage.h, htup_details.h, pg_class.h and relmapper.c.
#pragma once

#include "engine/provider/wal.hpp"
#include "providers/databases/postgres/connection_words.hpp"

namespace holdfast {

// What cannot be read is left out; throws only what reading `files` throws.
RelationNames relation_names_in(StateFiles& files);
// Of every database of a server that may be connected to.
RelationNames relation_names_of(const ConnectionWords& words, const CancelToken& cancel);

}  // namespace holdfast
