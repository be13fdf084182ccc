#include "ringmgr/app/settings_notify.h"
#include "ringmgr/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void take(void *field, const char *text)
{
    char **to = field;
    free(*to);
    *to = mem_strdup(text);
}

/* ---- one value ---- */

static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static bool begins_host(const char *rest)
{
    return rest && (isalnum((unsigned char)*rest) || *rest == '[');
}

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    return true;
}

void notify_read_webhook(const struct value_place *place, const char *text, void *field)
{
    const char *rest = after(text, "https://");
    if (!rest)
        rest = after(text, "http://");
    if (!begins_host(rest) || !is_plain(text))
        VALUE_REFUSE(place, "bad-url", "%s", "that is no address: https://… or http://…, without blanks");
    else
        take(field, text);
}

void notify_read_file(const struct value_place *place, const char *text, void *field)
{
    const char *name = after(text, "credential:");
    if (!name)
        value_read_path(place, text, field);
    else if (!*name || strchr(name, '/') || *name == '.')
        VALUE_REFUSE(place, "bad-path", "\"%s\" is no name of a credential", text);
    else
        take(field, text);
}

static bool is_port(const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    return isdigit((unsigned char)*text) && *end == 0 && port >= 1 && port <= 65535;
}

void notify_read_server(const struct value_place *place, const char *text, void *field)
{
    const char *rest = after(text, "smtps://");
    if (!rest)
        rest = after(text, "smtp://");
    const char *bracket = rest ? strchr(rest, ']') : NULL;
    const char *colon = rest ? strchr(bracket ? bracket : rest, ':') : NULL;
    if (!begins_host(rest) || !is_plain(text) || strpbrk(rest, "/@?#\\") || (colon && !is_port(colon + 1)))
        VALUE_REFUSE(place, "bad-url", "%s",
                     "that is no mail server: smtp://host, smtps://host, perhaps :port; "
                     "a name and password belong into credentials");
    else
        take(field, text);
}

/* What stands in MAIL FROM and in a header; not all that RFC 5321 allows. */
static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || at == text || !at[1] || strchr(at + 1, '@'))
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("@.!#$%&'*+-/=?^_`{|}~", *text))
            return false;
    return true;
}

void notify_read_address(const struct value_place *place, const char *text, void *field)
{
    if (!is_address(text))
        VALUE_REFUSE(place, "bad-address", "\"%s\" is no mail address", text);
    else
        take(field, text);
}

void notify_read_severity(const struct value_place *place, const char *text, void *field)
{
    if (!notify_find_severity(text, field))
        VALUE_REFUSE(place, "bad-value", "\"%s\" is none of info, warning, critical", text);
}

void notify_read_timeout(const struct value_place *place, const char *text, void *field)
{
    enum { MOST_SECONDS = 300 };
    int64_t seconds = 1, *timeout = field;
    value_read_duration(place, text, &seconds);
    if (seconds < 1 || seconds > MOST_SECONDS)
        VALUE_REFUSE(place, "bad-value", "\"%s\" is not between 1s and %ds", text, MOST_SECONDS);
    else
        *timeout = seconds;
}

void notify_read_starttls(const struct value_place *place, const char *text, void *field)
{
    enum notify_tls *tls = field;
    if (strcmp(text, "required") == 0)
        *tls = NOTIFY_STARTTLS;
    else if (strcmp(text, "no") == 0)
        *tls = NOTIFY_NO_TLS;
    else
        VALUE_REFUSE(place, "bad-value", "\"%s\" is neither required nor no", text);
}

/* ---- lists ---- */

static void read_list(const struct value_place *place, const char *text, struct strv *list)
{
    if (place->first)
        strv_clear(list);
    strv_split(list, text);
}

void notify_read_addresses(const struct value_place *place, const char *text, void *field)
{
    AUTO_STRV words = {0};
    strv_split(&words, text);
    for (size_t i = 0; i < words.len; i++)
        if (!is_address(words.item[i])) {
            VALUE_REFUSE(place, "bad-address", "\"%s\" is no mail address", words.item[i]);
            return;
        }
    read_list(place, text, field);
}

