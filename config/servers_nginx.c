#include "config/servers.h"
#include "ringmgr/base/mem.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/*
 * What clients ask for below Office/Data, and nothing else: no name can begin with a dot, hold a slash or
 * lead out of the folder. \z and not $, which would let a line feed follow.
 */
#define POINTERS "(v(?:32|64)\\.cab|ring\\.manifest)\\z"
#define BUILDS   "(v(?:32|64)_[0-9.]+\\.cab|[0-9][0-9.]*/[0-9A-Za-z][0-9A-Za-z._-]*)\\z"

static bool is_port(const char *text)
{
    size_t len = strlen(text);
    unsigned long port = len <= 5 ? strtoul(text, NULL, 10) : 0;
    return strspn(text, "0123456789") == len && port > 0 && port <= UINT16_MAX;
}

/* An address with a port: 127.0.0.1:80 or [::1]:80. */
static bool is_address(const char *text)
{
    struct in6_addr address;
    const char *port = strrchr(text, ':');
    if (!port || !is_port(port + 1))
        return false;
    char *host AUTO_FREE = mem_strndup(text, (size_t)(port - text));
    size_t len = strlen(host);
    if (len < 2 || host[0] != '[' || host[len - 1] != ']')
        return inet_pton(AF_INET, host, &address) == 1;
    host[len - 1] = 0;
    return inet_pton(AF_INET6, host + 1, &address) == 1;
}

static bool check_ring(const struct ring *ring, struct err *err)
{
    size_t len = strlen(ring->name);
    if (len == 0 || strspn(ring->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
        return err_set(err, ERR_USAGE, "\"%s\" is no name of a ring, which is a-z, 0-9 and -", ring->name);
    for (const char *at = ring->path; *at; at++)
        if (*at == '$' || (unsigned char)*at < 0x20 || *at == 0x7f)
            return err_set(err, ERR_USAGE,
                           "ring %s: nginx cannot serve the path \"%s\": rename it without $ and control "
                           "characters",
                           ring->name, ring->path);
    return true;
}

static bool check(const struct servers_options *options, struct err *err)
{
    const char *listen = options->listen;
    if (listen && !is_port(listen) && !is_address(listen))
        return err_set(err, ERR_USAGE,
                       "\"%s\" is nothing to listen on: name a port or an address with one, as 80, "
                       "127.0.0.1:8080 or [::]:80",
                       listen);
    for (size_t i = 0; i < options->rings; i++)
        if (!check_ring(options->ring[i], err))
            return false;
    return true;
}

/* A text that stands between quotes; nginx takes the backslash off these two. */
static void put_quoted(const char *text, struct buf *out)
{
    for (; *text; text++)
        buf_printf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
}

static void write_listen(const char *listen, struct buf *out)
{
    const char *port = listen ? listen : "80";
    buf_printf(out, "    listen %s default_server;\n", port);
    if (is_port(port))
        buf_printf(out, "    listen [::]:%s default_server;\n", port);
}

static void write_head(const struct servers_options *options, struct buf *out)
{
    buf_puts(out, "# Rings over HTTP, written by ringmgr: a file for /etc/nginx/conf.d. Clients update from\n"
                  "# http://SERVER/RING. Each folder above a ring must let nginx's user pass (o+x).\n");
    if (options->user && *options->user)
        buf_printf(out, "# Everybody on this server may read a ring's files, only %s writes there.\n",
                   options->user);
    buf_puts(out,
             "server {\n"
             "    # For every name that clients may use. nginx has one such server at an address: remove\n"
             "    # the one that it came with (/etc/nginx/sites-enabled/default).\n");
    write_listen(options->listen, out);
    buf_puts(
        out,
        "    server_name _;\n\n"
        "    sendfile on;\n"
        "    tcp_nopush on;\n"
        "    etag on;\n"
        "    # Everything is compressed already, and a compressed answer has no ranges.\n"
        "    gzip off;\n"
        "    types { }\n"
        "    default_type application/octet-stream;\n\n"
        "    if ($request_method !~ \"^(?:GET|HEAD)\\z\") {\n"
        "        return 405;\n"
        "    }\n\n"
        "    # Of each ring: the pointers and the manifest, which promotions replace, and files of builds,\n"
        "    # which never change. A ring has no symbolic links: one that is there leads somewhere else.\n"
        "    location / {\n"
        "        return 404;\n"
        "    }\n");
}

static void write_location(const struct ring *ring, const char *files, const char *more, struct buf *out)
{
    buf_printf(out, "    location ~ \"^/%s/(?i:office/data)/%s\" {\n        alias \"", ring->name, files);
    put_quoted(ring->path, out);
    buf_puts(out, "/Office/Data/$1\";\n        disable_symlinks on \"from=");
    put_quoted(ring->path, out);
    buf_printf(out, "\";\n%s    }\n", more);
}

static void write_ring(const struct ring *ring, struct buf *out)
{
    buf_printf(out, "\n    # Ring %s\n", ring->name);
    write_location(ring, POINTERS,
                   "        add_header Cache-Control \"no-cache\";\n"
                   "        # nginx must not keep an old one open.\n"
                   "        open_file_cache off;\n",
                   out);
    write_location(ring, BUILDS,
                   "        add_header Cache-Control \"public, max-age=31536000, immutable\";\n", out);
}

bool servers_write_nginx(const struct servers_options *options, struct buf *out, struct err *err)
{
    if (!check(options, err))
        return false;
    write_head(options, out);
    for (size_t i = 0; i < options->rings; i++)
        write_ring(options->ring[i], out);
    buf_puts(out, "}\n");
    return true;
}
