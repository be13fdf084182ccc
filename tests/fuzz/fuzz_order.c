/*
 * What is posted to the page: a line with the action, one with the header that the proxy sent, then the body.
 * It is refused with a sentence, or becomes a command line of that very action, of which no text is taken for
 * another option. Then the same bytes as an order, as if the service had been tampered with.
 */
#include "fuzz.h"

#include "ringmgr/app/arguments.h"
#include "ringmgr/app/web_order.h"

static const char CONFIG[] = "/etc/ringmgr.conf";

static void check_command(const struct strv *words, const char *action)
{
    struct arguments arguments = {.config = CONFIG, .inherited = {.config = 3, .peer = 4, .web = -1}};
    struct err err = {0};
    size_t i = 0;
    must(words->len >= 3 && strcmp(words->item[0], "--json") == 0);
    while (strcmp(words->item[i], "--") != 0)
        must(strncmp(words->item[i++], "--", 2) == 0 && i < words->len);
    must(i + 1 < words->len);
    if (arguments_parse_request(words, &arguments, &err)) {
        must(arguments.config == CONFIG && arguments.inherited.config == 3 && arguments.inherited.peer == 4);
        must(arguments.json && !arguments.help && !arguments.version);
        must(strcmp(arguments.command, action) == 0 && arguments.word.len == words->len - i - 2);
        must(!arguments.given[OPT_OUTPUT] && !arguments.given[OPT_OVERRIDE] &&
             !arguments.given[OPT_EXPEDITE]);
    } else {
        must(err.code == ERR_USAGE && *err.msg);
    }
    arguments_clear(&arguments);
}

static void read_order(const struct buf *order, const char *action, const char *named)
{
    AUTO_STRV words = {0};
    char *got AUTO_FREE = NULL;
    struct err err = {0};
    if (!web_order_read(order, &words, &got, &err)) {
        must(err.code == ERR_USAGE && *err.msg);
        return;
    }
    check_command(&words, action);
    must(!named || (got && strcmp(got, named) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF order = {0}, body = {0}, raw = {0};
    buf_append(&raw, data, size);
    read_order(&raw, buf_text(&raw), NULL);
    char *action AUTO_FREE = take_line(&data, &size), *named AUTO_FREE = take_line(&data, &size);
    buf_append(&body, data, size);
    web_order_write(action, *named ? named : NULL, &body, &order);
    read_order(&order, action, *named ? named : NULL);
    return 0;
}
