#include "ringmgr/app/settings_web.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static const char unix_prefix[] = "unix:";

const char *web_socket_path(const char *listen)
{
    size_t len = sizeof unix_prefix - 1;
    return strncmp(listen, unix_prefix, len) == 0 ? listen + len : NULL;
}

/* ---- listen ---- */

static bool is_port(const char *text)
{
    size_t len = strspn(text, "0123456789");
    long port = strtol(text, NULL, 10);
    return len > 0 && len <= 5 && !text[len] && *text != '0' && port <= 65535;
}

/* 127.0.0.0/8 or ::1, in brackets. */
static bool is_loopback(const char *address, size_t len)
{
    struct in_addr four;
    struct in6_addr six;
    bool brackets = len > 2 && address[0] == '[' && address[len - 1] == ']';
    char *plain AUTO_FREE = brackets ? mem_strndup(address + 1, len - 2) : mem_strndup(address, len);
    if (brackets)
        return inet_pton(AF_INET6, plain, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
    return inet_pton(AF_INET, plain, &four) == 1 && ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool check_address(const struct value_place *place, const char *text)
{
    const char *colon = strrchr(text, ':');
    if (!colon || !is_port(colon + 1))
        VALUE_REFUSE(place, "bad-listen", "\"%s\" is neither unix:/PATH nor an address and a port", text);
    else if (!is_loopback(text, (size_t)(colon - text)))
        VALUE_REFUSE(place, "bad-listen",
                     "\"%s\" is no address of this machine alone (127.0.0.1, [::1]): for others put a web "
                     "server in front, which asks for a login",
                     text);
    else
        return true;
    return false;
}

static bool check_path(const struct value_place *place, const char *path)
{
    enum { PATH_MOST = sizeof((struct sockaddr_un){0}).sun_path - 1 }; /* unix(7) */
    if (*path != '/' || strstr(path, "/../") || strstr(path, "/./") || strstr(path, "//") ||
        path[strlen(path) - 1] == '/')
        VALUE_REFUSE(place, "bad-path", "\"%s\" is not an absolute path without //, . and ..", path);
    else if (strlen(path) > PATH_MOST)
        VALUE_REFUSE(place, "bad-path",
                     "\"%s\" is longer than the %d bytes that the path of a socket may have", path,
                     PATH_MOST);
    else
        return true;
    return false;
}

static void add(const struct value_place *place, struct strv *list, const char *text)
{
    if (strv_has(list, text))
        VALUE_REFUSE(place, "duplicate-item", "\"%s\" is there twice", text);
    else
        strv_add(list, text);
}

void web_read_listen(const struct value_place *place, const char *text, void *field)
{
    AUTO_STRV words = {0};
    struct strv *list = field;
    strv_split(&words, text);
    if (place->first)
        strv_clear(list);
    for (size_t i = 0; i < words.len; i++) {
        const char *path = web_socket_path(words.item[i]);
        if (path ? check_path(place, path) : check_address(place, words.item[i]))
            add(place, list, words.item[i]);
    }
}

/* ---- host ---- */

void web_read_hosts(const struct value_place *place, const char *text, void *field)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    AUTO_STRV words = {0};
    struct strv *list = field;
    strv_split(&words, text);
    if (place->first)
        strv_clear(list);
    for (size_t i = 0; i < words.len; i++) {
        char *word = words.item[i];
        for (char *at = word; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        if (word[strspn(word, allowed)])
            VALUE_REFUSE(place, "bad-host", "\"%s\" is not the name of a host (rings.example.com)", word);
        else
            add(place, list, word);
    }
}

/* ---- proxy_header ---- */

/* nginx passes a client's own "X_Remote_User" where it is told to; only what cannot be written otherwise. */
void web_read_header(const struct value_place *place, const char *text, void *field)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    char **header = field;
    if (text[strspn(text, allowed)] || strlen(text) > 64) {
        VALUE_REFUSE(place, "bad-header", "\"%s\" is not the name of a header (X-Remote-User)", text);
        return;
    }
    free(*header);
    *header = mem_strdup(text);
}
