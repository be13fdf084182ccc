#include "ringmgr/app/web_read.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    KNOWN = 64,       /* different answers that are kept */
    RARE_MOST = 16,   /* of these in the making at a time, those to rare questions */
    RUNNING_MOST = 4, /* children at a time */
    RUNNING_RARE = 2, /* likewise */
    ASKED_RARE = 4,   /* who may wait for the same answer to one: a place of web_http.c each */
    FRESH_MS = 2000,
    RUN_MS = 30 * 1000, /* how long a child may take, and who asks has to wait for one */
};

enum stage { EMPTY, WAITS, RUNS, THERE };

struct known {
    enum stage stage;
    char *key;         /* the words, with a NUL's place taken by a line break */
    struct strv words; /* of the command */
    const char *type;
    bool rare;
    int64_t uid;               /* who has asked first */
    struct web_request *asked; /* who waits for it */
    pid_t pid;
    bool stale;     /* something was decided while it ran */
    int64_t due_ms; /* WAITS, RUNS: when it has taken too long; THERE: how long it is good */
    struct buf said;
    unsigned status;
    struct web_text *text;
    char etag[WEB_ETAG_SIZE];
    struct web_read *read;
};

struct web_read {
    struct serve_jobs *jobs;
    int null;
    struct known known[KNOWN];
};

/* ---- answering ---- */

static void answer(const struct known *known, struct web_request *request)
{
    struct web_answer answer = {.status = known->status,
                                .type = known->type,
                                .text = known->text,
                                .etag = known->status == 200 ? known->etag : NULL};
    if (answer.etag && web_text_matches(web_http_header(request, "If-None-Match", NULL), answer.etag)) {
        answer.status = 304;
        answer.type = NULL;
    }
    web_http_answer(request, &answer);
}

static void answer_all(struct known *known)
{
    struct web_request *request = known->asked;
    known->asked = NULL;
    while (request) {
        struct web_request *next = request->next;
        answer(known, request);
        request = next;
    }
}

static void clear(struct known *known)
{
    struct web_read *read = known->read;
    free(known->key);
    strv_clear(&known->words);
    buf_clear(&known->said);
    web_text_drop(known->text);
    *known = (struct known){.read = read};
}

/* It is there, and good for a moment; an error only for those who have waited. */
static void settle(struct known *known, unsigned status, struct web_text *text, const char *type)
{
    known->stage = THERE;
    known->pid = 0;
    known->status = status;
    known->text = text;
    known->type = type;
    known->due_ms = serve_loop_now_ms() + (status == 200 && !known->stale ? FRESH_MS : 0);
    web_text_etag(text->bytes.data, text->bytes.len, known->etag);
    answer_all(known);
}

static void fail(struct known *known, unsigned status, enum err_code code, const char *error)
{
    settle(known, status, web_text_error(code, error), "application/json");
}

/* ---- children ---- */

static void hear(void *context, struct buf *said, bool end)
{
    struct known *known = context;
    (void)end;
    if (said->len && known->said.len + said->len <= LIMIT_WEB_ANSWER_BYTES)
        buf_append(&known->said, said->data, said->len);
    else if (said->len)
        serve_jobs_end(known->read->jobs, known->pid);
    said->len = 0;
}

static void ended(void *context, int status)
{
    struct known *known = context;
    unsigned http = web_api_status(WEB_READ, status);
    if (status > 128)
        fail(known, 504, ERR_FAILED, "the answer took too long, was too long, or the service is ending");
    else if (known->said.len == 0)
        fail(known, http == 200 ? 500 : http, http == 200 ? ERR_FAILED : (enum err_code)status,
             "the command has failed; on the server itself it says why");
    else
        settle(known, http, web_text_new(&known->said), known->type);
}

static void start(struct known *known)
{
    struct web_read *read = known->read;
    struct err err;
    const char **words AUTO_FREE = mem_new(known->words.len + 1, sizeof *words);
    for (size_t i = 0; i < known->words.len; i++)
        words[i] = known->words.item[i];
    const struct serve_jobs_start how = {.name = "page",
                                         .words = words,
                                         .err = read->null,
                                         .silent = true,
                                         .said = hear,
                                         .ended = ended,
                                         .context = known};
    known->pid = serve_jobs_start(read->jobs, &how, &err);
    known->stage = RUNS;
    known->due_ms = serve_loop_now_ms() + RUN_MS;
    if (known->pid <= 0)
        fail(known, 503, ERR_LOCKED, err.msg);
}

static size_t count_running(const struct web_read *read, bool rare_only)
{
    size_t count = 0;
    for (int i = 0; i < KNOWN; i++)
        count += read->known[i].stage == RUNS && (read->known[i].rare || !rare_only);
    return count;
}

/* What everybody asks comes first, then who has waited longest; NULL if none may be started now. */
static struct known *find_next(struct web_read *read)
{
    struct known *next = NULL;
    bool rare_too = count_running(read, true) < RUNNING_RARE;
    if (count_running(read, false) >= RUNNING_MOST)
        return NULL;
    for (int i = 0; i < KNOWN; i++) {
        struct known *one = &read->known[i];
        if (one->stage != WAITS || (one->rare && !rare_too))
            continue;
        if (!next || (next->rare && !one->rare) || (next->rare == one->rare && one->due_ms < next->due_ms))
            next = one;
    }
    return next;
}

