#include "ringmgr/ops/courier.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/secret.h"
#include "ringmgr/ops/letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void courier_look_around(struct courier_options *options, char host[COURIER_HOST_SIZE])
{
    if (gethostname(host, COURIER_HOST_SIZE - 1) != 0)
        snprintf(host, COURIER_HOST_SIZE, "localhost");
    host[COURIER_HOST_SIZE - 1] = 0;
    *options = (struct courier_options){.host = host, .credentials = secret_folder()};
}

/* ---- files ---- */

/* One line, without its end. NULL and `err` if it is anything else. The caller wipes it. */
static char *read_secret(const char *file, const struct courier_options *options, struct err *err)
{
    struct buf bytes AUTO(buf_wipe) = {0};
    char *path AUTO_FREE = secret_path(file, options->credentials, err);
    if (!path || !fs_read_secret(path, LIMIT_SECRET_BYTES, &bytes, err)) {
        err->code = ERR_USAGE;
        return NULL;
    }
    const char *text = buf_text(&bytes);
    size_t len = strcspn(text, "\r\n");
    if (len == 0 || text[len + strspn(text + len, "\r\n")] || strlen(text) != bytes.len) {
        err_set(err, ERR_USAGE, "%s: one line of text is wanted", file);
        return NULL;
    }
    return mem_strndup(text, len);
}

static bool is_web_address(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return false;
    return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

static bool open_webhook(const struct courier_options *options, struct courier *courier, struct err *err)
{
    const struct notify_target *target = courier->target;
    courier->url =
        *target->webhook ? mem_strdup(target->webhook) : read_secret(target->webhook_file, options, err);
    return courier->url &&
           (is_web_address(courier->url) ||
            err_set(err, ERR_USAGE, "%s holds no address: https://… or http://…", target->webhook_file));
}

static bool open_mail(const struct courier_options *options, struct courier *courier, struct err *err)
{
    const char *file = courier->target->credentials;
    if (!*file)
        return true;
    char *login AUTO(mem_wipe)
    = read_secret(file, options, err);
    char *colon = login ? strchr(login, ':') : NULL;
    if (!login)
        return false;
    if (!colon || colon == login || !colon[1])
        return err_set(err, ERR_USAGE, "%s: user:password is wanted", file);
    courier->user = mem_strndup(login, (size_t)(colon - login));
    courier->password = mem_strdup(colon + 1);
    return true;
}

/* What is no secret. */
static bool read_papers(struct courier *courier, struct err *err)
{
    const struct notify_target *target = courier->target;
    courier->has_template = *target->template_file;
    if (courier->has_template &&
        !fs_read_path(target->template_file, LIMIT_TEMPLATE_BYTES, &courier->template, err))
        return err_prefix(err, "template");
    AUTO_BUF ca = {0};
    if (*target->ca && !fs_read_path(target->ca, LIMIT_ROOTS_BYTES, &ca, err))
        return err_prefix(err, "ca");
    return true;
}

static bool read_secrets(const struct courier_options *options, struct courier *courier, struct err *err)
{
    return courier->target->mail.len ? open_mail(options, courier, err) : open_webhook(options, courier, err);
}

bool courier_open_papers(const struct notify_target *target, const struct courier_options *options,
                         struct courier *courier, struct err *err)
{
    *courier = (struct courier){.target = target, .host = options->host};
    if (read_papers(courier, err))
        return true;
    err->code = ERR_USAGE;
    return err_prefix(err, "[notify %s]", target->name);
}

bool courier_open(const struct notify_target *target, const struct courier_options *options,
                  struct courier *courier, struct err *err)
{
    if (!courier_open_papers(target, options, courier, err))
        return false;
    if (read_secrets(options, courier, err))
        return true;
    err->code = ERR_USAGE;
    return err_prefix(err, "[notify %s]", target->name);
}

void courier_clear(struct courier *courier)
{
    mem_wipe(&courier->url);
    mem_wipe(&courier->user);
    mem_wipe(&courier->password);
    buf_clear(&courier->template);
}

/* ---- sending ---- */

static bool compose(const struct courier *courier, const struct notice *notice, unsigned count,
                    struct buf *out, struct err *err)
{
    const struct letter letter = {.notice = notice,
                                  .count = count,
                                  .host = courier->host,
                                  .template_text =
                                      courier->has_template ? buf_text(&courier->template) : NULL,
                                  .template_len = courier->template.len};
    const struct notify_target *target = courier->target;
    bool done = target->mail.len ? letter_mail(&letter, target, out, err) : letter_webhook(&letter, out, err);
    return done || err_prefix(err, "[notify %s] template = %s", target->name, target->template_file);
}

static bool post(const struct courier *courier, const struct send_options *options, const struct buf *text,
                 struct send_answer *answer)
{
    const struct send_post post = {.url = courier->url, .body = buf_text(text), .len = text->len};
    return send_post(options, &post, answer);
}

static bool mail(const struct courier *courier, const struct send_options *options, const struct buf *text,
                 struct send_answer *answer)
{
    const struct notify_target *target = courier->target;
    const char **to AUTO_FREE = mem_new(target->mail.len + 1, sizeof *to);
    for (size_t i = 0; i < target->mail.len; i++)
        to[i] = target->mail.item[i];
    const struct send_mail mail = {.server = target->server,
                                   .from = target->from,
                                   .to = to,
                                   .message = buf_text(text),
                                   .len = text->len,
                                   .plain = target->tls == NOTIFY_NO_TLS,
                                   .user = courier->user,
                                   .password = courier->password};
    return send_mail(options, &mail, answer);
}

bool courier_send(const struct courier *courier, const struct notice *notice, unsigned count,
                  struct send_answer *answer)
{
    const struct notify_target *target = courier->target;
    const struct send_options options = {
        .ca = target->ca, .proxy = target->proxy, .seconds = (unsigned)target->timeout_seconds};
    AUTO_BUF text = {0};
    struct err err = {0};
    if (!compose(courier, notice, count, &text, &err)) {
        *answer = (struct send_answer){.outcome = SEND_REFUSED};
        snprintf(answer->text, sizeof answer->text, "%.500s", err.msg);
        return false;
    }
    return target->mail.len ? mail(courier, &options, &text, answer) : post(courier, &options, &text, answer);
}

bool courier_check(const struct courier *courier, struct err *err)
{
    struct notice notice;
    AUTO_BUF text = {0};
    letter_sample(&notice, clock_now_unix());
    return compose(courier, &notice, 1, &text, err);
}
