#include "ringmgr/app/settings_deploy.h"
#include "config/products.h"
#include "config/properties.h"
#include "ringmgr/app/settings_duration.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_SECONDS = 24 * 3600, DAYS_MAX = 99 };

/* Appends what the Deployment Tool calls a thing; its first *name_len bytes must not stand in a list twice.
 */
typedef bool parse_word_fn(const char *text, struct buf *spelling, size_t *name_len, struct err *err);

static bool parse_product(const char *text, struct buf *spelling, size_t *name_len, struct err *err)
{
    struct product_choice choice;
    if (!product_parse(text, &choice, err))
        return false;
    *name_len = strlen(choice.product->id);
    buf_puts(spelling, choice.product->id);
    if (choice.pidkey)
        buf_printf(spelling, ":%s", choice.pidkey);
    return true;
}

static bool parse_app(const char *text, struct buf *spelling, size_t *name_len, struct err *err)
{
    const char *app;
    if (!product_parse_app(text, &app, err))
        return false;
    *name_len = strlen(app);
    buf_puts(spelling, app);
    return true;
}

static bool parse_msi_product(const char *text, struct buf *spelling, size_t *name_len, struct err *err)
{
    const char *id;
    if (!msi_product_parse(text, &id, err))
        return false;
    *name_len = strlen(id);
    buf_puts(spelling, id);
    return true;
}

static bool parse_property(const char *text, struct buf *spelling, size_t *name_len, struct err *err)
{
    struct property_choice choice;
    if (!property_parse(text, &choice, err))
        return false;
    *name_len = strlen(choice.property->name);
    buf_printf(spelling, "%s=%s", choice.property->name, choice.value);
    return true;
}

/* True if an item of the list is that name, alone or with something behind it. */
static bool has_name(const struct strv *list, const char *name, size_t len)
{
    for (size_t i = 0; i < list->len; i++)
        if (strncmp(list->item[i], name, len) == 0 && strchr(":=", list->item[i][len]))
            return true;
    return false;
}

static void read_words(const struct value_place *place, const struct strv *words, const char *code,
                       parse_word_fn *parse, struct strv *list)
{
    if (place->first)
        strv_clear(list);
    for (size_t i = 0; i < words->len; i++) {
        AUTO_BUF spelling = {0};
        struct err err = {0};
        size_t len = 0;
        if (!parse(words->item[i], &spelling, &len, &err))
            VALUE_REFUSE(place, code, "%s", err.msg);
        else if (has_name(list, buf_text(&spelling), len))
            VALUE_REFUSE(place, "duplicate-item", "\"%.*s\" is there twice", (int)len, buf_text(&spelling));
        else
            strv_add(list, buf_text(&spelling));
    }
}

static void read_list(const struct value_place *place, const char *text, const char *code,
                      parse_word_fn *parse, struct strv *list)
{
    AUTO_STRV words = {0};
    strv_split(&words, text);
    read_words(place, &words, code, parse, list);
}

void deploy_read_products(const struct value_place *place, const char *text, void *field)
{
    read_list(place, text, "bad-product", parse_product, field);
}

void deploy_read_apps(const struct value_place *place, const char *text, void *field)
{
    read_list(place, text, "unknown-app", parse_app, field);
}

void deploy_read_msi_products(const struct value_place *place, const char *text, void *field)
{
    read_list(place, text, "unknown-msi-product", parse_msi_product, field);
}

/* At commas alone: folders hold blanks. */
void deploy_read_properties(const struct value_place *place, const char *text, void *field)
{
    AUTO_STRV words = {0};
    strv_split_names(&words, text);
    read_words(place, &words, "bad-property", parse_property, field);
}

static void take_text(void *field, const char *text)
{
    char **string = field;
    free(*string);
    *string = mem_strdup(text);
}

void deploy_read_display(const struct value_place *place, const char *text, void *field)
{
    const char *level;
    struct err err = {0};
    if (display_parse(text, &level, &err))
        take_text(field, level);
    else
        VALUE_REFUSE(place, "bad-choice", "%s", err.msg);
}

void deploy_read_company(const struct value_place *place, const char *text, void *field)
{
    (void)place;
    take_text(field, text);
}

void deploy_read_days(const struct value_place *place, const char *text, void *field)
{
    int64_t seconds = 0;
    bool good = settings_parse_duration(text, &seconds) && seconds % DAY_SECONDS == 0 &&
                seconds >= DAY_SECONDS && seconds <= (int64_t)DAYS_MAX * DAY_SECONDS;
    if (good)
        *(unsigned *)field = (unsigned)(seconds / DAY_SECONDS);
    else
        VALUE_REFUSE(place, "bad-days", "\"%s\" is no number of whole days from 1 to %d: 3 days", text,
                     (int)DAYS_MAX);
}
