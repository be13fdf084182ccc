#include "ringmgr/ops/fetch_roots.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/fetch/http.h"
#include "ringmgr/ops/credentials.h"

static bool fetch_one(struct http *http, const char *base, size_t index, struct roots *roots, struct err *err)
{
    struct http_answer answer AUTO(http_answer_clear) = {0};
    const struct http_validators none = {0};
    char *address AUTO_FREE = mem_printf("%s/%s", base, roots_file(index));
    if (!http_get(http, roots_file(index), &none, LIMIT_ROOTS_BYTES, &answer, err))
        return false;
    if (answer.result == HTTP_ABSENT)
        return err_set(err, ERR_UPSTREAM,
                       "%s: not there: fetch %s elsewhere and name the files: ringmgr trust FILE…", address,
                       roots_name(index));
    return roots_take_one(roots, index, answer.body.data, answer.body.len, address, err);
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
                                         .log = log};
    if (!http_new(&options, &http, err))
        return false;
    for (size_t i = 0; i < ROOTS_KNOWN; i++)
        if (!fetch_one(http, base, i, roots, err))
            return false;
    return true;
}
