#include "engine/catalog/schema.hpp"

#include <array>

#include "engine/base/error.hpp"
#include "engine/base/fault_point.hpp"
#include "engine/base/format.hpp"
#include "engine/sqlite/transaction.hpp"

namespace holdfast {
namespace {

// "Hold" in ASCII: tells a catalog from any other SQLite file (SQLite's magic.txt).
constexpr std::int64_t kApplicationId = 0x486f6c64;

// Instants are milliseconds since the epoch; enumerations are their names. One run of a slot is one row of `job`;
// the partial index is what makes two live runs of one slot impossible, whoever writes.
constexpr const char* kFirstLayout = R"sql(
CREATE TABLE job (
  id INTEGER PRIMARY KEY, database TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
  run_as TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('running','done','failed','missed')),
  attempt INTEGER NOT NULL, runner TEXT NOT NULL, lease_until INTEGER NOT NULL,
  started INTEGER NOT NULL, finished INTEGER, point TEXT,
  read_bytes INTEGER NOT NULL DEFAULT 0, stored_bytes INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',
  UNIQUE (database, kind, at, attempt));
CREATE UNIQUE INDEX job_one_run_per_slot ON job (database, kind, at) WHERE state <> 'failed';
CREATE INDEX job_by_slot_time ON job (at);

CREATE TABLE point (
  id TEXT PRIMARY KEY, database TEXT NOT NULL, engine TEXT NOT NULL, kind TEXT NOT NULL,
  started INTEGER NOT NULL, instant INTEGER NOT NULL, finished INTEGER NOT NULL,
  source_bytes INTEGER NOT NULL, read_bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL,
  pinned INTEGER NOT NULL, keep_until INTEGER,
  policy_commit TEXT NOT NULL, policy_dirty INTEGER NOT NULL, policy_hash TEXT NOT NULL, slot INTEGER,
  host TEXT NOT NULL, user TEXT NOT NULL, version TEXT NOT NULL, why TEXT NOT NULL, key TEXT NOT NULL,
  expiring INTEGER NOT NULL DEFAULT 0);
CREATE INDEX point_by_instant ON point (database, instant);
CREATE INDEX point_by_key ON point (database, key) WHERE key <> '';

CREATE TABLE copy (
  point TEXT NOT NULL REFERENCES point (id) ON DELETE CASCADE, store TEXT NOT NULL,
  soundness TEXT NOT NULL DEFAULT 'unchecked', UNIQUE (point, store));
CREATE INDEX copy_by_store ON copy (store);

CREATE TABLE verification (
  id INTEGER PRIMARY KEY, point TEXT NOT NULL REFERENCES point (id) ON DELETE CASCADE, store TEXT NOT NULL,
  at INTEGER NOT NULL, sound INTEGER NOT NULL, depth TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX verification_by_point ON verification (point);

CREATE TABLE last_done (what TEXT PRIMARY KEY, at INTEGER NOT NULL);

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, user TEXT NOT NULL, host TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, detail TEXT NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
  BEGIN SELECT raise(ABORT, 'entries of the audit chain are never changed'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
  BEGIN SELECT raise(ABORT, 'entries of the audit chain are never removed'); END;
)sql";

// One row per log stream and store. What counts is in the store; this is what it said last, so that a timeline and a plan
// need not read it.
constexpr const char* kLogWindows = R"sql(
CREATE TABLE log_window (
  database TEXT NOT NULL, stream TEXT NOT NULL, store TEXT NOT NULL, base TEXT NOT NULL,
  from_at INTEGER NOT NULL, until_at INTEGER NOT NULL, transactions INTEGER NOT NULL, bytes INTEGER NOT NULL,
  precision INTEGER NOT NULL, ended TEXT NOT NULL, UNIQUE (stream, store));
CREATE INDEX log_window_by_database ON log_window (database, from_at);
)sql";

// A log that grows is counted on from where its count had come, not anew.
constexpr const char* kCountedTo = "ALTER TABLE log_window ADD COLUMN counted_to INTEGER NOT NULL DEFAULT 0;";

// What a past time is answered from. A point that has gone stays as a row (expiring = 2), and so do the checks of it; since when
// each store had it and until when, why it went, how it was pinned and what each log reached is only ever added to.
constexpr const char* kHistory = R"sql(
CREATE INDEX point_listed ON point (database, instant) WHERE expiring = 0;
CREATE TABLE copy_spell (
  id INTEGER PRIMARY KEY, point TEXT NOT NULL REFERENCES point (id), store TEXT NOT NULL,
  begun INTEGER NOT NULL, ended INTEGER, why TEXT NOT NULL DEFAULT '');
CREATE INDEX copy_spell_by_point ON copy_spell (point, store);
CREATE UNIQUE INDEX copy_spell_one_open ON copy_spell (point, store) WHERE ended IS NULL;
INSERT INTO copy_spell (point, store, begun, ended, why)
  SELECT point.id, copy.store, point.finished, iif(point.expiring = 0, NULL, CAST(strftime('%s', 'now') AS INTEGER) * 1000), iif(point.expiring = 0, '', 'expired')
  FROM copy JOIN point ON point.id = copy.point ORDER BY copy.rowid;

CREATE TABLE pin_change (
  id INTEGER PRIMARY KEY, point TEXT NOT NULL REFERENCES point (id), at INTEGER NOT NULL, pinned INTEGER NOT NULL, keep_until INTEGER);
CREATE INDEX pin_change_by_point ON pin_change (point);
INSERT INTO pin_change (point, at, pinned, keep_until) SELECT id, finished, pinned, keep_until FROM point WHERE pinned OR keep_until IS NOT NULL;

CREATE TABLE window_spell (
  id INTEGER PRIMARY KEY, database TEXT NOT NULL, stream TEXT NOT NULL, store TEXT NOT NULL, base TEXT NOT NULL,
  since INTEGER NOT NULL, gone INTEGER NOT NULL, from_at INTEGER NOT NULL, first_until INTEGER NOT NULL, until_at INTEGER NOT NULL,
  transactions INTEGER NOT NULL, bytes INTEGER NOT NULL, precision INTEGER NOT NULL, ended TEXT NOT NULL);
CREATE INDEX window_spell_by_stream ON window_spell (stream, store, since);
INSERT INTO window_spell (database, stream, store, base, since, gone, from_at, first_until, until_at, transactions, bytes, precision, ended)
  SELECT database, stream, store, base, from_at, 0, from_at, until_at, until_at, transactions, bytes, precision, ended FROM log_window;
)sql";

