#include "config/lint_value.h"
#include "config/lint_guess.h"
#include "config/lint_path.h"
#include "config/products.h"
#include "config/properties.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/language.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SHOWN_BYTES = 100,   /* of a value in a finding */
    GUID_BYTES = 36,     /* without braces */
    DEADLINE_BYTES = 16, /* MM/DD/YYYY HH:MM */
};

/* How much of a value is shown: whole characters of UTF-8. */
static int shown_length(const char *text)
{
    size_t len = strlen(text);
    if (len <= SHOWN_BYTES)
        return (int)len;
    for (len = SHOWN_BYTES; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
        ;
    return (int)len;
}

void lint_say(struct findings *findings, const struct odt_attribute *attribute,
              enum finding_severity severity, const char *code, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *rest AUTO_FREE = mem_vprintf(format, list);
    va_end(list);
    int shown = shown_length(attribute->value);
    if (strcasecmp(attribute->name, "PIDKEY") == 0)
        findings_add(findings, attribute->line, severity, code, "PIDKEY %s", rest);
    else
        findings_add(findings, attribute->line, severity, code, "%s=\"%.*s%s\" %s", attribute->name, shown,
                     attribute->value, attribute->value[shown] ? "…" : "", rest);
}

void lint_twice(struct findings *findings, const struct odt_element *element, const char *code)
{
    const struct odt_element *earlier = odt_earlier(element, "ID");
    if (earlier)
        lint_say(findings, odt_attribute(element, "ID"), FINDING_WARNING, code, "stands on line %u already",
                 earlier->line);
}

#define SAY(value, severity, code, ...)                                                                      \
    lint_say((value)->findings, (value)->attribute, severity, code, __VA_ARGS__)

/* A word that setup takes, though in another spelling than Microsoft's. */
static void check_spelling(const struct lint_value *value, const char *right)
{
    if (strcmp(value->attribute->value, right) != 0)
        SAY(value, FINDING_WARNING, "spelling", "is written %s by Microsoft", right);
}

static void refuse_word(const struct lint_value *value, const char *code, const char *what,
                        const char *(*at)(size_t index))
{
    AUTO_STRV right = {0};
    AUTO_BUF guess = {0};
    for (size_t i = 0; at(i); i++)
        strv_add(&right, at(i));
    lint_guess(value->attribute->value, &right, &guess);
    SAY(value, FINDING_ERROR, code, "is no %s that is known here%s", what, buf_text(&guess));
}

void lint_anything(const struct lint_value *value)
{
    (void)value;
}

void lint_something(const struct lint_value *value)
{
    if (!*value->attribute->value)
        SAY(value, FINDING_WARNING, "empty-value", "says nothing: fill it in or take it out");
}

void lint_folder(const struct lint_value *value)
{
    const struct odt_attribute *path = value->attribute;
    lint_something(value);
    lint_plain_path(path->name, path->value, path->line, value->findings);
}

void lint_words(const struct lint_value *value)
{
    AUTO_STRV right = {0};
    AUTO_BUF all = {0};
    for (size_t i = 0; value->words[i]; i++) {
        if (strcasecmp(value->words[i], value->attribute->value) == 0) {
            check_spelling(value, value->words[i]);
            return;
        }
        strv_add(&right, value->words[i]);
    }
    lint_list_words(&right, &all);
    SAY(value, FINDING_ERROR, "unknown-value", "is not what setup knows: write %s", buf_text(&all));
}

void lint_edition(const struct lint_value *value)
{
    const char *meant = lint_meant_edition(value->attribute->value);
    if (meant)
        SAY(value, FINDING_ERROR, "unknown-value", "is not what setup knows: write %s", meant);
    else
        lint_words(value);
}

bool lint_is_true(const struct odt_attribute *attribute)
{
    return attribute && strcasecmp(attribute->value, "TRUE") == 0;
}

void lint_boolean(const struct lint_value *value)
{
    if (!lint_is_true(value->attribute) && strcasecmp(value->attribute->value, "FALSE") != 0)
        SAY(value, FINDING_ERROR, "unknown-value", "is neither TRUE nor FALSE");
}

static bool is_guid(const char *text)
{
    size_t len = strlen(text);
    if (len == GUID_BYTES + 2 && *text == '{' && text[len - 1] == '}')
        text++;
    else if (len != GUID_BYTES)
        return false;
    for (size_t i = 0; i < GUID_BYTES; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

bool lint_is_placeholder(const char *text)
{
    return strchr(text, '#') || strncasecmp(text, "XXXXX", 5) == 0;
}

void lint_guid(const struct lint_value *value)
{
    if (is_guid(value->attribute->value))
        return;
    if (lint_is_placeholder(value->attribute->value))
        SAY(value, FINDING_WARNING, "placeholder", "is not filled in yet: it must become a GUID");
    else
        SAY(value, FINDING_ERROR, "bad-guid", "is no GUID");
}

static const char *channel_id(size_t index)
{
    const struct channel *channel = channel_at(index);
    return channel ? channel->id : NULL;
}

void lint_channel(const struct lint_value *value)
{
    const char *name = value->attribute->value;
    const struct channel *channel = channel_find(name);
    const struct channel *meant = channel ? channel : lint_meant_channel(name);
    if (!meant)
        refuse_word(value, "unknown-channel", "channel", channel_id);
    else if (strcasecmp(meant->id, name) == 0)
        check_spelling(value, meant->id);
    else if (!channel || strpbrk(name, " :"))
        SAY(value, FINDING_ERROR, "unknown-channel", "is what people call it: write %s", meant->id);
    else
        SAY(value, FINDING_WARNING, "old-name", "is an old name: write %s", channel->id);
}

void lint_version(const struct lint_value *value)
{
    const char *text = value->attribute->value;
    struct build build;
    struct err err = {0};
    if (strcasecmp(text, "MatchInstalled") == 0)
        check_spelling(value, "MatchInstalled");
    else if (lint_is_full_build(text))
        return;
    else if (build_parse(text, &build, &err))
        SAY(value, FINDING_ERROR, "bad-version", "is not written in full: write 16.0.%u.%u", build.part[2],
            build.part[3]);
    else
        SAY(value, FINDING_ERROR, "bad-version", "is no version: write 16.0.x.y or MatchInstalled");
}

void lint_target(const struct lint_value *value)
{
    lint_target_version(value->attribute->value, value->attribute->line, value->options, value->findings);
}

void lint_source(const struct lint_value *value)
{
    const struct odt_attribute *source = value->attribute;
    if (odt_attribute(value->element, "DownloadPath"))
        lint_download_folder(source->value, source->line, value->options, value->findings);
    else
        lint_source_path(source->value, source->line, value->options, value->findings);
}

void lint_update(const struct lint_value *value)
{
    lint_update_path(value->attribute->value, value->attribute->line, value->options, value->findings);
}

void lint_download(const struct lint_value *value)
{
    const char *text = value->attribute->value;
    const char *share = strncmp(text, "\\\\", 2) == 0 ? strchr(text + 2, '\\') : NULL;
    if (!share || share == text + 2 || !share[1])
        SAY(value, FINDING_ERROR, "bad-path", "is no share: write \\\\server\\share");
    else
        lint_source_path(text, value->attribute->line, value->options, value->findings);
}

/* Month and day the other way round, as most of the world writes them. */
static bool is_swapped(const char *text, char turned[DEADLINE_BYTES + 1])
{
    int64_t unix_seconds;
    if (strlen(text) != DEADLINE_BYTES)
        return false;
    snprintf(turned, DEADLINE_BYTES + 1, "%.2s/%.2s%s", text + 3, text, text + 5);
    return clock_parse_us(turned, &unix_seconds);
}

void lint_due(const struct lint_value *value)
{
    const char *text = value->attribute->value;
    char turned[DEADLINE_BYTES + 1];
    int64_t unix_seconds;
    if (!clock_parse_us(text, &unix_seconds) && is_swapped(text, turned))
        SAY(value, FINDING_ERROR, "bad-deadline", "has the day first: the month comes first, as in %s",
            turned);
    else
        lint_deadline(text, value->attribute->line, LINT_DEADLINE_TIME, value->options, value->findings);
}

static const char *product_id(size_t index)
{
    const struct product *product = product_at(index);
    return product ? product->id : NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len > end_len && strcasecmp(text + len - end_len, end) == 0;
}

void lint_product(const struct lint_value *value)
{
    const char *id = value->attribute->value;
    const struct product *product = product_find(id);
    const struct product *meant = product_meant(id);
    if (product)
        check_spelling(value, product->id);
    else if (meant)
        SAY(value, FINDING_ERROR, "unknown-product", "is no product that is known here: write %s", meant->id);
    else if (ends_with(id, "XVolume")) /* VisioProXVolume, which Microsoft's own samples still have */
        SAY(value, FINDING_WARNING, "old-product",
            "is Office of 2016, which gets no updates any more: write the year in place of X");
    else
        refuse_word(value, "unknown-product", "product", product_id);
}

void lint_app(const struct lint_value *value)
{
    const char *right = product_app(value->attribute->value);
    const char *meant = product_app_meant(value->attribute->value);
    if (right)
        check_spelling(value, right);
    else if (meant)
        SAY(value, FINDING_ERROR, "unknown-app", "is no app that is known here: write %s", meant);
    else
        refuse_word(value, "unknown-app", "app", product_app_at);
}

void lint_msi_product(const struct lint_value *value)
{
    const char *right = msi_product(value->attribute->value);
    if (right)
        check_spelling(value, right);
    else
        refuse_word(value, "unknown-value", "product of Windows Installer", msi_product_at);
}

static const char *const matches[] = {"MatchOS", "MatchPreviousMSI", "MatchInstalled", NULL};

static const char *match_of(const char *text)
{
    for (size_t i = 0; matches[i]; i++)
        if (strcasecmp(matches[i], text) == 0)
            return matches[i];
    return NULL;
}

bool lint_is_match(const char *language)
{
    return match_of(language) != NULL;
}

static const char *culture_at(size_t index)
{
    const struct language *language = language_at(index);
    return language ? language->culture : NULL;
}

void lint_culture(const struct lint_value *value)
{
    AUTO_STRV meant = {0};
    AUTO_BUF list = {0};
    if (language_find(value->attribute->value))
        return;
    lint_meant_languages(value->attribute->value, &meant);
    lint_list_words(&meant, &list);
    if (meant.len > 0)
        SAY(value, FINDING_ERROR, "unknown-language", "is no language that is known here: write %s",
            buf_text(&list));
    else
        refuse_word(value, "unknown-language", "language", culture_at);
}

void lint_language(const struct lint_value *value)
{
    const char *match = match_of(value->attribute->value);
    if (match)
        check_spelling(value, match);
    else
        lint_culture(value);
}

void lint_target_product(const struct lint_value *value)
{
    if (strcasecmp(value->attribute->value, "All") == 0)
        check_spelling(value, "All");
    else
        lint_product(value);
}

void lint_pidkey(const struct lint_value *value)
{
    const char *key = value->attribute->value;
    if (lint_is_placeholder(key))
        SAY(value, FINDING_WARNING, "placeholder", "is not filled in yet: write the key");
    else if (!pidkey_is_valid(key))
        SAY(value, FINDING_ERROR, "bad-key",
            "has not the form of a product key, XXXXX-XXXXX-XXXXX-XXXXX-XXXXX");
}
