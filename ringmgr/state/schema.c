/*
 * The tables, one migration a version. A migration that was released is never edited: what changes is a new
 * one. Conventions: identity of a build is channel + build everywhere; `build` columns hold each part with
 * ten digits, so that text order is number order; times are seconds since 1970, UTC; a digest is 32 bytes.
 */
#include "ringmgr/state/db_private.h"

#include <inttypes.h>
#include <stdio.h>

#define BUILD_CHECK(column) "CHECK (length(" column ") = 43)"
#define DIGEST_CHECK        "CHECK (length(sha256) = 32)"

static const char upstream[] =
    "CREATE TABLE turn (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL) STRICT;"
    "INSERT INTO turn VALUES (1, 0);"
    "CREATE TABLE upstream ("
    "  address TEXT NOT NULL PRIMARY KEY, etag TEXT, last_modified TEXT,"
    "  signed_unix INTEGER," /* the highest ever accepted */
    "  checked_unix INTEGER NOT NULL, content BLOB) STRICT;"
    "CREATE INDEX upstream_signed ON upstream (signed_unix);"
    "CREATE TABLE release_history ("
    "  only INTEGER PRIMARY KEY CHECK (only = 1), published_unix INTEGER) STRICT;"
    "INSERT INTO release_history VALUES (1, NULL);"
    "CREATE TABLE release ("
    "  channel TEXT NOT NULL, build TEXT NOT NULL " BUILD_CHECK(
        "build") ","
                 "  version TEXT NOT NULL, released_unix INTEGER NOT NULL,"
                 "  latest INTEGER NOT NULL CHECK (latest IN (0, 1)), first_seen_unix INTEGER NOT NULL,"
                 "  PRIMARY KEY (channel, build)) STRICT, WITHOUT ROWID;"
                 "CREATE TABLE recall ("
                 "  channel TEXT NOT NULL, build TEXT NOT NULL " BUILD_CHECK(
                     "build") ","
                              "  first_seen_unix INTEGER NOT NULL,"
                              "  PRIMARY KEY (channel, build)) STRICT, WITHOUT ROWID;";

static const char builds[] =
    "CREATE TABLE build ("
    "  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, build TEXT NOT NULL " BUILD_CHECK(
        "build") ","
                 "  staged_unix INTEGER, throttle INTEGER, UNIQUE (channel, build)) STRICT;"
                 /* A row is present (sha256, bytes) or absent (absent_unix: the first 404). */
                 "CREATE TABLE build_file ("
                 "  build_id INTEGER NOT NULL REFERENCES build (id), path TEXT NOT NULL,"
                 "  sha256 BLOB " DIGEST_CHECK ", bytes INTEGER CHECK (bytes >= 0), absent_unix INTEGER,"
                 "  absence_stands INTEGER NOT NULL CHECK (absence_stands IN (0, 1)),"
                 "  PRIMARY KEY (build_id, path),"
                 "  CHECK ((sha256 IS NULL) = (bytes IS NULL) AND (sha256 IS NULL) = (absent_unix IS NOT "
                 "NULL)),"
                 "  CHECK (sha256 IS NULL OR absence_stands = 0)) STRICT, WITHOUT ROWID;";

static const char offers[] =
    "CREATE TABLE offer ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, ring TEXT NOT NULL, channel TEXT NOT NULL,"
    "  build TEXT NOT NULL " BUILD_CHECK(
        "build") ", content TEXT NOT NULL,"
                 "  sha256 BLOB NOT NULL " DIGEST_CHECK ","
                 "  live_since INTEGER NOT NULL, live_until INTEGER CHECK (live_until >= live_since),"
                 "  by TEXT NOT NULL, ended TEXT, removed_unix INTEGER,"
                 "  CHECK ((live_until IS NULL) = (ended IS NULL)),"
                 "  CHECK (removed_unix IS NULL OR live_until IS NOT NULL)) STRICT;"
                 "CREATE UNIQUE INDEX offer_live ON offer (ring) WHERE live_until IS NULL;"
                 "CREATE INDEX offer_standing ON offer (ring) WHERE removed_unix IS NULL;"
                 "CREATE INDEX offer_build ON offer (ring, channel, build);"
                 "CREATE TABLE offer_file ("
                 "  offer_id INTEGER NOT NULL REFERENCES offer (id), path TEXT NOT NULL,"
                 "  sha256 BLOB NOT NULL " DIGEST_CHECK ", bytes INTEGER NOT NULL CHECK (bytes >= 0),"
                 "  PRIMARY KEY (offer_id, path)) STRICT, WITHOUT ROWID;"
                 "CREATE TABLE last_sync ("
                 "  ring TEXT NOT NULL PRIMARY KEY, at_unix INTEGER NOT NULL, result TEXT NOT NULL, error "
                 "TEXT) STRICT;"
                 /* ring '' is none in particular */
                 "CREATE TABLE attention ("
                 "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
                 "  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),"
                 "  ring TEXT NOT NULL, code TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, "
                 "command TEXT,"
                 "  since_unix INTEGER NOT NULL, UNIQUE (code, ring, subject)) STRICT;";

