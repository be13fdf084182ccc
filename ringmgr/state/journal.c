/*
 * History.
 *
 * An entry's hash is the SHA-256, in lower-case hex, over its canonical JSON without the key `hash`: keys
 * sorted, no spaces, UTF-8 as it is, null where there is no text, `time` as ISO 8601 in UTC, `previous_hash`
 * the hash of the entry before (64 zeros in the first). Anybody can recompute it from `ringmgr history
 * --json` with `jq -cS 'del(.hash)'` and sha256sum. So that every JSON program writes the same bytes, texts
 * are cleaned before they are hashed and stored: what is no UTF-8, and control characters (programs write
 * those as \u001B or \u001b), become '?'; line feed and tab stay.
 *
 * The chain shows that something inside it was altered, removed, swapped or put in. That its end was cut off,
 * or that all of it was made anew, shows only against a head that was kept elsewhere: syslog and the
 * configured head file get each one after the commit. Commands that commit at the same time announce in the
 * order of the entries, each once: whoever comes first announces what is behind the file's last line.
 */
#include "ringmgr/state/journal.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/lock.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* As long as a transaction waits for the one before it. */
enum { ANNOUNCE_WAIT_MS = 10000 };

#define ENTRY_COLUMNS                                                                                        \
    "id, time_unix, actor, identity, action, ring, channel, build, from_build, reason, gates_overridden, "   \
    "previous_hash, hash"

/* The texts of an entry, in the order of the columns and of the JSON contract. */
static const struct {
    const char *key;
    size_t offset;
} texts[] = {
    {"actor", offsetof(struct entry, actor)},
    {"identity", offsetof(struct entry, identity)},
    {"action", offsetof(struct entry, action)},
    {"ring", offsetof(struct entry, ring)},
    {"channel", offsetof(struct entry, channel)},
    {"build", offsetof(struct entry, build)},
    {"from_build", offsetof(struct entry, from_build)},
    {"reason", offsetof(struct entry, reason)},
    {"gates_overridden", offsetof(struct entry, gates_overridden)},
};

enum { TEXTS = sizeof texts / sizeof *texts };

static const char **text_of(const struct entry *entry, size_t index)
{
    return (const char **)((uintptr_t)entry + texts[index].offset);
}

/* Replaces control characters, in place. */
static void replace_controls(char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text) && *text != '\n' && *text != '\t')
            *text = '?';
}

/* Without `hash`; texts are cleaned on the way. */
static struct jv *content_to_json(const struct entry *entry)
{
    struct jv *json = jv_object();
    jv_set_int(json, "id", entry->id);
    jv_set_time(json, "time", entry->time_unix);
    for (size_t i = 0; i < TEXTS; i++) {
        char *text AUTO_FREE = mem_strdup(*text_of(entry, i));
        if (text)
            replace_controls(text);
        jv_set_text(json, texts[i].key, text);
    }
    jv_set_text(json, "previous_hash", entry->previous_hash);
    return json;
}

struct jv *entry_to_json(const struct entry *entry)
{
    struct jv *json = content_to_json(entry);
    jv_set_text(json, "hash", entry->hash);
    return json;
}

static void hash_json(const struct jv *json, char hash[DIGEST_TEXT_SIZE])
{
    AUTO_BUF canonical = {0};
    jv_write_canonical(json, &canonical);
    struct digest digest = digest_of(canonical.data, canonical.len);
    digest_format(&digest, hash);
}

/* Appending. */

struct head {
    int64_t id, time_unix; /* 0 and -1 if the journal is empty */
    char hash[DIGEST_TEXT_SIZE];
};

static struct head no_head(void)
{
    struct head head = {.time_unix = -1};
    memset(head.hash, '0', DIGEST_TEXT_SIZE - 1);
    return head;
}

static bool read_head(struct state *state, struct head *head, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT id, time_unix, hash FROM history ORDER BY id DESC LIMIT 1");
    *head = no_head();
    if (stmt_row(&stmt)) {
        head->id = stmt_get_int(&stmt);
        head->time_unix = stmt_get_int(&stmt);
        stmt_get_chars(&stmt, head->hash, sizeof head->hash);
    }
    return stmt_end(&stmt, err);
}

