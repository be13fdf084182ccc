#include "ringmgr/ops/heal_books.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/utf8.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/heals.h"
#include "ringmgr/state/runs.h"

#include <stdio.h>
#include <string.h>

static const char LOOP[] = "heal-loop", LOST[] = "object-lost", FULL[] = "quarantine-full",
                  WRONG[] = "share-wrong", STUCK[] = "foreign-stays", AWAY[] = "pointer-withdrawn";

/* The subject that tells a heal's attention from that of a verify. */
static const char HEAL[] = "heal";

/* ---- what was healed too often ---- */

static bool is_looping(const struct job *job, const struct ring *ring, const char *path, bool *looping,
                       struct err *err)
{
    int64_t times;
    if (!heals_count(job->state, ring->name, path, clock_now_unix() - HEAL_FAST_SECONDS, &times, err))
        return false;
    *looping = times >= HEAL_LOOP_TIMES;
    return true;
}

bool heal_books_looping(const struct job *job, const struct ring *ring, const struct audit *audit,
                        struct strv *looping, struct err *err)
{
    for (size_t i = 0; i < audit->len; i++) {
        const struct finding *finding = &audit->finding[i];
        bool loops = false;
        if (finding->kind == FINDING_POINTER || finding->kind == FINDING_FOREIGN)
            continue;
        if (!is_looping(job, ring, finding->path, &loops, err))
            return false;
        if (loops)
            strv_add(looping, finding->path);
    }
    return true;
}

static bool note_healed(const struct job *job, const struct ring *ring, const char *path, bool pointer,
                        struct err *err)
{
    int64_t times, now = clock_now_unix();
    if (!heals_note(job->state, ring->name, path, now, HEAL_LOOP_SECONDS, err) ||
        !heals_count(job->state, ring->name, path, now - HEAL_LOOP_SECONDS, &times, err))
        return false;
    if (times < HEAL_LOOP_TIMES)
        return true;
    char *command AUTO_FREE = mem_printf("ringmgr verify %s --repair", ring->name);
    char *text AUTO_FREE =
        mem_printf("%s was put right %d times within an hour, and something on this machine changes it again "
                   "(antivirus? configuration management?): %s",
                   path, HEAL_LOOP_TIMES,
                   pointer ? "it is put right each time" : "it is put right so often in ten minutes at most");
    const struct attention attention = {.severity = "critical",
                                        .ring = ring->name,
                                        .code = LOOP,
                                        .subject = path,
                                        .text = text,
                                        .command = command,
                                        .since_unix = now};
    return catalog_attention_raise(job->state, &attention, err);
}

static bool note_all_healed(const struct job *job, const struct ring *ring,
                            const struct heal_outcome *outcome, struct err *err)
{
    for (size_t i = 0; i < outcome->healed->len; i++) {
        const char *path = outcome->healed->item[i];
        const struct finding *finding = audit_find(outcome->before, path);
        if (finding && finding->kind != FINDING_FOREIGN &&
            !note_healed(job, ring, path, finding->kind == FINDING_POINTER, err))
            return false;
    }
    return figure_add(job->state, FIGURE_HEALED_FILES, outcome->healed->len, err);
}

/* ---- attentions ---- */