static const char decisions[] =
    "CREATE TABLE approval ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, ring TEXT NOT NULL, channel TEXT NOT NULL,"
    "  build TEXT NOT NULL " BUILD_CHECK(
        "build") ", sha256 BLOB NOT NULL " DIGEST_CHECK ","
                 "  account TEXT NOT NULL CHECK (account <> ''), at_unix INTEGER NOT NULL, reason TEXT,"
                 "  revoked_unix INTEGER) STRICT;"
                 "CREATE UNIQUE INDEX approval_standing ON approval (ring, channel, build, sha256, account)"
                 "  WHERE revoked_unix IS NULL;"
                 /* ring '' is every ring of the channel */
                 "CREATE TABLE block ("
                 "  id INTEGER PRIMARY KEY AUTOINCREMENT, ring TEXT NOT NULL, channel TEXT NOT NULL,"
                 "  build TEXT NOT NULL " BUILD_CHECK(
                     "build") ", by TEXT NOT NULL, reason TEXT,"
                              "  at_unix INTEGER NOT NULL, lifted_unix INTEGER) STRICT;"
                              "CREATE UNIQUE INDEX block_standing ON block (channel, build, ring) WHERE "
                              "lifted_unix IS NULL;";

static const char journal[] =
    "CREATE TABLE history ("
    "  id INTEGER PRIMARY KEY, time_unix INTEGER NOT NULL CHECK (time_unix >= 0),"
    "  actor TEXT NOT NULL, identity TEXT NOT NULL, action TEXT NOT NULL,"
    "  ring TEXT, channel TEXT, build TEXT, from_build TEXT, reason TEXT, gates_overridden TEXT,"
    "  previous_hash TEXT NOT NULL CHECK (length(previous_hash) = 64),"
    "  hash TEXT NOT NULL CHECK (length(hash) = 64)) STRICT;"
    /* Against mistakes; against intent there is the chain of hashes. */
    "CREATE TRIGGER history_no_update BEFORE UPDATE ON history"
    "  BEGIN SELECT RAISE (ABORT, 'history is append-only'); END;"
    "CREATE TRIGGER history_no_delete BEFORE DELETE ON history"
    "  BEGIN SELECT RAISE (ABORT, 'history is append-only'); END;"
    "CREATE TRIGGER history_at_the_end BEFORE INSERT ON history"
    "  WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM history)"
    "  BEGIN SELECT RAISE (ABORT, 'history is append-only'); END;"
    "CREATE TABLE intent ("
    "  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32), ring TEXT NOT NULL, channel TEXT NOT NULL,"
    "  from_build TEXT " BUILD_CHECK("from_build") ", to_build TEXT NOT NULL " BUILD_CHECK(
        "to_build") ","
                    "  kind TEXT NOT NULL CHECK (kind IN ('publish', 'rollback', 'extend')), content TEXT "
                    "NOT NULL, path TEXT,"
                    "  sha256 BLOB NOT NULL " DIGEST_CHECK
                    ", actor TEXT NOT NULL, identity TEXT NOT NULL, reason TEXT,"
                    "  opened_unix INTEGER NOT NULL, closed_unix INTEGER, outcome TEXT,"
                    "  CHECK ((closed_unix IS NULL) = (outcome IS NULL))) STRICT;"
                    "CREATE UNIQUE INDEX intent_open ON intent (ring) WHERE closed_unix IS NULL;";

/* Version 2: people's decisions for later, what was known when the program last ran, and what gc needs. */

