#include "ringmgr/app/web_order.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ORDER_BYTES = LIMIT_WEB_BODY_BYTES + 1024 };

/* How a member of the body gets on the command line. */
enum shape {
    WORD,   /* a text, behind the command */
    NUMBER, /* likewise */
    TEXT,   /* the value of an option */
    FLAG    /* true: an option without one */
};

struct member {
    const char *key;
    enum shape shape;
    bool needed;
    const char *option; /* "" for a word */
};

/* Words in the order in which the command takes them. */
static const struct action {
    const char *name;
    struct member member[6]; /* ends with a key NULL */
} actions[] = {
    {"whoami", {{NULL, WORD, false, NULL}}},
    {"approve",
     {{"ring", WORD, true, ""},
      {"build", WORD, true, ""},
      {"reason", TEXT, true, "reason"},
      {NULL, WORD, false, NULL}}},
    {"revoke",
     {{"ring", WORD, true, ""},
      {"build", WORD, true, ""},
      {"reason", TEXT, true, "reason"},
      {NULL, WORD, false, NULL}}},
    {"hold",
     {{"ring", WORD, true, ""},
      {"reason", TEXT, true, "reason"},
      {"until", TEXT, false, "until"},
      {"stop_soak", FLAG, false, "stop-soak"},
      {NULL, WORD, false, NULL}}},
    {"unhold", {{"ring", WORD, true, ""}, {"reason", TEXT, true, "reason"}, {NULL, WORD, false, NULL}}},
    {"promote",
     {{"ring", WORD, true, ""},
      {"build", WORD, true, ""},
      {"reason", TEXT, false, "reason"},
      {"at", TEXT, false, "at"},
      {"dry_run", FLAG, false, "dry-run"},
      {NULL, WORD, false, NULL}}},
    {"rollback",
     {{"ring", WORD, true, ""},
      {"reason", TEXT, true, "reason"},
      {"to", TEXT, false, "to"},
      {"from", TEXT, false, "from"},
      {"block", TEXT, false, "block"},
      {NULL, WORD, false, NULL}}},
    {"ack", {{"id", NUMBER, true, ""}, {"reason", TEXT, true, "reason"}, {NULL, WORD, false, NULL}}},
};

/* ---- writing ---- */

/* The action, a NUL, "=" and the name or nothing, a NUL, the body. */
void web_order_write(const char *action, const char *named, const struct buf *body, struct buf *order)
{
    buf_append(order, action, strlen(action) + 1);
    if (named)
        buf_puts(order, "=");
    buf_append(order, named ? named : "", (named ? strlen(named) : 0) + 1);
    buf_append(order, buf_text(body), body->len);
}

/* ---- reading ---- */

static bool take_member(const struct member *member, const struct jv *body, struct strv *options,
                        struct strv *words, struct err *err)
{
    const struct jv *value = jv_get(body, member->key);
    const char *text = jv_get_text(body, member->key);
    int64_t number = jv_get_int(body, member->key, -1);
    if (!value)
        return !member->needed || err_set(err, ERR_USAGE, "the body has no \"%s\"", member->key);
    if (member->shape == FLAG) {
        if (jv_get_true(body, member->key))
            strv_addf(options, "--%s", member->option);
        return true;
    }
    if (member->shape == NUMBER && number > 0)
        strv_addf(words, "%" PRId64, number);
    else if (member->shape == NUMBER || !text)
        return err_set(err, ERR_USAGE, "\"%s\" in the body is no %s", member->key,
                       member->shape == NUMBER ? "number" : "text");
    else if (member->shape == TEXT)
        strv_addf(options, "--%s=%s", member->option, text);
    else
        strv_add(words, text);
    return true;
}

static bool check_keys(const struct action *action, const struct jv *body, struct err *err)
{
    AUTO_STRV keys = {0};
    jv_keys(body, &keys);
    for (size_t i = 0; i < keys.len; i++) {
        const struct member *member = action->member;
        while (member->key && strcmp(member->key, keys.item[i]) != 0)
            member++;
        if (!member->key)
            return err_set(err, ERR_USAGE, "%s takes no \"%.32s\"", action->name, keys.item[i]);
    }
    return true;
}

static bool read_body(const struct action *action, const void *bytes, size_t len, struct strv *words,
                      struct err *err)
{
    static const char nothing[] = "{}";
    AUTO_STRV behind = {0};
    bool asks = !action->member[0].key;
    AUTO(jv_auto_free)
    struct jv *body = jv_parse(asks ? nothing : bytes, asks ? strlen(nothing) : len, err);
    if (!body || !jv_is_object(body))
        return err_set(err, ERR_USAGE, "the body is no JSON object");
    if (!check_keys(action, body, err))
        return false;
    strv_add(words, "--json");
    for (const struct member *member = action->member; member->key; member++)
        if (!take_member(member, body, words, &behind, err))
            return false;
    strv_add(words, "--");
    strv_add(words, action->name);
    strv_copy(words, &behind);
    return true;
}

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}

bool web_order_read(const struct buf *order, struct strv *words, char **named, struct err *err)
{
    const char *text = buf_text(order), *end = text + order->len;
    const char *name = memchr(text, 0, order->len);
    const char *body = name ? memchr(name + 1, 0, (size_t)(end - name - 1)) : NULL;
    const struct action *action = body ? find_action(text) : NULL;
    *named = NULL;
    if (!action)
        return err_set(err, ERR_USAGE, "no order of the page's");
    if (name[1])
        *named = mem_strdup(name + 2);
    return read_body(action, body + 1, (size_t)(end - body - 1), words, err);
}

/* ---- taking over ---- */

static bool take(struct app *app, struct err *err)
{
    AUTO_BUF order = {0};
    const struct inherited *inherited = &app->arguments.inherited;
    if (inherited->config < 0)
        return err_set(err, ERR_USAGE, "--inherit: what was posted comes with the configuration only");
    if (lseek(inherited->web, 0, SEEK_SET) != 0)
        return err_set(err, ERR_USAGE, "--inherit: what was posted is no file");
    app->web = true;
    if (!fs_read_fd(inherited->web, "what was posted", ORDER_BYTES, &order, err) ||
        !web_order_read(&order, &app->request, &app->web_named, err))
        return false;
    bool asks = strcmp(buf_text(&order), "whoami") == 0;
    return inherited->peer >= 0 || asks || err_set(err, ERR_REFUSED, "over TCP the page is for reading only");
}

bool web_order_take(struct app *app, struct err *err)
{
    AUTO_BUF text = {0};
    if (take(app, err))
        return arguments_parse_request(&app->request, &app->arguments, err);
    AUTO(jv_auto_free)
    struct jv *document = output_envelope();
    jv_set_int(document, "code", err->code);
    jv_set_text(document, "error", err->msg);
    jv_write(document, &text);
    fwrite(text.data, 1, text.len, stdout);
    return false;
}