/* Raises the attention, or clears it where `text` is NULL. */
static bool refresh(const struct job *job, const struct ring *ring, const char *code, const char *subject,
                    const char *text, const char *command, struct err *err)
{
    const struct attention attention = {.severity = "critical",
                                        .ring = ring->name,
                                        .code = code,
                                        .subject = subject,
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    return text ? catalog_attention_raise(job->state, &attention, err)
                : catalog_attention_settle(job->state, code, ring->name, subject, err);
}

static bool refresh_left(const struct job *job, const struct ring *ring, const struct strv *left,
                         struct err *err)
{
    char *command AUTO_FREE = mem_printf("ringmgr verify %s --repair", ring->name);
    char *text AUTO_FREE =
        left->len ? mem_printf("%zu thing%s wrong on the share, and could not be put right; the first: %s",
                               left->len, left->len == 1 ? " is" : "s are", left->item[0])
                  : NULL;
    return refresh(job, ring, WRONG, HEAL, text, command, err);
}

static bool refresh_full(const struct job *job, const struct ring *ring, const struct strv *stayed,
                         struct err *err)
{
    char *command AUTO_FREE = mem_printf("ls -l %s/quarantine", job->settings->store);
    char *text AUTO_FREE =
        stayed->len
            ? mem_printf("%zu foreign thing%s on the share, for there is no more room in quarantine "
                         "([ringmgr] quarantine_max): look what lies there, and remove it; the first: %s",
                         stayed->len, stayed->len == 1 ? " stays" : "s stay", stayed->item[0])
            : NULL;
    return refresh(job, ring, FULL, "", text, command, err);
}

char *heal_books_fetch(const struct ring *ring, const char *build)
{
    while (ring->source_ring)
        ring = ring->source_ring;
    return mem_printf("ringmgr sync %s%s%s", ring->name, *build ? " --build " : "", build);
}

bool heal_books_raise_lost(const struct job *job, const struct ring *ring, const char *build, struct err *err)
{
    char *command AUTO_FREE = heal_books_fetch(ring, build);
    char *text AUTO_FREE = mem_printf(
        "%s is not whole: an object of it was changed or removed in the store, and must be fetched again",
        build);
    return refresh(job, ring, LOST, build, text, command, err);
}

/* Of several builds those that are whole again are cleared when all are. */
static bool refresh_lost(const struct job *job, const struct ring *ring, const struct heal_outcome *outcome,
                         struct err *err)
{
    if (outcome->lost->len == 0)
        return catalog_attention_clear(job->state, LOST, ring->name, NULL, err);
    for (size_t i = 0; i < outcome->lost->len; i++)
        if (!heal_books_raise_lost(job, ring, outcome->lost->item[i], err))
            return false;
    return true;
}

bool heal_books_pointer(const struct job *job, const struct ring *ring, const char *live,
                        const struct finding *harm, bool lost, struct err *err)
{
    char *repair AUTO_FREE = mem_printf("ringmgr verify %s --repair", ring->name);
    char *fetch AUTO_FREE = heal_books_fetch(ring, live);
    char *text AUTO_FREE =
        harm ? mem_printf(
                   "clients are offered nothing, for the pointer was taken away until %s is whole again: "
                   "%s %s%s%s%s",
                   live, harm->path, harm->problem,
                   lost ? ", and the store has lost it: fetch it again, then `" : "", lost ? repair : "",
                   lost ? "`" : "")
             : NULL;
    return refresh(job, ring, AWAY, "", text, lost ? fetch : repair, err);
}

static bool is_harmless(const char *text)
{
    char *shown AUTO_FREE = mem_strdup(text);
    utf8_disarm(shown);
    return strcmp(shown, text) == 0;
}

/*
 * For a shell: in single quotes. A name that would act on the terminal of whoever copies it is written with
 * escapes (bash(1), QUOTING, $'string'), each of its odd bytes by three octal digits.
 */
static void quote(struct buf *buf, const char *text)
{
    bool harmless = is_harmless(text);
    buf_puts(buf, harmless ? "'" : "$'");
    for (; *text; text++)
        if (*text == '\'')
            buf_puts(buf, harmless ? "'\\''" : "\\'");
        else if (!harmless && (*text < ' ' || *text > '~' || *text == '\\'))
            buf_printf(buf, "\\%03o", (unsigned char)*text);
        else
            buf_append(buf, text, 1);
    buf_puts(buf, "'");
}

bool heal_books_stuck(const struct job *job, const struct ring *ring, const struct strv *stuck,
                      struct err *err)
{
    AUTO_BUF command = {0}, path = {0}, place = {0};
    if (stuck->len == 0)
        return catalog_attention_clear(job->state, STUCK, ring->name, NULL, err);
    buf_printf(&path, "%s/" TREE_DATA "/%s", ring->path, stuck->item[0]);
    buf_printf(&place, "%s/quarantine/", job->settings->store);
    buf_printf(&command, "mv -- ");
    quote(&command, buf_text(&path));
    buf_printf(&command, " ");
    quote(&command, buf_text(&place));
    char *text AUTO_FREE =
        mem_printf("%s does not belong on the share, and the service cannot move it (somebody "
                   "else's folder, or one on another file system); clients are not led to it. "
                   "Look what it is, then move it as root%s",
                   stuck->item[0], stuck->len > 1 ? "; there are more" : "");
    return refresh(job, ring, STUCK, "", text, buf_text(&command), err);
}

/* ---- history ---- */

static bool has_done(const struct heal_outcome *outcome)
{
    return outcome->healed->len || outcome->moved->len || outcome->evicted || outcome->withdrew;
}

/* What was put right in its own place; what did not belong there is counted where it went. */
static size_t count_own(const struct heal_outcome *outcome)
{
    size_t own = 0;
    for (size_t i = 0; i < outcome->healed->len; i++) {
        const struct finding *finding = audit_find(outcome->before, outcome->healed->item[i]);
        own += !finding || finding->kind != FINDING_FOREIGN;
    }
    return own;
}

static void say_done(const struct heal_outcome *outcome, struct buf *reason)
{
    size_t own = count_own(outcome), moved = outcome->moved->len;
    size_t gone = own == 0 && moved == 0 ? outcome->healed->len : 0; /* leftovers of our own */
    if (own)
        buf_printf(reason, "%zu put right", own);
    if (moved)
        buf_printf(reason, "%s%zu put in quarantine", own ? ", " : "", moved);
    if (gone)
        buf_printf(reason, "%zu removed", gone);
    if (outcome->evicted)
        buf_printf(reason, "%s%zu damaged objects put aside", reason->len ? ", " : "", outcome->evicted);
    if (outcome->withdrew)
        buf_printf(reason, "%sthe pointer taken away until %s is whole", reason->len ? ", " : "",
                   outcome->live);
}

static bool append_history(const struct job *job, const struct ring *ring, const struct heal_outcome *outcome,
                           struct err *err)
{
    const struct finding *first = outcome->before->len ? &outcome->before->finding[0] : NULL;
    AUTO_BUF reason = {0};
    if (!has_done(outcome))
        return true;
    say_done(outcome, &reason);
    if (first)
        buf_printf(&reason, "; the first: %s %s", first->path, first->problem);
    struct entry entry = {
        .action = "heal", .ring = ring->name, .channel = ring->channel->id, .reason = buf_text(&reason)};
    return job_append(job, &entry, err);
}

/* A transaction is a write, even where nothing in it is. */
static bool must_write(const struct job *job, const struct ring *ring, const struct heal_outcome *outcome,
                       bool *must, struct err *err)
{
    static const char *const codes[] = {WRONG, LOST, FULL, STUCK, AWAY};
    *must = has_done(outcome) || outcome->left->len || outcome->stayed->len || outcome->stuck->len ||
            outcome->lost->len || outcome->harm;
    for (size_t i = 0; !*must && i < sizeof codes / sizeof *codes; i++)
        if (!catalog_attention_stands(job->state, codes[i], ring->name, must, err))
            return false;
    return true;
}

bool heal_books_write(const struct job *job, const struct ring *ring, const struct heal_outcome *outcome,
                      struct err *err)
{
    bool must;
    if (!must_write(job, ring, outcome, &must, err))
        return false;
    if (!must)
        return true;
    bool done = state_begin(job->state, err) && append_history(job, ring, outcome, err) &&
                note_all_healed(job, ring, outcome, err) && refresh_left(job, ring, outcome->left, err) &&
                refresh_full(job, ring, outcome->stayed, err) && refresh_lost(job, ring, outcome, err) &&
                heal_books_stuck(job, ring, outcome->stuck, err) &&
                heal_books_pointer(job, ring, outcome->live, outcome->harm,
                                   strv_has(outcome->lost, outcome->live), err);
    return job_end(job, done, has_done(outcome), err);
}