constexpr const char* kMeasured = R"sql(
ALTER TABLE verification ADD COLUMN digest TEXT NOT NULL DEFAULT '';
CREATE INDEX verification_by_time ON verification (at);

CREATE TABLE measurement (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, database TEXT NOT NULL, engine TEXT NOT NULL, store TEXT NOT NULL,
  host TEXT NOT NULL, bytes INTEGER NOT NULL, took INTEGER NOT NULL);
CREATE INDEX measurement_by_kind ON measurement (kind, at);

CREATE TABLE drill (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, drill TEXT NOT NULL, database TEXT NOT NULL, runbook TEXT NOT NULL, runbook_hash TEXT NOT NULL, point TEXT,
  point_digest TEXT NOT NULL, state_of INTEGER NOT NULL, started INTEGER NOT NULL, finished INTEGER NOT NULL, took INTEGER NOT NULL, time_limit INTEGER,
  passed INTEGER NOT NULL, why TEXT NOT NULL, kept TEXT NOT NULL, policy_commit TEXT NOT NULL, policy_hash TEXT NOT NULL, host TEXT NOT NULL, user TEXT NOT NULL);
CREATE INDEX drill_by_database ON drill (database, started);
CREATE TABLE drill_check (drill TEXT NOT NULL REFERENCES drill (id), name TEXT NOT NULL, passed INTEGER NOT NULL, detail TEXT NOT NULL);
CREATE INDEX drill_check_by_drill ON drill_check (drill);
)sql";

// Troubles that somebody was told of, messages that are still to be sent, and statements that were signed as things happened.
constexpr const char* kTold = R"sql(
CREATE TABLE told_trouble (
  way TEXT NOT NULL, key TEXT NOT NULL, event TEXT NOT NULL, severity TEXT NOT NULL, subject TEXT NOT NULL, part TEXT NOT NULL,
  message TEXT NOT NULL, fix TEXT NOT NULL, since INTEGER NOT NULL, told INTEGER NOT NULL, PRIMARY KEY (way, key));
CREATE TABLE notice (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, way TEXT NOT NULL, state TEXT NOT NULL, event TEXT NOT NULL, severity TEXT NOT NULL,
  subject TEXT NOT NULL, part TEXT NOT NULL, message TEXT NOT NULL, fix TEXT NOT NULL, since INTEGER NOT NULL, made INTEGER NOT NULL,
  attempts INTEGER NOT NULL, next_try INTEGER NOT NULL, last_error TEXT NOT NULL);
CREATE TABLE statement (
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, happened INTEGER NOT NULL, signed_at INTEGER NOT NULL,
  public_key TEXT NOT NULL, envelope TEXT NOT NULL, UNIQUE (kind, subject));
CREATE INDEX statement_by_time ON statement (happened);
)sql";

// The step at index n leads from version n to n + 1. Steps are only ever added.
constexpr std::array<const char*, kCatalogVersion> kSteps{kFirstLayout, kLogWindows, kCountedTo, kHistory, kMeasured, kTold};

std::int64_t version_of(Connection& database) { return database.integer("PRAGMA user_version").value_or(0); }

void require_ours(Connection& database) {
    const bool empty = database.integer("SELECT count(*) FROM sqlite_schema").value_or(0) == 0;
    if (empty || database.integer("PRAGMA application_id") == kApplicationId) return;
    throw Error(ErrorCode::NotADatabase, database.path().string() + " is a database, but not a catalog",
                "Look at `state:` in the policy: the catalog is catalog.db in that folder, and nothing else may use it.");
}

}  // namespace

void upgrade_catalog(Connection& database, std::int64_t to) {
    require_ours(database);
    if (version_of(database) == to) return;
    Transaction transaction(database);
    // Read again: another process may have upgraded it while this one waited for the lock.
    const std::int64_t version = version_of(database);
    if (version > kCatalogVersion) {
        throw Error(ErrorCode::Unavailable,
                    fmt::format("catalog {} has layout {}, this program knows up to {}", database.path().string(), version, kCatalogVersion),
                    "A newer version has used it: install that version, or a newer one.");
    }
    for (std::int64_t step = version; step < to; ++step) database.execute(kSteps.at(static_cast<std::size_t>(step)));
    database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, to));
    fault_point("catalog.upgrade.before");
    transaction.commit();
    fault_point("catalog.upgrade.after");
}

}  // namespace holdfast