bool web_read_is_due(const struct web_read *read)
{
    return find_next((struct web_read *)(uintptr_t)read);
}

void web_read_start_due(struct web_read *read)
{
    for (struct known *next = find_next(read); next; next = find_next(read))
        start(next);
}

/* ---- asking ---- */

static struct known *find(struct web_read *read, const char *key, int64_t now)
{
    for (int i = 0; i < KNOWN; i++) {
        struct known *known = &read->known[i];
        bool good = known->stage == WAITS || (known->stage == RUNS && !known->stale) ||
                    (known->stage == THERE && known->due_ms > now);
        if (good && strcmp(known->key, key) == 0)
            return known;
    }
    return NULL;
}

/* An empty place, else that of the answer that is there longest; NULL if all are being made. */
static struct known *find_room(struct web_read *read)
{
    struct known *found = NULL;
    for (int i = 0; i < KNOWN; i++) {
        struct known *known = &read->known[i];
        if (known->stage == EMPTY)
            return known;
        if (known->stage == THERE && (!found || known->due_ms < found->due_ms))
            found = known;
    }
    if (found)
        clear(found);
    return found;
}

static size_t count_asked(const struct known *known)
{
    size_t count = 0;
    for (const struct web_request *request = known->asked; request; request = request->next)
        count++;
    return count;
}

/* Whether one rare question more may be asked by this account: half of what others leave is its own. Who
 * thinks of a thousand keeps nobody from asking how the rings are. */
static bool may_ask_rare(const struct web_read *read, const struct known *known, int64_t uid)
{
    size_t own = 0, others = 0;
    for (int i = 0; i < KNOWN; i++) {
        const struct known *one = &read->known[i];
        bool made = one->rare && (one->stage == WAITS || one->stage == RUNS);
        own += made && one->uid == uid;
        others += made && one->uid != uid;
    }
    return known ? count_asked(known) < ASKED_RARE : own < (RARE_MOST - others + 1) / 2;
}

void web_read_ask(struct web_read *read, struct web_request *request, const struct web_question *question)
{
    int64_t now = serve_loop_now_ms();
    char *key AUTO_FREE = strv_join(&question->words, "\n");
    struct known *known = find(read, key, now);
    if (known && known->stage == THERE) {
        answer(known, request);
        return;
    }
    bool may = !question->rare || may_ask_rare(read, known, request->uid);
    if (!known && may)
        known = find_room(read);
    if (!known || !may) {
        web_http_refuse(request, 503, ERR_LOCKED, "the service is busy with other questions");
        return;
    }
    if (known->stage == EMPTY) {
        *known = (struct known){.stage = WAITS,
                                .key = mem_strdup(key),
                                .type = question->type,
                                .due_ms = now + RUN_MS,
                                .rare = question->rare,
                                .uid = request->uid,
                                .read = read};
        strv_copy(&known->words, &question->words);
    }
    request->next = known->asked;
    known->asked = request;
}

void web_read_forget(struct web_read *read)
{
    for (int i = 0; i < KNOWN; i++) {
        read->known[i].stale = read->known[i].stage == RUNS;
        if (read->known[i].stage == THERE)
            clear(&read->known[i]);
    }
}

/* ---- time ---- */

void web_read_turn(struct web_read *read)
{
    int64_t now = serve_loop_now_ms();
    for (int i = 0; i < KNOWN; i++) {
        struct known *known = &read->known[i];
        if (known->stage == RUNS && known->due_ms >= 0 && known->due_ms <= now) {
            known->due_ms = -1;
            serve_jobs_end(read->jobs, known->pid);
        } else if (known->stage == WAITS && known->due_ms <= now)
            fail(known, 503, ERR_LOCKED, "the service is busy with other questions");
        else if (known->stage == THERE && known->due_ms <= now)
            clear(known);
    }
}

int64_t web_read_due_ms(const struct web_read *read)
{
    int64_t due = -1;
    for (int i = 0; i < KNOWN; i++) {
        const struct known *known = &read->known[i];
        bool counts = known->stage != EMPTY && known->due_ms >= 0;
        if (counts && (due < 0 || known->due_ms < due))
            due = known->due_ms;
    }
    return due;
}

/* ---- life ---- */

struct web_read *web_read_new(struct serve_jobs *jobs, int null)
{
    struct web_read *read = mem_new(1, sizeof *read);
    read->jobs = jobs;
    read->null = null;
    for (int i = 0; i < KNOWN; i++)
        read->known[i].read = read;
    return read;
}

void web_read_stop(struct web_read *read)
{
    for (int i = 0; i < KNOWN; i++)
        if (read->known[i].stage == WAITS)
            fail(&read->known[i], 503, ERR_LOCKED, "the service is ending");
}

void web_read_free(struct web_read *read)
{
    for (int i = 0; read && i < KNOWN; i++)
        clear(&read->known[i]);
    free(read);
}
