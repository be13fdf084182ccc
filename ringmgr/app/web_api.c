#include "ringmgr/app/web_api.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORY_DAYS = 90, VALUE_BYTES = 128, DATE_BYTES = 10 };

static const char json_type[] = "application/json";
static const char openmetrics[] = "application/openmetrics-text";

struct route {
    const char *path; /* with a slash at its end: a ring follows, and perhaps a build */
    enum web_kind kind;
    const char *command; /* its words */
    const char *keys[4]; /* of a query: options of the command of that name; ends with NULL */
};

static const struct route routes[] = {
    {"/api/status", WEB_READ, "status", {NULL}},
    {"/api/support", WEB_READ, "support", {"at", NULL}},
    {"/api/calendar", WEB_READ, "calendar", {NULL}},
    {"/api/pins", WEB_READ, "pins", {NULL}},
    {"/api/sites", WEB_READ, "site status", {NULL}},
    {"/api/history", WEB_READ, "history", {"ring", "since", "actor", NULL}},
    {"/api/explain/", WEB_READ, "explain", {NULL}},
    {"/api/diff/", WEB_READ, "diff", {NULL}},
    {"/metrics", WEB_READ, "metrics", {NULL}},
    {"/api/me", WEB_ME, "whoami", {NULL}},
    {"/api/approve", WEB_ACT, "approve", {NULL}},
    {"/api/revoke", WEB_ACT, "revoke", {NULL}},
    {"/api/hold", WEB_ACT, "hold", {NULL}},
    {"/api/unhold", WEB_ACT, "unhold", {NULL}},
    {"/api/promote", WEB_ACT, "promote", {NULL}},
    {"/api/rollback", WEB_ACT, "rollback", {NULL}},
    {"/api/ack", WEB_ACT, "ack", {NULL}},
};

void web_question_clear(struct web_question *question)
{
    strv_clear(&question->words);
    *question = (struct web_question){0};
}

/* ---- the query ---- */

static int hex_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Undoes the encoding of a form's value; NULL if it is none, too long, or has a control character. */
static char *decode(const char *text, size_t len)
{
    char *plain = mem_new(len + 1, 1);
    size_t out = 0;
    bool good = len > 0;
    for (size_t i = 0; good && i < len; i++) {
        int high = text[i] == '%' && len - i > 2 ? hex_of(text[i + 1]) : -1;
        int low = high >= 0 ? hex_of(text[i + 2]) : -1;
        char c = text[i] == '+' ? ' ' : low >= 0 ? (char)(high * 16 + low) : text[i];
        good = (unsigned char)c >= ' ' && c != 0x7f && (text[i] != '%' || low >= 0) && out < VALUE_BYTES;
        i += low >= 0 ? 2 : 0;
        plain[out++] = c;
    }
    if (good)
        return plain;
    free(plain);
    return NULL;
}

static const char *find_key(const struct route *route, const char *text, size_t len)
{
    for (const char *const *key = route->keys; *key; key++)
        if (strlen(*key) == len && strncmp(*key, text, len) == 0)
            return *key;
    return NULL;
}

static bool has_option(const struct strv *words, const char *key)
{
    for (size_t i = 0; i < words->len; i++)
        if (strncmp(words->item[i], "--", 2) == 0 && strncmp(words->item[i] + 2, key, strlen(key)) == 0)
            return true;
    return false;
}

static bool take_pair(const struct route *route, const char *pair, size_t len,
                      const struct settings *settings, struct strv *words, struct web_refusal *refusal)
{
    const char *equals = memchr(pair, '=', len);
    const char *key = equals ? find_key(route, pair, (size_t)(equals - pair)) : NULL;
    if (!key || has_option(words, key))
        return web_refuse(refusal, 400, ERR_USAGE, "the query has a key that is unknown here, or one twice");
    char *value AUTO_FREE = decode(equals + 1, len - (size_t)(equals + 1 - pair));
    if (!value)
        return web_refuse(refusal, 400, ERR_USAGE, "the value of %s in the query is empty or too long", key);
    if (strcmp(key, "ring") == 0 && !settings_ring(settings, value))
        return web_refuse(refusal, 404, ERR_USAGE, "there is no such ring");
    strv_addf(words, "--%s=%s", key, value);
    return true;
}

static bool take_query(const struct route *route, const char *query, const struct settings *settings,
                       struct strv *words, struct web_refusal *refusal)
{
    while (*query) {
        size_t len = strcspn(query, "&");
        if (len && !take_pair(route, query, len, settings, words, refusal))
            return false;
        query += len + (query[len] == '&');
    }
    return true;
}

/* ---- the path ---- */

