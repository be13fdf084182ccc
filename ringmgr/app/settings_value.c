#include "ringmgr/app/settings_value.h"
#include "ringmgr/app/settings_duration.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"
#include "ringmgr/c2r/language.h"
#include "ringmgr/policy/settings.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 32, /* more than any one mirror grants one address */
    COUNT_MAX = 99        /* people who approve one build */
};

#define ZONEINFO "/usr/share/zoneinfo/"

static void take_text(void *field, const char *text, size_t len)
{
    char **string = field;
    free(*string);
    *string = mem_strndup(text, len);
}

void value_read_text(const struct value_place *place, const char *text, void *field)
{
    (void)place;
    take_text(field, text, strlen(text));
}

/* True if "." or ".." is a component of `path`. */
static bool has_dots(const char *path)
{
    for (; *path; path += strcspn(path, "/")) {
        path += strspn(path, "/");
        size_t len = strcspn(path, "/");
        if ((len == 1 && path[0] == '.') || (len == 2 && path[0] == '.' && path[1] == '.'))
            return true;
    }
    return false;
}

void value_read_path(const struct value_place *place, const char *text, void *field)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/')
        len--;
    if (*text != '/' || len == 0)
        VALUE_REFUSE(place, "bad-path", "\"%s\" is not an absolute path below /", text);
    else if (strstr(text, "//") || has_dots(text))
        VALUE_REFUSE(place, "bad-path", "\"%s\": write the path without //, . and ..", text);
    else
        take_text(field, text, len);
}

void value_read_socket(const struct value_place *place, const char *text, void *field)
{
    enum { PATH_MOST = sizeof((struct sockaddr_un){0}).sun_path - 1 }; /* unix(7) */
    if (!*text)
        take_text(field, text, 0);
    else if (strlen(text) > PATH_MOST)
        VALUE_REFUSE(place, "bad-path",
                     "\"%s\" is longer than the %d bytes that the path of a socket may have", text,
                     PATH_MOST);
    else
        value_read_path(place, text, field);
}

/* What follows one of the schemes (a list that NULL ends), NULL if `text` begins with none of them. */
static const char *after_scheme(const char *text, const char *const *scheme)
{
    for (; *scheme; scheme++)
        if (strncmp(text, *scheme, strlen(*scheme)) == 0)
            return text + strlen(*scheme);
    return NULL;
}

static bool has_host(const char *rest)
{
    return isalnum((unsigned char)*rest) || *rest == '[';
}

/* Before an @ and behind a ? stand passwords. Findings go to the journal and to [notify NAME]: such a value
 * is not repeated. */
static const char plain_address[] = "an address without blanks, ?, #, @ and \\";

static bool has_odd(const char *text)
{
    return strpbrk(text, " \t?#@\\") != NULL;
}

void value_read_url(const struct value_place *place, const char *text, void *field)
{
    static const char *const schemes[] = {"http://", "https://", "file://", NULL};
    const char *rest = after_scheme(text, schemes);
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/')
        len--;
    bool file = strncmp(text, "file:", 5) == 0;
    if (has_odd(text))
        VALUE_REFUSE(place, "bad-url", "%s", plain_address);
    else if (!rest || (file ? *rest != '/' : !has_host(rest)))
        VALUE_REFUSE(place, "bad-url", "\"%s\" is no address: http://…, https://… or file:///…", text);
    else
        take_text(field, text, len);
}

/* Is a port said behind the host? [::1]:3128 has one, [::1] none. */
static bool has_port(const char *rest)
{
    const char *bracket = strchr(rest, ']');
    const char *colon = strchr(bracket ? bracket : rest, ':');
    return colon && isdigit((unsigned char)colon[1]);
}

