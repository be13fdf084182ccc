#include "ringmgr/base/mem.h"
#include "ringmgr/policy/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    WHY_SIZE = 128,
    HOST_BYTES = 253, /* RFC 1035, section 2.3.4 */
    NAME_BYTES = 64,
    PATH_BYTES = 1024, /* and a ring, Office/Data, a build and a file below it */
    PORT_MOST = 65535,
    RSYNC_PORT = 873 /* rsyncd.conf(5) */
};

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

/* Always false. */
static bool refuse(char why[WHY_SIZE], const char *what)
{
    snprintf(why, WHY_SIZE, "%s", what);
    return false;
}

static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* Cuts off what is before *end, and goes behind it. */
static char *cut_at(const char **at, const char *end)
{
    char *part = mem_strndup(*at, (size_t)(end - *at));
    *at = end + 1;
    return part;
}

/* NULL, and *at as it was, if the character is not there. */
static char *cut(const char **at, char end)
{
    const char *found = strchr(*at, end);
    return found ? cut_at(at, found) : NULL;
}

/* ---- parts ---- */

static bool is_name(const char *text, const char *allowed, size_t most)
{
    size_t len = strlen(text);
    return len > 0 && len <= most && !strchr("-.", *text) && strspn(text, allowed) == len;
}

static bool is_host(const char *text)
{
    return is_name(text, LETTERS DIGITS "._-", HOST_BYTES);
}

/* What stands between brackets; whether it is a good address is for the resolver to say. */
static bool is_address(const char *text)
{
    return strlen(text) < NAME_BYTES && strchr(text, ':') && text[strspn(text, DIGITS "abcdefABCDEF:.")] == 0;
}