bool journal_head(struct state *state, char hash[DIGEST_TEXT_SIZE], int64_t *time_unix, struct err *err)
{
    struct head head;
    if (!read_head(state, &head, err))
        return false;
    memcpy(hash, head.hash, DIGEST_TEXT_SIZE);
    *time_unix = head.time_unix;
    return true;
}

/* The texts are taken from the JSON, so that the row holds what the hash covers. */
static bool insert(struct state *state, const struct entry *entry, const struct jv *json, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO history (" ENTRY_COLUMNS ") VALUES "
                                      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    stmt_put_int(&stmt, entry->id);
    stmt_put_int(&stmt, entry->time_unix);
    for (size_t i = 0; i < TEXTS; i++)
        stmt_put_text(&stmt, jv_get_text(json, texts[i].key));
    stmt_put_text(&stmt, entry->previous_hash);
    stmt_put_text(&stmt, entry->hash);
    return stmt_run(&stmt, err);
}

/*
 * Entries that say that the clock was wrong before them. Without them one hour in 2036 would stamp everything
 * with it for years.
 */
static bool turns_back(const struct entry *entry)
{
    return strcmp(entry->action, "clock-step") == 0 || strcmp(entry->action, "clock-right") == 0;
}

bool journal_append(struct state *state, struct entry *entry, struct err *err)
{
    struct head head;
    if (!read_head(state, &head, err))
        return false;
    entry->id = head.id + 1;
    if (state->appended_id == 0)
        state->appended_id = entry->id;
    if (entry->time_unix < head.time_unix && !turns_back(entry))
        entry->time_unix = head.time_unix;
    memcpy(entry->previous_hash, head.hash, DIGEST_TEXT_SIZE);
    struct jv *json AUTO(jv_auto_free)
    = content_to_json(entry);
    hash_json(json, entry->hash);
    return insert(state, entry, json, err);
}

/* Announcing. */

/* A line of the head file is "TIME ID HASH". */
static void note_head(const struct head *head, struct buf *lines)
{
    char time[CLOCK_TEXT_SIZE];
    clock_format(head->time_unix, time);
    syslog(LOG_DAEMON | LOG_NOTICE, "history head: %s %" PRId64 " %s", time, head->id, head->hash);
    buf_printf(lines, "%s %" PRId64 " %s\n", time, head->id, head->hash);
}

/* The entries from `first_id` on. */
static bool note_from(struct state *state, int64_t first_id, struct buf *lines, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT id, time_unix, hash FROM history WHERE id >= ? ORDER BY id");
    stmt_put_int(&stmt, first_id);
    while (stmt_row(&stmt)) {
        struct head head = {.id = stmt_get_int(&stmt)};
        head.time_unix = stmt_get_int(&stmt);
        stmt_get_chars(&stmt, head.hash, sizeof head.hash);
        note_head(&head, lines);
    }
    return stmt_end(&stmt, err);
}

/* Who may only append to the file cannot learn what was announced. */
static int open_head_file(const char *path, struct err *err)
{
    const int flags = O_APPEND | O_CREAT | O_CLOEXEC;
    int fd = open(path, O_RDWR | flags, 0640);
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        fd = open(path, O_WRONLY | flags, 0640);
    if (fd < 0)
        err_set_errno(err, errno, "open %s", path);
    return fd;
}

/* The id and the hash in the file's last line; false if it does not end with a line of ours. */
static bool read_last_line(int fd, int64_t *id, char hash[DIGEST_TEXT_SIZE])
{
    enum { TAIL = 256 };
    char text[TAIL + 1];
    struct digest digest;
    off_t size = lseek(fd, 0, SEEK_END);
    ssize_t got = size > 0 ? pread(fd, text, TAIL, size > TAIL ? size - TAIL : 0) : 0;
    if (got < 2 || text[got - 1] != '\n')
        return false;
    text[got - 1] = 0;
    const char *before = strrchr(text, '\n');
    const char *middle = strchr(before ? before + 1 : text, ' ');
    const char *last = strrchr(text, ' ');
    if (!middle || middle == last || !digest_parse(last + 1, &digest))
        return false;
    *id = strtoll(middle, NULL, 10);
    digest_format(&digest, hash);
    return true;
}