void value_read_proxy(const struct value_place *place, const char *text, void *field)
{
    static const char *const schemes[] = {"http://", "https://", NULL};
    const char *rest = after_scheme(text, schemes);
    if (strchr(text, '@'))
        VALUE_REFUSE(place, "bad-proxy", "%s", "a name and password do not belong into this file");
    else if (has_odd(text))
        VALUE_REFUSE(place, "bad-proxy", "%s", "a proxy without blanks, ?, # and \\");
    else if (!rest || !has_host(rest))
        VALUE_REFUSE(place, "bad-proxy", "\"%s\" is no proxy: http://host:port or https://host:port", text);
    else if (!has_port(rest))
        VALUE_REFUSE(place, "bad-proxy", "\"%s\" names no port: %s:3128, or whichever the proxy has", text,
                     text);
    else
        take_text(field, text, strlen(text));
}

/* True if the text behind "\\" is SERVER\SHARE[\FOLDER…]. */
static bool is_unc_rest(const char *text, size_t len)
{
    size_t parts = 0;
    for (size_t from = 0; from <= len; parts++) {
        size_t part = from;
        while (part < len && text[part] != '\\')
            part++;
        if (part == from || text[from] == '.')
            return false;
        from = part + 1;
    }
    return parts >= 2;
}

/* Clients add \Office\Data themselves (formats/click-to-run, section 1). */
static bool ends_in_office_data(const char *text, size_t len)
{
    static const char *const ends[] = {"\\Office\\Data", "/Office/Data"};
    size_t end_len = strlen(*ends);
    for (int i = 0; i < 2; i++)
        if (len >= end_len && strncasecmp(text + len - end_len, ends[i], end_len) == 0)
            return true;
    return false;
}

static bool has_unc_form(const char *text, size_t len)
{
    return len > 2 && strncmp(text, "\\\\", 2) == 0 && !strpbrk(text, "/:*?\"<>|") &&
           is_unc_rest(text + 2, len - 2);
}

bool value_is_unc(const char *text)
{
    size_t len = strlen(text);
    return has_unc_form(text, len) && !ends_in_office_data(text, len);
}

void value_read_unc(const struct value_place *place, const char *text, void *field)
{
    size_t len = strlen(text);
    if (len > 2 && text[len - 1] == '\\')
        len--;
    if (!has_unc_form(text, len))
        VALUE_REFUSE(place, "bad-unc", "\"%s\" has not the form \\\\server\\share", text);
    else if (ends_in_office_data(text, len))
        VALUE_REFUSE(place, "bad-unc", "\"%s\": leave \\Office\\Data out, clients add it themselves", text);
    else
        take_text(field, text, len);
}

void value_read_http(const struct value_place *place, const char *text, void *field)
{
    static const char *const schemes[] = {"http://", "https://", NULL};
    const char *rest = after_scheme(text, schemes);
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/')
        len--;
    if (has_odd(text))
        VALUE_REFUSE(place, "bad-url", "%s", plain_address);
    else if (!rest || !has_host(rest) || rest >= text + len)
        VALUE_REFUSE(place, "bad-url", "\"%s\" is no address of a web server: http://… or https://…", text);
    else if (ends_in_office_data(text, len))
        VALUE_REFUSE(place, "bad-url", "\"%s\": leave /Office/Data out, clients add it themselves", text);
    else
        take_text(field, text, len);
}

void value_read_user(const struct value_place *place, const char *text, void *field)
{
    if (strpbrk(text, " \t:/,") || *text == '-' || isdigit((unsigned char)*text))
        VALUE_REFUSE(place, "bad-user", "\"%s\" is not the name of an account", text);
    else
        take_text(field, text, strlen(text));
}

/* True if the file begins as a compiled time zone does (RFC 8536, section 3.1). */
static bool is_zone_file(const char *path)
{
    char magic[4];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, magic, sizeof magic);
    close(fd);
    return got == (ssize_t)sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
}

