#include "ringmgr/ops/credentials.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Memory that was freed is given to others, and ends up in core files. */
static void wipe(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

static void wipe_buf(struct buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->cap);
    buf_clear(buf);
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static bool split(struct buf *line, struct credentials *credentials, struct err *err)
{
    while (line->len && (line->data[line->len - 1] == '\n' || line->data[line->len - 1] == '\r'))
        line->data[--line->len] = 0;
    const char *text = buf_text(line);
    const char *colon = strchr(text, ':');
    if (!colon || colon == text || strlen(text) != line->len || has_control(text))
        return err_set(err, ERR_USAGE, "not one line of the form user:password");
    credentials->user = mem_strndup(text, (size_t)(colon - text));
    credentials->password = mem_strdup(colon + 1);
    return true;
}

static bool check_file(int fd, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "stat");
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_USAGE, "not a file");
    return !(st.st_mode & S_IRWXO) ||
           err_set(err, ERR_USAGE, "open to everybody on this machine: chmod 0640 it");
}

static bool read_file(const char *path, struct buf *line, struct err *err)
{
    AUTO_FD fd = fs_open_path(path, err);
    if (fd < 0)
        return false;
    /* room for all of it at once: a buffer that grows leaves copies behind */
    buf_reserve(line, LIMIT_CREDENTIALS_BYTES + 1);
    return check_file(fd, err) && fs_read_fd(fd, "it", LIMIT_CREDENTIALS_BYTES, line, err);
}

bool credentials_read(const char *path, struct credentials *credentials, struct err *err)
{
    struct buf line AUTO(wipe_buf) = {0};
    *credentials = (struct credentials){0};
    if (!path || !*path)
        return true;
    if (read_file(path, &line, err) && split(&line, credentials, err))
        return true;
    err->code = ERR_USAGE;
    return err_prefix(err, "[origin] proxy_credentials = %s", path);
}

void credentials_clear(struct credentials *credentials)
{
    wipe(&credentials->user);
    wipe(&credentials->password);
}
