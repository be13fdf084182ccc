#include "shares/site_where.h"
#include "ringmgr/base/mem.h"

#include <string.h>

/* Connecting is quick or does not happen: a packet or two each way. */
enum { CONNECT_SECONDS = 30 };

static bool is_given(const char *text)
{
    return text && *text;
}

char *where_quote(const char *text)
{
    AUTO_BUF quoted = {0};
    buf_puts(&quoted, "'");
    for (; *text; text++)
        if (*text == '\'')
            buf_puts(&quoted, "'\\''");
        else
            buf_append(&quoted, text, 1);
    buf_puts(&quoted, "'");
    return mem_strdup(buf_text(&quoted));
}

/* What keeps ssh from asking, from lasting (a shared connection would) and from waiting for a dead host. */
static const char *const SSH_OPTIONS[] = {"BatchMode=yes",          "ConnectTimeout=30",
                                          "ServerAliveInterval=30", "ServerAliveCountMax=6",
                                          "ControlPath=none",       "LogLevel=ERROR"};
enum { SSH_OPTIONS_LEN = sizeof SSH_OPTIONS / sizeof *SSH_OPTIONS };

/* rsync splits this text at blanks and takes quotes away, a doubled one inside quotes for itself (rsync(1),
 * --rsh). */
static void add_rsh(const struct site_where *where, struct errand *errand)
{
    AUTO_BUF rsh = {0};
    buf_puts(&rsh, "--rsh=ssh -T -x -a");
    if (is_given(where->ssh_config)) {
        buf_puts(&rsh, " -F '");
        for (const char *at = where->ssh_config; *at; at++)
            buf_printf(&rsh, *at == '\'' ? "''" : "%c", *at);
        buf_puts(&rsh, "'");
    }
    for (int i = 0; i < SSH_OPTIONS_LEN; i++)
        buf_printf(&rsh, " -o %s", SSH_OPTIONS[i]);
    strv_add(&errand->arguments, buf_text(&rsh));
}

void where_begin(const struct site_where *where, unsigned silent_seconds, struct errand *errand)
{
    struct strv *arguments = &errand->arguments;
    if (where->kind == WHERE_FOLDER) {
        /* there and nowhere else: rsync would make the folder, were it not mounted */
        strv_add(arguments, "env");
        strv_addf(arguments, "--chdir=%s", where->path);
    }
    strv_add(arguments, "rsync");
    strv_addf(arguments, "--timeout=%u", silent_seconds);
    strv_add(
        arguments,
        "--stderr=client"); /* what it says there comes in the answer, not beside it, where ssh may lose it */
    strv_add(&errand->environment, "TZ=UTC0");
    if (where->kind == WHERE_SSH)
        add_rsh(where, errand);
    if (where->kind != WHERE_DAEMON)
        return;
    strv_add(arguments, "--no-motd");
    strv_addf(arguments, "--contimeout=%d", CONNECT_SECONDS);
    if (is_given(where->credentials))
        strv_addf(arguments, "--password-file=%s", where->credentials);
    else
        strv_add(&errand->environment, "RSYNC_PASSWORD="); /* or it asks on the terminal */
}

static void add_user(const struct site_where *where, struct buf *text)
{
    if (is_given(where->user))
        buf_printf(text, "%s@", where->user);
    buf_printf(text, where->ipv6 ? "[%s]" : "%s", where->host);
}

void where_begin_shell(const struct site_where *where, const char *command, struct errand *errand)
{
    struct strv *arguments = &errand->arguments;
    strv_add(arguments, "ssh");
    strv_add(arguments, "-T");
    strv_add(arguments, "-x");
    strv_add(arguments, "-a");
    if (is_given(where->ssh_config)) {
        strv_add(arguments, "-F");
        strv_add(arguments, where->ssh_config);
    }
    for (int i = 0; i < SSH_OPTIONS_LEN; i++) {
        strv_add(arguments, "-o");
        strv_add(arguments, SSH_OPTIONS[i]);
    }
    strv_add(arguments, "--");
    if (is_given(where->user))
        strv_addf(arguments, "%s@%s", where->user, where->host);
    else
        strv_add(arguments, where->host);
    strv_add(arguments, command);
}

char *where_path(const struct site_where *where, const char *path)
{
    const char *base = where->path ? where->path : "";
    size_t len = strlen(base);
    while (len && base[len - 1] == '/')
        len--;
    const char *root = len && *base != '/' ? "/" : "";
    return mem_printf("%s%.*s/%s", root, (int)len, base, path);
}

void where_add(const struct site_where *where, const char *path, struct errand *errand)
{
    AUTO_BUF text = {0};
    if (where->kind == WHERE_FOLDER) {
        strv_add(&errand->arguments, path);
        return;
    }
    char *there AUTO_FREE = where_path(where, path);
    if (where->kind == WHERE_DAEMON)
        buf_puts(&text, "rsync://");
    add_user(where, &text);
    if (where->kind == WHERE_DAEMON && where->port)
        buf_printf(&text, ":%u", where->port);
    if (where->kind == WHERE_DAEMON)
        buf_printf(&text, "/%s", where->module);
    buf_printf(&text, where->kind == WHERE_DAEMON ? "%s" : ":%s", there);
    strv_add(&errand->arguments, buf_text(&text));
}
