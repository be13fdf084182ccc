/*
 * A request of HTTP to the page, as lines: how it came, method, target, then headers as web_guard.h has them.
 * What is refused says so in one plain line; what is heard is for this host, and of a command line it gets
 * only what web_api.h promises.
 */
#include "fuzz.h"

#include "ringmgr/app/web_api.h"
#include "ringmgr/app/web_text.h"

#include <strings.h>

static char *or_null(char *text)
{
    return *text ? text : NULL;
}

static void check_refusal(const struct web_refusal *refusal)
{
    must(refusal->status >= 400 && refusal->status < 500 && refusal->code != ERR_NONE);
    must(*refusal->text && is_one_line(refusal->text));
}

static void check_host(const struct web_head *head, const struct strv *hosts)
{
    struct web_refusal refusal = {0};
    if (!web_guard_host(head, hosts, &refusal)) {
        check_refusal(&refusal);
        return;
    }
    must(!head->doubled && !head->framed_twice);
    must(head->local || (head->host && !strpbrk(head->host, " /@\\")));
    must(!head->local || hosts->len == 0 || head->host);
}

static void check_act(const struct web_head *head)
{
    struct web_refusal refusal = {0};
    if (!web_guard_act(head, &refusal)) {
        check_refusal(&refusal);
        return;
    }
    must(head->local && head->marker && strcmp(head->marker, "1") == 0);
    must(!head->fetch_site || strcasecmp(head->fetch_site, "same-origin") == 0);
    must(!head->origin || (head->host && strcasestr(head->origin, head->host)));
}

/* Options with what stood behind them in the query, then, behind "--", the command, a ring and a build. */
static void check_words(const struct strv *words)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789.";
    enum { WORD_BYTES = 160 };
    size_t i = 0;
    for (; i < words->len && strcmp(words->item[i], "--") != 0; i++) {
        const char *word = words->item[i], *end = word + 2 + strspn(word + 2, plain);
        must(strncmp(word, "--", 2) == 0 && end > word + 2 && (*end == '=' || *end == 0));
        must(strlen(word) <= WORD_BYTES && is_one_line(word));
    }
    must(i + 1 < words->len);
    while (++i < words->len)
        must(*words->item[i] && words->item[i][strspn(words->item[i], plain)] == 0);
}

static void check_target(const char *method, const char *target, const char *accept,
                         const struct settings *settings)
{
    AUTO(web_question_clear)
    struct web_question question = {0};
    struct web_refusal refusal = {0};
    const char *allow;
    if (!web_api_find(method, target, accept, settings, 1795000000, &question, &allow, &refusal)) {
        check_refusal(&refusal);
        must((refusal.status == 405) == (allow != NULL));
        return;
    }
    must(question.kind != WEB_ACT || strcmp(method, "POST") == 0);
    must((question.kind == WEB_FILE) == (question.file != NULL));
    if (question.kind == WEB_READ)
        check_words(&question.words);
    else if (question.kind != WEB_FILE)
        must(*question.action && !strpbrk(question.action, " /-"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "pilot", host[] = "office.example", *hosts[] = {host};
    struct ring ring = {.name = name};
    const struct settings settings = {.ring = &ring, .rings = 1};
    const struct strv known = {hosts, 1}, none = {0};
    char *how AUTO_FREE = take_line(&data, &size), *method AUTO_FREE = take_line(&data, &size);
    char *target AUTO_FREE = take_line(&data, &size), *accept AUTO_FREE = take_line(&data, &size);
    char *asked AUTO_FREE = take_line(&data, &size), *origin AUTO_FREE = take_line(&data, &size);
    char *site AUTO_FREE = take_line(&data, &size), *type AUTO_FREE = take_line(&data, &size);
    char *marker AUTO_FREE = take_line(&data, &size), *named AUTO_FREE = take_line(&data, &size);
    const struct web_head head = {.local = strchr(how, 'l'),
                                  .doubled = strchr(how, 'd'),
                                  .framed_twice = strchr(how, 'f'),
                                  .host = or_null(asked),
                                  .origin = or_null(origin),
                                  .fetch_site = or_null(site),
                                  .content_type = or_null(type),
                                  .marker = or_null(marker),
                                  .named = or_null(named)};
    check_host(&head, &known);
    check_host(&head, &none);
    check_act(&head);
    check_target(method, target, or_null(accept), &settings);
    web_text_matches(or_null(accept), "\"0123456789abcdef\"");
    return 0;
}