/* The entry behind the file's last line; where that names none of this history, the first that this process
 * has appended and not announced yet. */
static bool find_first(struct state *state, int fd, const struct head *head, int64_t *first_id,
                       struct err *err)
{
    char hash[DIGEST_TEXT_SIZE];
    int64_t id;
    *first_id = state->appended_id ? state->appended_id : head->id;
    if (!read_last_line(fd, &id, hash))
        return true;
    AUTO_STMT stmt = stmt_make(state, "SELECT id + 1 FROM history WHERE id = ? AND hash = ?");
    stmt_put_int(&stmt, id);
    stmt_put_text(&stmt, hash);
    while (stmt_row(&stmt))
        *first_id = stmt_get_int(&stmt);
    return stmt_end(&stmt, err);
}

/* Under the lock: what another command has announced meanwhile is not announced again. */
static bool announce_in(struct state *state, const char *path, const struct head *head, struct err *err)
{
    AUTO_BUF lines = {0};
    int64_t first_id;
    AUTO_FD fd = open_head_file(path, err);
    return fd >= 0 && find_first(state, fd, head, &first_id, err) &&
           note_from(state, first_id, &lines, err) && fs_write_all(fd, lines.data, lines.len, path, err) &&
           (lines.len == 0 || fs_sync(fd, path, err));
}

bool journal_announce_head(struct state *state, const char *head_file, struct err *err)
{
    struct lock *lock AUTO(lock_auto_release)
    = NULL;
    struct err unlocked = {0};
    struct head head;
    AUTO_BUF line = {0};
    if (!read_head(state, &head, err))
        return false;
    if (head.id == 0)
        return true;
    if (*head_file == 0) {
        note_head(&head, &line);
        return true;
    }
    /* without the lock the line may stand twice, which is better than not at all */
    if (!lock_take(state->dir, "head", true, ANNOUNCE_WAIT_MS, "history", &lock, &unlocked))
        lock = NULL;
    bool done = announce_in(state, head_file, &head, err);
    state->appended_id = 0;
    if (done)
        return true;
    err->code = ERR_FAILED;
    return err_prefix(err, "the entry is recorded, its hash is not announced");
}

/* Reading. */

static void clear_entry(struct entry *entry)
{
    for (size_t i = 0; i < TEXTS; i++)
        free_text(*text_of(entry, i));
    *entry = (struct entry){0};
}

static void get_entry(struct stmt *stmt, struct entry *entry)
{
    entry->id = stmt_get_int(stmt);
    entry->time_unix = stmt_get_int(stmt);
    for (size_t i = 0; i < TEXTS; i++)
        *text_of(entry, i) = stmt_get_text(stmt);
    stmt_get_chars(stmt, entry->previous_hash, sizeof entry->previous_hash);
    stmt_get_chars(stmt, entry->hash, sizeof entry->hash);
}

static bool take_entries(struct stmt *stmt, struct entries *entries, struct err *err)
{
    *entries = (struct entries){0};
    while (stmt_row(stmt)) {
        entries->item = mem_grow(entries->item, entries->len, sizeof *entries->item);
        get_entry(stmt, &entries->item[entries->len++]);
    }
    if (stmt_end(stmt, err))
        return true;
    entries_clear(entries);
    return false;
}

/*
 * A ring's former names are in the entries "rename" of its later ones, as "was NAME". What was recorded of
 * such a name before it was given up is the ring's; afterwards the name may be another's.
 */
