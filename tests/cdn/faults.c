/*
 * What the hostile server does wrong, when and how often.
 *
 * A fault is one line of words key=value:
 *     path=GLOB kind=KIND [after=N] [times=K] [skip=K] [percent=P] [value=N] [ms=N] [status=N] [retry=N]
 * [to=URL] GLOB is matched against the whole path, `*` also matching slashes. `skip` lets so many answers
 * pass first, `times` ends the fault after so many, `percent` throws dice with a fixed seed. Lines come from
 * a file, which is read again when it changes, or from POST /_fault.
 *
 *   truncate after=N     close the connection after N bytes       norange        200 although a range was
 * asked for length value=±N      Content-Length off by N, then close      badrange       206 with the bytes
 * behind the wanted ones corrupt after=N      flip one bit of byte N of the file       etag           another
 * ETag on every answer stall after=N ms=N   pause before byte N                      changed        another
 * ETag and date, the same each time status status=N      only a status; retry=N, to=URL novalidators   no
 * ETag, no Last-Modified slow value=N         N bytes a second                         unconditional  never
 * 304
 *
 * Of requests for several ranges only: nomulti 200 with everything, firstrange 206 with the first of them,
 * backwards the last of them first, nomultistatus status=N a status (400). As a proxy: proxyauth
 * to=USER:PASSWORD 407 to who does not bring them.
 */
#include "faults.h"

#include "disk.h"
#include "random.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FAULTS_MAX 64

struct fault {
    char *path;
    char *kind;
    char *to;
    uint64_t after;
    int64_t value;
    unsigned ms;
    unsigned status;
    unsigned retry;
    unsigned percent;
    uint64_t skip;
    uint64_t times; /* still to come; UINT64_MAX: always */
    bool from_file;
};

struct faults {
    pthread_mutex_t lock;
    char *file;
    struct timespec changed;
    uint64_t random;
    struct fault list[FAULTS_MAX];
    size_t count;
};

typedef void apply(const struct fault *f, struct affliction *a);

static void apply_truncate(const struct fault *f, struct affliction *a)
{
    a->truncate = true;
    a->truncate_after = f->after;
}

static void apply_length(const struct fault *f, struct affliction *a)
{
    a->length_delta = f->value;
}

static void apply_corrupt(const struct fault *f, struct affliction *a)
{
    a->corrupt = true;
    a->corrupt_at = f->after;
}

static void apply_norange(const struct fault *f, struct affliction *a)
{
    (void)f;
    a->ignore_range = true;
}

static void apply_badrange(const struct fault *f, struct affliction *a)
{
    (void)f;
    a->shift_range = true;
}

static void apply_etag(const struct fault *f, struct affliction *a)
{
    (void)f;
    a->changing_etag = true;
}

static void apply_changed(const struct fault *f, struct affliction *a)
{
    (void)f;
    a->changed_file = true;
}

static void apply_novalidators(const struct fault *f, struct affliction *a)
{
    (void)f;
    a->no_validators = true;
}

static void apply_unconditional(const struct fault *f, struct affliction *a)
{
    (void)f;
    a->always_200 = true;
}

static void apply_stall(const struct fault *f, struct affliction *a)
{
    a->stall_ms = f->ms ? f->ms : 1000;
    a->stall_after = f->after;
}

static void apply_status(const struct fault *f, struct affliction *a)
{
    a->status = f->status ? f->status : 503;
    a->retry_after_s = f->retry;
    a->location = f->to;
}

static void apply_slow(const struct fault *f, struct affliction *a)
{
    a->rate = f->value > 0 ? (uint64_t)f->value : 1024;
}

static void apply_nomulti(const struct fault *f, struct affliction *a)
{
    (void)f;
    a->several = SEVERAL_WHOLE;
}

static void apply_firstrange(const struct fault *f, struct affliction *a)
{
    (void)f;
    a->several = SEVERAL_FIRST;
}

static void apply_backwards(const struct fault *f, struct affliction *a)
{
    (void)f;
    a->several = SEVERAL_BACKWARDS;
}

static void apply_nomultistatus(const struct fault *f, struct affliction *a)
{
    a->several = SEVERAL_REFUSED;
    a->several_status = f->status ? f->status : 400;
}

static void apply_proxyauth(const struct fault *f, struct affliction *a)
{
    a->proxy_user = f->to;
}

static const struct {
    const char *kind;
    apply *apply;
} kinds[] = {
    {"truncate", apply_truncate},
    {"length", apply_length},
    {"corrupt", apply_corrupt},
    {"norange", apply_norange},
    {"badrange", apply_badrange},
    {"etag", apply_etag},
    {"changed", apply_changed},
    {"novalidators", apply_novalidators},
    {"unconditional", apply_unconditional},
    {"stall", apply_stall},
    {"status", apply_status},
    {"slow", apply_slow},
    {"nomulti", apply_nomulti},
    {"firstrange", apply_firstrange},
    {"backwards", apply_backwards},
    {"nomultistatus", apply_nomultistatus},
    {"proxyauth", apply_proxyauth},
};

static apply *find_kind(const char *kind)
{
    for (size_t i = 0; kind && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].apply;
    return NULL;
}

static void clear_fault(struct fault *f)
{
    free(f->path);
    free(f->kind);
    free(f->to);
    *f = (struct fault){0};
}

static void set_text(char **slot, const char *value)
{
    free(*slot);
    *slot = text("%s", value);
}