void value_read_timezone(const struct value_place *place, const char *text, void *field)
{
    char *path AUTO_FREE = mem_printf(ZONEINFO "%s", text);
    if (*text == '/' || has_dots(text) || !is_zone_file(path))
        VALUE_REFUSE(place, "unknown-timezone",
                     "there is no time zone \"%s\" in " ZONEINFO " (Europe/Stockholm)", text);
    else
        take_text(field, text, strlen(text));
}

void value_read_number(const struct value_place *place, const char *text, unsigned least, unsigned most,
                       unsigned *number)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long value = digits > 0 && digits < 10 ? strtoul(text, NULL, 10) : 0;
    if (digits == 0 || digits > 9 || text[digits] || value < least || value > most)
        VALUE_REFUSE(place, "bad-number", "\"%s\" is not a whole number from %u to %u", text, least, most);
    else
        *number = (unsigned)value;
}

void value_read_count(const struct value_place *place, const char *text, void *field)
{
    value_read_number(place, text, 0, COUNT_MAX, field);
}

void value_read_connections(const struct value_place *place, const char *text, void *field)
{
    value_read_number(place, text, 1, CONNECTIONS_MAX, field);
}

void value_read_bytes(const struct value_place *place, const char *text, void *field)
{
    static const char units[] = "KMGT";
    uint64_t *bytes = field;
    size_t digits = strspn(text, "0123456789");
    const char *unit = text[digits] ? strchr(units, text[digits]) : NULL;
    bool plain = text[digits] == 0, scaled = unit && text[digits + 1] == 0;
    if (digits == 0 || digits > 6 || !(plain || scaled)) {
        VALUE_REFUSE(place, "bad-bytes", "\"%s\" is no size: 20G, 500M (up to six digits, then K, M, G or T)",
                     text);
        return;
    }
    *bytes = strtoul(text, NULL, 10);
    if (scaled)
        *bytes <<= 10 * (unit - units + 1);
}

void value_read_duration(const struct value_place *place, const char *text, void *field)
{
    int64_t *seconds = field;
    if (!settings_parse_duration(text, seconds))
        VALUE_REFUSE(place, "bad-duration", "\"%s\" is no duration: 14 days, 36h or 90 minutes", text);
}

/* The index of `text` in a list of words that NULL ends, -1 with a problem if it is not among them. */
static int choose(const struct value_place *place, const char *text, const char *const *word)
{
    AUTO_BUF all = {0};
    for (int i = 0; word[i]; i++) {
        if (strcmp(word[i], text) == 0)
            return i;
        buf_printf(&all, "%s%s", i ? " or " : "", word[i]);
    }
    VALUE_REFUSE(place, "bad-choice", "\"%s\" is not %s", text, buf_text(&all));
    return -1;
}

void value_read_yes_no(const struct value_place *place, const char *text, void *field)
{
    static const char *const words[] = {"no", "yes", NULL};
    int chosen = choose(place, text, words);
    if (chosen >= 0)
        *(bool *)field = chosen == 1;
}

void value_read_publish(const struct value_place *place, const char *text, void *field)
{
    static const char *const words[] = {[PUBLISH_MANUAL] = "manual", [PUBLISH_AUTO] = "auto", NULL};
    int chosen = choose(place, text, words);
    if (chosen >= 0)
        *(enum publish_mode *)field = (enum publish_mode)chosen;
}

void value_read_link(const struct value_place *place, const char *text, void *field)
{
    static const char *const words[] = {
        [PLACE_HARD] = "hard", [PLACE_REFLINK] = "reflink", [PLACE_COPY] = "copy", NULL};
    int chosen = choose(place, text, words);
    if (chosen >= 0)
        *(enum placement_mode *)field = (enum placement_mode)chosen;
}

