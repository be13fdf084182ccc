#include "config/lint_guess.h"
#include "ringmgr/base/nearest.h"
#include "ringmgr/c2r/language.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    NEAREST_BYTES = 64, /* longer words are no slip of the pen, and finding out takes long */
    LISTED_MAX = 9      /* as many as there are channels */
};

void lint_list_words(const struct strv *words, struct buf *out)
{
    for (size_t i = 0; i < words->len; i++)
        buf_printf(out, "%s%s", i == 0 ? "" : i + 1 < words->len ? ", " : " or ", words->item[i]);
}

void lint_guess(const char *wrong, const struct strv *right, struct buf *out)
{
    const char *best = NULL;
    for (size_t i = 0; i < right->len && strlen(wrong) <= NEAREST_BYTES; i++)
        nearest_prefer(wrong, right->item[i], &best);
    best = nearest_likely(wrong, best);
    if (best) {
        buf_printf(out, ": did you mean %s?", best);
    } else if (right->len > 0 && right->len <= LISTED_MAX) {
        buf_puts(out, ": write ");
        lint_list_words(right, out);
    }
}

/* The next letter or digit; what people put between them counts for nothing. */
static const char *next_letter(const char *text)
{
    while (*text && !isalnum((unsigned char)*text))
        text++;
    return text;
}

/* Whether two names have the same letters, but for a word "Channel" at the end of the second. */
static bool is_alike(const char *wrong, const char *name)
{
    wrong = next_letter(wrong);
    name = next_letter(name);
    while (*wrong && tolower((unsigned char)*wrong) == tolower((unsigned char)*name)) {
        wrong = next_letter(wrong + 1);
        name = next_letter(name + 1);
    }
    return !*wrong && (!*name || strcasecmp(name, "Channel") == 0);
}

const struct channel *lint_meant_channel(const char *name)
{
    const struct channel *channel;
    if (!*next_letter(name))
        return NULL;
    for (size_t i = 0; (channel = channel_at(i)); i++)
        if (is_alike(name, channel->id) || is_alike(name, channel->display_name))
            return channel;
    return NULL;
}

const char *lint_meant_edition(const char *name)
{
    static const struct {
        const char *name, *edition;
    } meant[] = {{"x64", "64"},    {"amd64", "64"},  {"x86_64", "64"}, {"64bit", "64"},
                 {"64-bit", "64"}, {"64 bit", "64"}, {"x86", "32"},    {"x32", "32"},
                 {"i386", "32"},   {"32bit", "32"},  {"32-bit", "32"}, {"32 bit", "32"}};
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
        if (strcasecmp(meant[i].name, name) == 0)
            return meant[i].edition;
    return NULL;
}

void lint_meant_languages(const char *name, struct strv *languages)
{
    const struct language *language;
    size_t len = strcspn(name, "-_");
    for (size_t i = 0; len > 0 && (language = language_at(i)); i++)
        if (strncasecmp(language->culture, name, len) == 0 && language->culture[len] == '-')
            strv_add(languages, language->culture);
    if (languages->len > LISTED_MAX)
        strv_clear(languages);
}

const char *lint_meant_element(const char *property)
{
    static const struct {
        const char *attribute, *element;
    } meant[] = {
        {"OfficeMgmtCOM", "Add"},  {"Channel", "Add"},      {"OfficeClientEdition", "Add"},
        {"MigrateArch", "Add"},    {"SourcePath", "Add"},   {"AllowCdnFallback", "Add"},
        {"UpdatePath", "Updates"}, {"Deadline", "Updates"}, {"TargetVersion", "Updates"},
        {"AcceptEULA", "Display"},
    };
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
        if (strcasecmp(meant[i].attribute, property) == 0)
            return meant[i].element;
    return NULL;
}
