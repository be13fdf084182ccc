#include "ringmgr/fetch/mirror.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Less says more about the round trip than about the rate. */
static const uint64_t MEASURABLE_BYTES = (uint64_t)1 << 20;

static char *without_slashes(const char *base)
{
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    return mem_strndup(base, len);
}

void mirrors_init(struct mirrors *mirrors, const char *base, const char *const *more)
{
    unsigned len = 1;
    while (more && more[len - 1] && len < MIRRORS_MOST)
        len++;
    mirrors->base = mem_new(len + 1, sizeof *mirrors->base);
    mirrors->state = mem_new(len, sizeof *mirrors->state);
    mirrors->len = len;
    for (unsigned i = 0; i < len; i++)
        mirrors->base[i] = without_slashes(i == 0 ? base : more[i - 1]);
}

void mirrors_clear(struct mirrors *mirrors)
{
    for (unsigned i = 0; i < mirrors->len; i++)
        free(mirrors->base[i]);
    free(mirrors->base);
    free(mirrors->state);
    *mirrors = (struct mirrors){0};
}

static bool is_excluded(unsigned which, uint32_t excluded)
{
    return excluded >> which & 1;
}

bool mirror_all_excluded(const struct mirrors *mirrors, uint32_t excluded)
{
    for (unsigned i = 0; i < mirrors->len; i++)
        if (!is_excluded(i, excluded))
            return false;
    return true;
}

/* Those of whom nothing more is asked, unless they are all that is left. */
static uint32_t add_liars(const struct mirrors *mirrors, uint32_t excluded)
{
    uint32_t out = excluded;
    for (unsigned i = 0; i < mirrors->len; i++)
        out |= (uint32_t)mirrors->state[i].lies << i;
    return mirror_all_excluded(mirrors, out) ? excluded : out;
}

bool mirror_is_better_left(const struct mirrors *mirrors, unsigned which, uint32_t excluded)
{
    excluded = add_liars(mirrors, excluded);
    for (unsigned i = 0; i < mirrors->len; i++)
        if (!is_excluded(i, excluded) && mirrors->state[i].failures < mirrors->state[which].failures)
            return true;
    return false;
}

static bool is_better(const struct mirror *one, const struct mirror *other)
{
    return one->failures < other->failures || (one->failures == other->failures && one->rate > other->rate);
}

unsigned mirror_pick(struct mirrors *mirrors, uint32_t excluded)
{
    unsigned best = mirrors->len;
    excluded = add_liars(mirrors, excluded);
    for (unsigned i = 0; i < mirrors->len; i++) {
        if (is_excluded(i, excluded))
            continue;
        if (!atomic_exchange(&mirrors->state[i].tried, true))
            return i;
        if (best == mirrors->len || is_better(&mirrors->state[i], &mirrors->state[best]))
            best = i;
    }
    return best == mirrors->len ? 0 : best;
}

void mirror_blame(struct mirrors *mirrors, uint64_t givers, const struct log *log)
{
    for (unsigned i = 0; i < mirrors->len; i++)
        if (givers == UINT64_C(1) << i && !atomic_exchange(&mirrors->state[i].lies, true))
            log_warn(log, "%s gives files that are not genuine: not asked again in this run, if others do",
                     mirrors->base[i]);
}

void mirror_note_failure(struct mirrors *mirrors, unsigned which)
{
    mirrors->state[which].failures++;
}

void mirror_note_bytes(struct mirrors *mirrors, unsigned which, uint64_t bytes, int64_t us)
{
    struct mirror *mirror = &mirrors->state[which];
    mirror->failures = 0;
    if (bytes < MEASURABLE_BYTES || us <= 0) {
        if (mirror->rate == 0)
            mirror->tried = false; /* with a small file: that was no trial */
        return;
    }
    uint64_t rate = (uint64_t)((double)bytes * 1e6 / (double)us), before = mirror->rate;
    mirror->rate = before ? (before + rate) / 2 : rate;
}