void value_read_channel(const struct value_place *place, const char *text, void *field)
{
    const struct channel *channel = channel_find(text);
    AUTO_STRV ids = {0};
    const struct channel *known;
    for (size_t i = 0; (known = channel_at(i)); i++)
        strv_add(&ids, known->id);
    char *all AUTO_FREE = strv_join(&ids, ", ");
    char *hint AUTO_FREE = nearest_hint(text, &ids);
    if (channel)
        *(const struct channel **)field = channel;
    else
        VALUE_REFUSE(place, "unknown-channel", "\"%s\" is no channel; there are %s%s", text, all, hint);
}

static void refuse_twice(const struct value_place *place, const char *word)
{
    VALUE_REFUSE(place, "duplicate-item", "\"%s\" is there twice", word);
}

void value_read_architectures(const struct value_place *place, const char *text, void *field)
{
    unsigned *set = field;
    AUTO_STRV words = {0};
    strv_split(&words, text);
    if (place->first)
        *set = 0;
    for (size_t i = 0; i < words.len; i++) {
        unsigned bit = strcmp(words.item[i], "x64") == 0   ? ARCH_X64
                       : strcmp(words.item[i], "x86") == 0 ? ARCH_X86
                                                           : 0;
        if (bit == 0)
            VALUE_REFUSE(place, "unknown-architecture", "\"%s\" is not x64 or x86", words.item[i]);
        else if (*set & bit)
            refuse_twice(place, words.item[i]);
        *set |= bit;
    }
}

/* What is wrong with one word of a list; true if nothing is. `word` may be replaced by its true form. */
typedef bool check_word_fn(const struct value_place *place, const char **word);

static void read_words(const struct value_place *place, const struct strv *words, check_word_fn *check,
                       struct strv *list)
{
    if (place->first)
        strv_clear(list);
    for (size_t i = 0; i < words->len; i++) {
        const char *word = words->item[i];
        if (!check(place, &word))
            continue;
        if (strv_has(list, word))
            refuse_twice(place, word);
        else
            strv_add(list, word);
    }
}

/* A list at blanks and commas. */
static void read_list(const struct value_place *place, const char *text, check_word_fn *check,
                      struct strv *list)
{
    AUTO_STRV words = {0};
    strv_split(&words, text);
    read_words(place, &words, check, list);
}

/* A list at commas: names of groups and accounts of a directory may hold blanks. */
static void read_names(const struct value_place *place, const char *text, check_word_fn *check,
                       struct strv *list)
{
    AUTO_STRV names = {0};
    strv_split_names(&names, text);
    read_words(place, &names, check, list);
}

static bool check_culture(const struct value_place *place, const char **word)
{
    const struct language *language = language_find(*word), *known;
    AUTO_STRV cultures = {0};
    for (size_t i = 0; !language && (known = language_at(i)); i++)
        strv_add(&cultures, known->culture);
    char *hint AUTO_FREE = nearest_hint(*word, &cultures);
    if (language)
        *word = language->culture;
    else
        VALUE_REFUSE(place, "unknown-language", "Office has no language \"%s\" (write en-us, fr-fr)%s", *word,
                     hint);
    return language;
}

void value_read_cultures(const struct value_place *place, const char *text, void *field)
{
    read_list(place, text, check_culture, field);
}

static bool check_approver(const struct value_place *place, const char **word)
{
    static const char *const kinds[] = {"group:", "user:", NULL};
    const char *name = after_scheme(*word, kinds);
    bool good = name && *name;
    if (!good)
        VALUE_REFUSE(place, "bad-approver", "\"%s\" is not group:NAME or user:NAME", *word);
    return good;
}

void value_read_approvers(const struct value_place *place, const char *text, void *field)
{
    read_names(place, text, check_approver, field);
}

static bool check_account(const struct value_place *place, const char **word)
{
    bool good = !strchr(*word, ':');
    if (!good)
        VALUE_REFUSE(place, "bad-account", "\"%s\" is not the name of an account", *word);
    return good;
}

void value_read_accounts(const struct value_place *place, const char *text, void *field)
{
    read_names(place, text, check_account, field);
}