#define BUILD_COLUMN "build TEXT NOT NULL CHECK (length(build) = 43)"
#define LIST_COLUMN  "sha256 BLOB NOT NULL CHECK (length(sha256) = 32)"

static const char holds[] =
    "CREATE TABLE hold ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, ring TEXT NOT NULL,"
    "  kind TEXT NOT NULL CHECK (kind IN ('person', 'rollback', 'settings')),"
    "  stop_soak INTEGER NOT NULL CHECK (stop_soak IN (0, 1)), by TEXT NOT NULL, reason TEXT NOT NULL,"
    "  approvers TEXT, at_unix INTEGER NOT NULL, until_unix INTEGER,"
    "  lifted_unix INTEGER CHECK (lifted_unix >= at_unix)) STRICT;"
    "CREATE INDEX hold_ring ON hold (ring);"
    "CREATE TABLE pin ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, ring TEXT NOT NULL, channel TEXT NOT NULL, " BUILD_COLUMN ","
    "  what TEXT NOT NULL CHECK (what <> ''), by TEXT NOT NULL, at_unix INTEGER NOT NULL,"
    "  taken_back_unix INTEGER CHECK (taken_back_unix >= at_unix), taken_back_by TEXT,"
    "  CHECK ((taken_back_unix IS NULL) = (taken_back_by IS NULL))) STRICT;"
    "CREATE INDEX pin_standing ON pin (ring) WHERE taken_back_unix IS NULL;";

static const char plans[] =
    "CREATE TABLE plan ("
    "  ring TEXT NOT NULL PRIMARY KEY, channel TEXT NOT NULL, " BUILD_COLUMN ", " LIST_COLUMN ","
    "  at_unix INTEGER NOT NULL, by TEXT NOT NULL, identity TEXT NOT NULL, reason TEXT,"
    "  made_unix INTEGER NOT NULL) STRICT;"
    "CREATE TABLE consent ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, ring TEXT NOT NULL, channel TEXT NOT NULL, " BUILD_COLUMN ","
    "  " LIST_COLUMN ", gate TEXT NOT NULL CHECK (gate <> ''),"
    "  account TEXT NOT NULL CHECK (account <> ''), at_unix INTEGER NOT NULL, reason TEXT NOT NULL,"
    "  used_unix INTEGER) STRICT;"
    "CREATE UNIQUE INDEX consent_standing ON consent (ring, channel, build, sha256, gate, account)"
    "  WHERE used_unix IS NULL;"
    "CREATE TABLE migration ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, ring TEXT NOT NULL, from_channel TEXT NOT NULL,"
    "  to_channel TEXT NOT NULL CHECK (to_channel <> from_channel), by TEXT NOT NULL, reason TEXT,"
    "  at_unix INTEGER NOT NULL, done_unix INTEGER CHECK (done_unix >= at_unix)) STRICT;"
    "CREATE UNIQUE INDEX migration_open ON migration (ring) WHERE done_unix IS NULL;";

static const char marks[] =
    "CREATE TABLE clock_mark ("
    "  only INTEGER PRIMARY KEY CHECK (only = 1), boot TEXT NOT NULL, steady_seconds INTEGER NOT NULL,"
    "  at_unix INTEGER NOT NULL) STRICT;"
    /* A step forward is a pause of every soak; one back (step_seconds < 0) is none. */
    "CREATE TABLE clock_step ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, at_unix INTEGER NOT NULL,"
    "  step_seconds INTEGER NOT NULL CHECK (step_seconds <> 0),"
    "  from_unix INTEGER, until_unix INTEGER CHECK (until_unix >= from_unix),"
    "  CHECK ((from_unix IS NULL) = (step_seconds < 0) AND (until_unix IS NULL) = (step_seconds < 0)))"
    "  STRICT;"
    "CREATE INDEX clock_step_pause ON clock_step (until_unix);"
    /* ring '' is none in particular */
    "CREATE TABLE done_mark ("
    "  what TEXT NOT NULL, ring TEXT NOT NULL, boot TEXT NOT NULL, at_unix INTEGER NOT NULL,"
    "  PRIMARY KEY (what, ring)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE setting ("
    "  ring TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
    "  PRIMARY KEY (ring, key)) STRICT, WITHOUT ROWID;";

