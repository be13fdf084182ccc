#include "ringmgr/ops/fetch_roots.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/fetch/http.h"
#include "ringmgr/ops/credentials.h"

/* Two files of some kilobytes: with the minute that a server may ask for between attempts, ten minutes. */
enum { ATTEMPTS = 3, GET_SECONDS = 60 };

static bool fetch_one(struct http *http, const char *base, size_t index, struct roots *roots, struct err *err)
{
    struct http_answer answer AUTO(http_answer_clear) = {0};
    const struct http_validators none = {0};
    char *address AUTO_FREE = mem_printf("%s/%s", base, roots_file(index));
    if (!http_get(http, roots_file(index), &none, LIMIT_ROOTS_BYTES, &answer, err))
        return false;
    if (answer.result == HTTP_ABSENT)
        return err_set(err, ERR_UPSTREAM, "%s: not there", address);
    return roots_take_one(roots, index, answer.body.data, answer.body.len, address, err);
}

static bool fetch_all(struct http *http, const char *base, struct roots *roots, struct err *err)
{
    for (size_t i = 0; i < ROOTS_KNOWN; i++)
        if (!fetch_one(http, base, i, roots, err))
            return false;
    return true;
}

/* Many servers of files have no way out. */
static bool say_other_way(const char *base, struct err *err)
{
    return err_set(err, ERR_UPSTREAM,
                   "%s; or fetch %s/%s and %s/%s elsewhere, bring both files, then: ringmgr trust FILE FILE",
                   err->msg, base, roots_file(0), base, roots_file(1));
}

bool fetch_roots(const struct settings *settings, const char *base, const struct log *log,
                 struct roots *roots, struct err *err)
{
    struct credentials credentials AUTO(credentials_clear) = {0};
    struct http *http AUTO(http_auto_free)
    = NULL;
    if (!credentials_read(settings->origin.proxy_credentials, &credentials, err))
        return false;
    const struct http_options options = {.base = base,
                                         .proxy = settings->origin.proxy,
                                         .proxy_user = credentials.user,
                                         .proxy_password = credentials.password,
                                         .attempts = ATTEMPTS,
                                         .get_seconds = GET_SECONDS,
                                         .log = log};
    if (!http_new(&options, &http, err))
        return false;
    return fetch_all(http, base, roots, err) || (err->code == ERR_UPSTREAM && say_other_way(base, err));
}
