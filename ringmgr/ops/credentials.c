#include "ringmgr/ops/credentials.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <string.h>

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static bool split(struct buf *line, const char *path, struct credentials *credentials, struct err *err)
{
    while (line->len && (line->data[line->len - 1] == '\n' || line->data[line->len - 1] == '\r'))
        line->data[--line->len] = 0;
    const char *text = buf_text(line);
    const char *colon = strchr(text, ':');
    if (!colon || colon == text || strlen(text) != line->len || has_control(text))
        return err_set(err, ERR_USAGE, "%s is not one line of the form user:password", path);
    credentials->user = mem_strndup(text, (size_t)(colon - text));
    credentials->password = mem_strdup(colon + 1);
    return true;
}

bool credentials_read(const char *path, struct credentials *credentials, struct err *err)
{
    struct buf line AUTO(buf_wipe) = {0};
    *credentials = (struct credentials){0};
    if (!path || !*path)
        return true;
    if (fs_read_secret(path, LIMIT_CREDENTIALS_BYTES, &line, err) && split(&line, path, credentials, err))
        return true;
    err->code = ERR_USAGE;
    return err_prefix(err, "[origin] proxy_credentials");
}

void credentials_clear(struct credentials *credentials)
{
    mem_wipe(&credentials->user);
    mem_wipe(&credentials->password);
}