static const char additions[] =
    "ALTER TABLE build ADD disputed_unix INTEGER;"
    "ALTER TABLE build ADD dropped_unix INTEGER;" /* when its files left the store */
    "CREATE INDEX build_staged ON build (channel, build)"
    "  WHERE staged_unix IS NOT NULL AND dropped_unix IS NULL;"
    "CREATE INDEX block_build ON block (channel, build);" /* those that were lifted, too */
    /* Does anything still name this object? */
    "CREATE INDEX build_file_object ON build_file (sha256);"
    "CREATE INDEX offer_file_object ON offer_file (sha256);"
    "ALTER TABLE attention ADD acked_unix INTEGER;"
    "ALTER TABLE attention ADD acked_by TEXT CHECK ((acked_unix IS NULL) = (acked_by IS NULL));"
    "ALTER TABLE intent ADD lane TEXT NOT NULL DEFAULT 'manual'"
    "  CHECK (lane IN ('manual', 'automatic', 'expedite', 'rollback'));"
    "ALTER TABLE intent ADD gates_overridden TEXT;"
    "ALTER TABLE intent ADD block TEXT CHECK (block IN ('ring', 'everywhere', 'no'));"
    /* What version 1 knew only from who asked, and for what. */
    "UPDATE intent SET lane = CASE WHEN kind = 'rollback' THEN 'rollback' ELSE 'automatic' END"
    "  WHERE kind = 'rollback' OR identity = 'service';";

/* Version 3: what was put right of late. */

static const char heals[] =
    "CREATE TABLE heal ("
    "  id INTEGER PRIMARY KEY, ring TEXT NOT NULL, path TEXT NOT NULL, at_unix INTEGER NOT NULL) STRICT;"
    "CREATE INDEX heal_path ON heal (ring, path);";

/* Version 4: what the configuration has dropped and a ring goes on offering for its grace. */

static const char contents_left[] =
    "CREATE TABLE content_left ("
    "  ring TEXT NOT NULL,"
    "  kind TEXT NOT NULL CHECK (kind IN ('architecture', 'arm64', 'language', 'proofing')),"
    "  name TEXT NOT NULL CHECK ((name = '') = (kind = 'arm64')), since_unix INTEGER NOT NULL,"
    "  PRIMARY KEY (ring, kind, name)) STRICT, WITHOUT ROWID;";

/* Version 5: what is told to people, and to machines that watch. */

static const char runs[] =
    "CREATE TABLE job_run ("
    "  job TEXT NOT NULL PRIMARY KEY, began_unix INTEGER NOT NULL, ended_unix INTEGER NOT NULL,"
    "  status INTEGER NOT NULL, good_unix INTEGER) STRICT, WITHOUT ROWID;"
    "CREATE TABLE figure (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

static const char notices[] =
    "CREATE TABLE notice ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"              /* the order in which they are told */
    "  uid TEXT NOT NULL UNIQUE CHECK (length(uid) = 32)," /* also after a restore nobody else's */
    "  at_unix INTEGER NOT NULL, event TEXT NOT NULL CHECK (event <> ''),"
    "  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),"
    "  ring TEXT NOT NULL, channel TEXT, build TEXT " BUILD_CHECK(
        "build") ", version TEXT,"
                 "  subject TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, command TEXT) STRICT;"
                 /* How far each target of [notify NAME] has come, and how it fares. */
                 "CREATE TABLE notice_cursor ("
                 "  target TEXT NOT NULL PRIMARY KEY, notice_id INTEGER NOT NULL, failing_unix INTEGER,"
                 "  tries INTEGER NOT NULL, next_unix INTEGER, error TEXT,"
                 "  CHECK ((failing_unix IS NULL) = (next_unix IS NULL))) STRICT, WITHOUT ROWID;"
                 /* Behind the cursor: what an earlier one, told already, has counted. */
                 "CREATE TABLE notice_folded ("
                 "  target TEXT NOT NULL REFERENCES notice_cursor (target) ON DELETE CASCADE,"
                 "  notice_id INTEGER NOT NULL, PRIMARY KEY (target, notice_id)) STRICT, WITHOUT ROWID;"
                 /* What was already told: the last history entry and attention, and of each ring its
                    build, state … ring '' is none in particular. */
                 "CREATE TABLE notice_seen ("
                 "  what TEXT NOT NULL, ring TEXT NOT NULL, value TEXT NOT NULL,"
                 "  PRIMARY KEY (what, ring)) STRICT, WITHOUT ROWID;";