void notify_read_events(const struct value_place *place, const char *text, void *field)
{
    AUTO_STRV words = {0};
    strv_split(&words, text);
    for (size_t i = 0; i < words.len; i++)
        if (strcmp(words.item[i], "all") != 0 && !notify_is_event(words.item[i])) {
            char *names AUTO_FREE = notify_event_names();
            VALUE_REFUSE(place, "unknown-event", "\"%s\" is no event: all, or some of %s", words.item[i],
                         names);
            return;
        }
    read_list(place, text, field);
}

void notify_read_rings(const struct value_place *place, const char *text, void *field)
{
    (void)place;
    read_list(place, text, field);
}

/* ---- all of a target ---- */

#define TARGET_PROBLEM(problems, target, code, format, ...)                                                  \
    settings_problems_add(problems, (target)->line, code, "[notify %s] " format, (target)->name, __VA_ARGS__)

/* The line of a key of the target, else of its section. */
static unsigned key_line(const struct ini_file *file, const struct notify_target *target, const char *key)
{
    char *name AUTO_FREE = mem_printf("notify %s", target->name);
    const struct ini_entry *entry = settings_ini_entry(settings_ini_section(file, name), key);
    return entry ? entry->line : target->line;
}

static void check_kind(const struct notify_target *target, struct settings_problems *problems)
{
    int kinds = (*target->webhook != 0) + (*target->webhook_file != 0) + (target->mail.len > 0);
    bool mail = target->mail.len > 0;
    if (settings_problems_has(problems, "bad-url") || settings_problems_has(problems, "bad-address") ||
        settings_problems_has(problems, "bad-path"))
        return; /* what was meant is not known */
    if (kinds != 1)
        TARGET_PROBLEM(problems, target, "notify-kind", "%s",
                       "wants one of webhook, webhook_file and mail, and only one");
    if (mail && (!*target->server || !*target->from))
        TARGET_PROBLEM(problems, target, "notify-mail", "%s", "mail wants a server and a from");
    if (kinds == 1 && !mail && (*target->server || *target->from || *target->credentials))
        TARGET_PROBLEM(problems, target, "notify-mail", "%s",
                       "server, from and credentials belong to mail, and this is a webhook");
    if (mail && *target->proxy)
        TARGET_PROBLEM(problems, target, "notify-proxy", "%s", "proxy is for a webhook; mail has its server");
}

static void check_secrets(const struct notify_target *target, struct settings_problems *problems)
{
    bool smtps = strncmp(target->server, "smtps:", 6) == 0;
    if (*target->credentials && target->tls == NOTIFY_NO_TLS && !smtps)
        TARGET_PROBLEM(problems, target, "notify-plain", "%s",
                       "credentials with starttls = no: a password never goes over an open line");
}

static void check_rings(const struct ini_file *file, const struct settings *settings,
                        const struct notify_target *target, struct settings_problems *problems)
{
    for (size_t i = 0; i < target->rings.len; i++) {
        const char *ring = target->rings.item[i];
        char *hint AUTO_FREE = settings_ring_hint(settings, ring);
        if (strcmp(ring, "all") != 0 && !settings_ring(settings, ring))
            settings_problems_add(problems, key_line(file, target, "rings"), "unknown-ring",
                                  "[notify %s] rings: there is no ring \"%s\"%s", target->name, ring, hint);
    }
}

void notify_check(const struct ini_file *file, const struct settings *settings,
                  struct settings_problems *problems)
{
    for (size_t i = 0; i < settings->targets; i++) {
        const struct notify_target *target = &settings->target[i];
        if (!*target->name || strpbrk(target->name, " \t\"'\\"))
            settings_problems_add(
                problems, target->line, "bad-name",
                "[notify %s]: a target wants a name without blanks and quotes: [notify ops]", target->name);
        check_kind(target, problems);
        check_secrets(target, problems);
        check_rings(file, settings, target, problems);
    }
}