static bool set_word(struct fault *f, const char *key, const char *value)
{
    const struct {
        const char *key;
        unsigned *to;
    } numbers[] = {{"ms", &f->ms}, {"status", &f->status}, {"retry", &f->retry}, {"percent", &f->percent}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(key, numbers[i].key) == 0) {
            *numbers[i].to = (unsigned)strtoul(value, NULL, 10);
            return true;
        }
    if (strcmp(key, "path") == 0)
        set_text(&f->path, value);
    else if (strcmp(key, "kind") == 0)
        set_text(&f->kind, value);
    else if (strcmp(key, "to") == 0)
        set_text(&f->to, value);
    else if (strcmp(key, "after") == 0)
        f->after = strtoull(value, NULL, 10);
    else if (strcmp(key, "value") == 0)
        f->value = strtoll(value, NULL, 10);
    else if (strcmp(key, "skip") == 0)
        f->skip = strtoull(value, NULL, 10);
    else if (strcmp(key, "times") == 0)
        f->times = strtoull(value, NULL, 10);
    else
        return false;
    return true;
}

/* Reads the words of one line into *f; false and a message when one is unknown. */
static bool read_words(const char *words, struct fault *f, struct bytes *error)
{
    TEXT copy = text("%s", words);
    char *state = NULL;
    *f = (struct fault){.times = UINT64_MAX, .percent = 100};
    for (char *word = strtok_r(copy, " \t\r\n", &state); word; word = strtok_r(NULL, " \t\r\n", &state)) {
        char *equals = strchr(word, '=');
        if (equals)
            *equals = '\0';
        if (!equals || !set_word(f, word, equals + 1)) {
            bytes_printf(error, "unknown word %s\n", word);
            return false;
        }
    }
    if (!f->path)
        set_text(&f->path, "*");
    if (!find_kind(f->kind)) {
        bytes_printf(error, "unknown kind %s\n", f->kind ? f->kind : "(none)");
        return false;
    }
    return true;
}

static bool add_locked(struct faults *f, const char *words, bool from_file, struct bytes *error)
{
    struct fault one;
    bool ok = read_words(words, &one, error);
    if (ok && f->count == FAULTS_MAX) {
        bytes_puts(error, "too many faults\n");
        ok = false;
    }
    if (!ok) {
        clear_fault(&one);
        return false;
    }
    one.from_file = from_file;
    f->list[f->count++] = one;
    return true;
}

/* Drops the faults of the file, or all of them. */
static void drop(struct faults *f, bool all)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (all || f->list[i].from_file)
            clear_fault(&f->list[i]);
        else
            f->list[kept++] = f->list[i];
    }
    f->count = kept;
}

static void reread(struct faults *f)
{
    struct stat st;
    if (!f->file || stat(f->file, &st) < 0)
        return;
    if (st.st_mtim.tv_sec == f->changed.tv_sec && st.st_mtim.tv_nsec == f->changed.tv_nsec)
        return;
    BYTES content = {0};
    BYTES error = {0};
    char *state = NULL;
    f->changed = st.st_mtim;
    drop(f, false);
    disk_read(f->file, &content);
    bytes_u8(&content, 0);
    for (char *line = strtok_r((char *)content.data, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
        if (line[strspn(line, " \t")] != '#' && line[strspn(line, " \t")] != '\0')
            if (!add_locked(f, line, true, &error)) {
                bytes_u8(&error, 0);
                die("%s: %s", f->file, (const char *)error.data);
            }
}

struct faults *faults_new(const char *path)
{
    struct faults *f = calloc(1, sizeof *f);
    if (!f)
        die("out of memory");
    pthread_mutex_init(&f->lock, NULL);
    f->file = path ? text("%s", path) : NULL;
    reread(f);
    return f;
}

void faults_free(struct faults *f)
{
    drop(f, true);
    free(f->file);
    free(f);
}

bool faults_add(struct faults *f, const char *words, struct bytes *error)
{
    pthread_mutex_lock(&f->lock);
    bool ok = add_locked(f, words, false, error);
    pthread_mutex_unlock(&f->lock);
    return ok;
}

void faults_clear(struct faults *f)
{
    pthread_mutex_lock(&f->lock);
    drop(f, true);
    pthread_mutex_unlock(&f->lock);
}

/* Whether this fault strikes now; counts it down. */
static bool strikes(struct faults *f, struct fault *one, const char *path)
{
    if (fnmatch(one->path, path, 0) != 0 || one->times == 0)
        return false;
    if (one->percent < 100 && random_below(&f->random, 100) >= one->percent)
        return false;
    if (one->skip > 0) {
        one->skip--;
        return false;
    }
    if (one->times != UINT64_MAX)
        one->times--;
    return true;
}

struct affliction faults_for(struct faults *f, const char *path)
{
    struct affliction a = {0};
    pthread_mutex_lock(&f->lock);
    reread(f);
    for (size_t i = 0; i < f->count; i++)
        if (strikes(f, &f->list[i], path))
            find_kind(f->list[i].kind)(&f->list[i], &a);
    if (a.location)
        a.location = text("%s", a.location);
    if (a.proxy_user)
        a.proxy_user = text("%s", a.proxy_user);
    pthread_mutex_unlock(&f->lock);
    return a;
}

void faults_print(struct faults *f, struct bytes *out)
{
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->count; i++) {
        const struct fault *one = &f->list[i];
        bytes_printf(out, "path=%s kind=%s after=%llu", one->path, one->kind, (unsigned long long)one->after);
        if (one->times != UINT64_MAX)
            bytes_printf(out, " times=%llu", (unsigned long long)one->times);
        bytes_puts(out, "\n");
    }
    pthread_mutex_unlock(&f->lock);
}