/* Version 6: sites. What of it is about a place is void when that changes (sites.h). */

static const char sites[] =
    "CREATE TABLE site ("
    "  name TEXT NOT NULL PRIMARY KEY, target TEXT NOT NULL, since_unix INTEGER NOT NULL) STRICT, WITHOUT "
    "ROWID;"
    "CREATE TABLE site_share ("
    "  site TEXT NOT NULL, ring TEXT NOT NULL, channel TEXT, build TEXT " BUILD_CHECK(
        "build") ", sha256 BLOB " DIGEST_CHECK ","
                 "  offered_unix INTEGER, looked_unix INTEGER, good_unix INTEGER, failing_unix INTEGER,"
                 "  stale_unix INTEGER, verified_unix INTEGER, error TEXT, waiting TEXT,"
                 "  bytes_left INTEGER NOT NULL CHECK (bytes_left >= 0), rate INTEGER NOT NULL CHECK (rate "
                 ">= 0),"
                 "  PRIMARY KEY (site, ring),"
                 "  CHECK ((channel IS NULL) = (build IS NULL)),"
                 "  CHECK ((error IS NULL) = (failing_unix IS NULL))) STRICT, WITHOUT ROWID;"
                 "CREATE TABLE site_build ("
                 "  site TEXT NOT NULL, ring TEXT NOT NULL, channel TEXT NOT NULL, " BUILD_COLUMN
                 ", " LIST_COLUMN ","
                 "  begun_unix INTEGER NOT NULL, staged_unix INTEGER, proven_unix INTEGER, left_unix INTEGER,"
                 "  PRIMARY KEY (site, ring, channel, build)) STRICT, WITHOUT ROWID;";

static const char site_people[] =
    "CREATE TABLE site_pause ("
    "  site TEXT NOT NULL PRIMARY KEY, by TEXT NOT NULL, identity TEXT NOT NULL, reason TEXT NOT NULL,"
    "  since_unix INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE site_order ("
    "  ring TEXT NOT NULL PRIMARY KEY, channel TEXT NOT NULL, " BUILD_COLUMN ", " LIST_COLUMN ","
    "  by TEXT NOT NULL, identity TEXT NOT NULL, reason TEXT, ordered_unix INTEGER NOT NULL)"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE site_quorum ("
    "  ring TEXT NOT NULL, channel TEXT NOT NULL, " BUILD_COLUMN ","
    "  live_since INTEGER NOT NULL, reached_unix INTEGER NOT NULL,"
    "  PRIMARY KEY (ring, channel, build, live_since)) STRICT, WITHOUT ROWID;";

static const char manifests[] =
    "CREATE TABLE manifest ("
    "  ring TEXT NOT NULL PRIMARY KEY, sequence INTEGER NOT NULL, accepted BLOB, accepted_unix INTEGER,"
    "  shown BLOB) STRICT;";

/* migration[i] leads from version i to i + 1; each ends with NULL. */
static const char *const migration[][8] = {
    {upstream, builds, offers, decisions, journal},
    {holds, plans, marks, additions},
    {heals},
    {contents_left},
    {runs, notices},
    {sites, site_people, manifests},
};

int64_t schema_newest(void)
{
    return sizeof migration / sizeof *migration;
}

bool schema_version(struct state *state, int64_t *version, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "PRAGMA user_version");
    *version = stmt_row(&stmt) ? stmt_get_int(&stmt) : 0;
    return stmt_end(&stmt, err);
}

static bool apply(struct state *state, int64_t version, struct err *err)
{
    char mark[64];
    for (const char *const *sql = migration[version]; *sql; sql++)
        if (!state_exec(state, *sql, err))
            return err_prefix(err, "migrate to schema %" PRId64, version + 1);
    snprintf(mark, sizeof mark, "PRAGMA user_version = %" PRId64, version + 1);
    return state_exec(state, mark, err);
}

static bool apply_all(struct state *state, struct err *err)
{
    int64_t version = 0;
    if (!schema_version(state, &version, err))
        return false;
    for (; version < schema_newest(); version++)
        if (!apply(state, version, err))
            return false;
    return state_exec(state, "COMMIT", err);
}

bool schema_migrate(struct state *state, struct err *err)
{
    if (!state_exec(state, "BEGIN IMMEDIATE", err))
        return false;
    bool done = apply_all(state, err);
    state_roll_back(state);
    return done;
}