/* "RING" or "RING/BUILD" behind a path that wants them. */
static bool take_ring(const char *rest, const struct settings *settings, struct strv *words,
                      struct web_refusal *refusal)
{
    size_t len = strcspn(rest, "/");
    char *name AUTO_FREE = mem_strndup(rest, len);
    struct build build;
    struct err err;
    if (!settings_ring(settings, name))
        return web_refuse(refusal, 404, ERR_USAGE, "there is no such ring");
    strv_add(words, name);
    if (!rest[len])
        return true;
    if (!build_parse(rest + len + 1, &build, &err))
        return web_refuse(refusal, 404, ERR_USAGE, "that is no build");
    strv_add(words, rest + len + 1);
    return true;
}

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        size_t len = strlen(routes[i].path);
        if (routes[i].path[len - 1] == '/' ? strncmp(path, routes[i].path, len) == 0
                                           : strcmp(path, routes[i].path) == 0)
            return &routes[i];
    }
    return NULL;
}

static const char *type_of(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {{".html", "text/html; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".js", "text/javascript; charset=utf-8"},
                 {".svg", "image/svg+xml"}};
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof types / sizeof *types; i++)
        if (strcmp(ending, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

static const struct web_page_file *find_file(const char *path)
{
    const char *name = strcmp(path, "/") == 0 ? "index.html" : path + 1;
    for (const struct web_page_file *file = web_page_files; *path == '/' && file->name; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static bool check_method(const char *method, bool acts, const char **allow, struct web_refusal *refusal)
{
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (acts ? strcmp(method, "POST") == 0 : reads)
        return true;
    *allow = acts ? "POST" : "GET, HEAD";
    return web_refuse(refusal, 405, ERR_USAGE, "not with this method, but with %s", *allow);
}

/* ---- together ---- */

static void add_default_since(int64_t now_unix, struct strv *words)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(now_unix - HISTORY_DAYS * INT64_C(86400), text);
    if (!has_option(words, "since"))
        strv_addf(words, "--since=%.*s", DATE_BYTES, text);
}

/* "site status" is two words of a command line. */
static void add_command(const char *command, struct strv *words)
{
    size_t len = strcspn(command, " ");
    char *first AUTO_FREE = mem_strndup(command, len);
    strv_add(words, first);
    if (command[len])
        strv_add(words, command + len + 1);
}

static bool fill_read(const struct route *route, const char *path, const char *query, const char *accept,
                      const struct settings *settings, int64_t now_unix, struct web_question *question,
                      struct web_refusal *refusal)
{
    struct strv *words = &question->words;
    bool metrics = strcmp(route->command, "metrics") == 0;
    bool open = metrics && accept && strstr(accept, openmetrics);
    size_t len = strlen(route->path);
    question->type = !metrics ? json_type
                     : open   ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                              : "text/plain; version=0.0.4; charset=utf-8";
    if (!metrics)
        strv_add(words, "--json");
    if (open)
        strv_add(words, "--openmetrics");
    size_t before = words->len;
    if (!take_query(route, query, settings, words, refusal))
        return false;
    question->rare = words->len > before || strchr(path + len, '/');
    if (strcmp(route->command, "history") == 0)
        add_default_since(now_unix, words);
    strv_add(words, "--");
    add_command(route->command, words);
    return route->path[len - 1] != '/' || take_ring(path + len, settings, words, refusal);
}

bool web_api_find(const char *method, const char *target, const char *accept, const struct settings *settings,
                  int64_t now_unix, struct web_question *question, const char **allow,
                  struct web_refusal *refusal)
{
    size_t len = strcspn(target, "?");
    char *path AUTO_FREE = mem_strndup(target, len);
    const char *query = target[len] ? target + len + 1 : "";
    const struct route *route = find_route(path);
    *question = (struct web_question){
        .kind = route ? route->kind : WEB_FILE, .action = route ? route->command : NULL, .type = json_type};
    *allow = NULL;
    if (!route)
        question->file = find_file(path);
    if (!route && !question->file)
        return web_refuse(refusal, 404, ERR_USAGE, "there is no such page");
    if (!check_method(method, question->kind == WEB_ACT, allow, refusal))
        return false;
    if (question->file)
        question->type = type_of(question->file->name);
    if (route && route->kind == WEB_READ)
        return fill_read(route, path, query, accept, settings, now_unix, question, refusal);
    return !*query || question->file || web_refuse(refusal, 400, ERR_USAGE, "this takes no query");
}

unsigned web_api_status(enum web_kind kind, int exit_status)
{
    bool reads = kind != WEB_ACT;
    switch (exit_status) {
    case ERR_NONE:
        return 200;
    case ERR_USAGE:
        return 400;
    case ERR_REFUSED:
    case ERR_NEEDS_PERSON:
        return reads ? 200 : 409;
    case ERR_UPSTREAM:
        return 502;
    case ERR_NO_SPACE:
        return 507;
    case ERR_LOCKED:
        return 503;
    default:
        return 500;
    }
}