static bool is_dots(const char *part, size_t len)
{
    return (len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.');
}

/* Folders with one slash between them, none of which is ".", ".." or looks like an option. */
static bool is_path(const char *path, const char *allowed)
{
    if (strlen(path) > PATH_BYTES)
        return false;
    for (;;) {
        size_t len = strcspn(path, "/");
        if (len == 0 || *path == '-' || is_dots(path, len) || (allowed && strspn(path, allowed) < len))
            return false;
        if (path[len] == 0)
            return true;
        path += len + 1;
    }
}

/* What no remote shell reads as anything but itself. */
static bool is_remote_path(const char *path)
{
    return is_path(path, LETTERS DIGITS "._-+=@,");
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static void drop_slashes(char *text)
{
    size_t len = strlen(text);
    while (len > 1 && text[len - 1] == '/')
        text[--len] = 0;
}

/* "[user@]host" before *at's next ':' or '/', which is left; brackets may stand around an IPv6 address. */
static bool read_server(const char **at, struct site_target *target, char why[WHY_SIZE])
{
    size_t authority = strcspn(*at, "/");
    const char *sign = memchr(*at, '@', authority);
    if (sign) {
        target->user = cut_at(at, sign);
        if (!is_name(target->user, LETTERS DIGITS "._-", NAME_BYTES))
            return refuse(why, "the user before @ is not a plain name (a-z, 0-9, ., _ and -)");
    }
    target->ipv6 = **at == '[';
    if (target->ipv6) {
        ++*at;
        target->host = cut(at, ']');
        return (target->host && is_address(target->host)) ||
               refuse(why, "there is no IPv6 address between the brackets");
    }
    size_t len = strcspn(*at, ":/");
    target->host = mem_strndup(*at, len);
    *at += len;
    return is_host(target->host) ||
           refuse(why, "the host is not a plain name (a-z, 0-9, . and -) that begins with a letter or digit");
}

/* ":port" if it is there. */
static bool read_port(const char **at, struct site_target *target, char why[WHY_SIZE])
{
    if (**at != ':')
        return true;
    size_t digits = strspn(++*at, DIGITS);
    unsigned long port = digits > 0 && digits <= 5 ? strtoul(*at, NULL, 10) : 0;
    *at += digits;
    target->port = (unsigned)port;
    return (port >= 1 && port <= PORT_MOST) || refuse(why, "the port is not a number from 1 to 65535");
}

/* ---- targets ---- */

static bool read_rsync(const char *at, struct site_target *target, char why[WHY_SIZE])
{
    if (!read_server(&at, target, why) || !read_port(&at, target, why))
        return false;
    if (*at++ != '/')
        return refuse(why, "a module must follow the host: rsync://host/module");
    char *rest AUTO_FREE = mem_strdup(at);
    drop_slashes(rest);
    at = rest;
    target->module = cut(&at, '/');
    if (target->module)
        target->path = mem_strdup(at);
    else
        target->module = mem_strdup(at);
    if (!is_name(target->module, LETTERS DIGITS "._-", NAME_BYTES))
        return refuse(why, "the module is not a plain name (a-z, 0-9, ., _ and -)");
    return !target->path || is_remote_path(target->path) ||
           refuse(why, "the path below the module may have folders of a-z, 0-9 and ._-+=@, only, none of "
                       "them empty, . or ..");
}

static bool read_ssh(const char *at, struct site_target *target, char why[WHY_SIZE])
{
    if (*at == '/')
        return refuse(why, "write ssh:host:/path, with one colon behind ssh and one behind the host");
    if (!read_server(&at, target, why))
        return false;
    if (*at != ':' || at[1] != '/')
        return refuse(why, "an absolute path must follow the host: ssh:host:/path (a port belongs into "
                           "ssh_config)");
    target->path = mem_strdup(at + 1);
    drop_slashes(target->path);
    return is_remote_path(target->path + 1) ||
           refuse(why, "the path may have folders of a-z, 0-9 and ._-+=@, only, none of them empty, . or ..");
}

static bool read_folder(const char *text, struct site_target *target, char why[WHY_SIZE])
{
    target->path = mem_strdup(text);
    drop_slashes(target->path);
    if (has_control(text))
        return refuse(why, "the path has a control character");
    return is_path(target->path + 1, NULL) ||
           refuse(why, "the path must be one below /, without //, . and .. and names that begin with -");
}

static bool read_kind(const char *text, struct site_target *target, char why[WHY_SIZE])
{
    const char *rest;
    if ((rest = after(text, "rsync://"))) {
        target->kind = SITE_RSYNC;
        return read_rsync(rest, target, why);
    }
    if ((rest = after(text, "ssh:"))) {
        target->kind = SITE_SSH;
        return read_ssh(rest, target, why);
    }
    target->kind = SITE_FOLDER;
    if (*text == '/')
        return read_folder(text, target, why);
    return refuse(why, "write rsync://host/module, ssh:host:/path or the absolute path of a mounted folder");
}

static void fill_up(char **text)
{
    if (!*text)
        *text = mem_strdup("");
}

bool site_target_parse(const char *text, struct site_target *target, char why[WHY_SIZE])
{
    *target = (struct site_target){0};
    if (!read_kind(text, target, why)) {
        site_target_clear(target);
        return false;
    }
    fill_up(&target->user);
    fill_up(&target->host);
    fill_up(&target->module);
    fill_up(&target->path);
    return true;
}

void site_target_clear(struct site_target *target)
{
    free(target->user);
    free(target->host);
    free(target->module);
    free(target->path);
    *target = (struct site_target){0};
}

/* ---- two of them ---- */

static unsigned port_of(const struct site_target *target)
{
    return target->kind == SITE_RSYNC && target->port == 0 ? RSYNC_PORT : target->port;
}

static bool is_within(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return len == 0 || (strncmp(path, folder, len) == 0 && (path[len] == 0 || path[len] == '/'));
}

bool site_target_overlaps(const struct site_target *a, const struct site_target *b)
{
    return a->kind == b->kind && strcasecmp(a->host, b->host) == 0 && port_of(a) == port_of(b) &&
           strcmp(a->module, b->module) == 0 && (is_within(a->path, b->path) || is_within(b->path, a->path));
}