bool journal_read(struct state *state, const struct entry_filter *filter, struct entries *entries,
                  struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "WITH RECURSIVE name (ring, before_id) AS (SELECT ?1, 1 << 62 UNION "
               "SELECT substr(reason, 5), id FROM name JOIN history USING (ring) WHERE id < before_id AND "
               "action = 'rename' AND reason GLOB 'was *') "
               "SELECT " ENTRY_COLUMNS " FROM history WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM name WHERE "
               "name.ring = history.ring AND id < before_id)) "
               "AND actor IS coalesce(?2, actor) AND time_unix >= ?3 ORDER BY id");
    stmt_put_text(&stmt, filter->ring);
    stmt_put_text(&stmt, filter->actor);
    stmt_put_int(&stmt, filter->since_unix);
    return take_entries(&stmt, entries, err);
}

bool journal_after(struct state *state, int64_t id, int64_t since_unix, struct entries *entries,
                   struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT " ENTRY_COLUMNS " FROM history WHERE id > ? AND time_unix >= ? ORDER BY id");
    stmt_put_int(&stmt, id);
    stmt_put_int(&stmt, since_unix);
    return take_entries(&stmt, entries, err);
}

bool journal_last(struct state *state, int64_t *id, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT coalesce(max(id), 0) FROM history");
    *id = stmt_row(&stmt) ? stmt_get_int(&stmt) : 0;
    return stmt_end(&stmt, err);
}

void entries_clear(struct entries *entries)
{
    for (size_t i = 0; i < entries->len; i++)
        clear_entry(&entries->item[i]);
    free(entries->item);
    *entries = (struct entries){0};
}

/* Verifying. */

/* False if the row holds a text that journal_append() would have stored otherwise. */
static bool is_clean(const struct entry *entry, const struct jv *json)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = *text_of(entry, i);
        if (text && strcmp(text, jv_get_text(json, texts[i].key)) != 0)
            return false;
    }
    return true;
}

/* NULL, or why `entry` does not hold behind `before`. */
static const char *find_fault(const struct entry *entry, const struct head *before)
{
    char hash[DIGEST_TEXT_SIZE];
    struct jv *json AUTO(jv_auto_free)
    = content_to_json(entry);
    hash_json(json, hash);
    if (entry->id != before->id + 1)
        return "entries before it are missing";
    if (strcmp(hash, entry->hash) != 0 || !is_clean(entry, json))
        return "it does not match its hash: it was altered";
    if (strcmp(entry->previous_hash, before->hash) != 0)
        return "it does not follow the entry before it";
    if (entry->time_unix < before->time_unix && !turns_back(entry))
        return "it is older than the entry before it";
    return NULL;
}

/* Checks the entry in the statement's row against `last`, which then becomes it. */
static bool verify_entry(struct stmt *stmt, struct head *last, struct err *err)
{
    struct entry entry AUTO(clear_entry) = {0};
    get_entry(stmt, &entry);
    const char *fault = find_fault(&entry, last);
    if (fault)
        return err_set(err, ERR_NOT_GENUINE, "history entry %" PRId64 ": %s", entry.id, fault);
    last->id = entry.id;
    last->time_unix = entry.time_unix;
    memcpy(last->hash, entry.hash, sizeof last->hash);
    return true;
}

static bool verify_all(struct state *state, const char *head, bool *head_found, int64_t *checked,
                       struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT " ENTRY_COLUMNS " FROM history ORDER BY id");
    struct head last = no_head();
    while (stmt_row(&stmt)) {
        if (!verify_entry(&stmt, &last, err))
            return false;
        ++*checked;
        *head_found = *head_found || (head && strcasecmp(head, last.hash) == 0);
    }
    return stmt_end(&stmt, err);
}

bool journal_verify(struct state *state, const char *head, int64_t *checked, struct err *err)
{
    struct digest digest;
    bool head_found = false;
    *checked = 0;
    if (head && !digest_parse(head, &digest))
        return err_set(err, ERR_USAGE, "\"%.80s\" is no head: 64 hexadecimal digits", head);
    if (!verify_all(state, head, &head_found, checked, err))
        return false;
    if (!head || head_found)
        return true;
    AUTO_BUF losses = {0};
    return journal_losses_tell(state, &losses, err) &&
           err_set(err, ERR_NOT_GENUINE,
                   "history: no entry has the hash %s: its end was cut off or all of it was made anew%s",
                   head, buf_text(&losses));
}
