#include "ringmgr/app/complete.h"
#include "ringmgr/app/options.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* "--ring=pi": the value stands in the same word. */
static const char *value_within(const char *word)
{
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    return equals ? equals + 1 : NULL;
}

static bool is_option(const struct complete_place *place, const char *word)
{
    return !place->words_only && word[0] == '-' && word[1];
}

/* One finished word; the option whose value comes next, or NULL. */
static const struct option_row *read_word(struct complete_place *place, const struct option_row *awaits,
                                          const char *word)
{
    if (awaits) {
        if (awaits->id == GLOBAL_CONFIG)
            place->config = word;
        return NULL;
    }
    if (!is_option(place, word)) {
        strv_add(&place->plain, word);
        return NULL;
    }
    const struct option_row *row = options_find(word);
    const char *value = value_within(word);
    place->words_only = strcmp(word, "--") == 0;
    if (row && row->id == GLOBAL_CONFIG && value)
        place->config = value;
    return row && row->value && !value ? row : NULL;
}

void complete_read(const struct strv *words, struct complete_place *place)
{
    const struct option_row *awaits = NULL;
    *place = (struct complete_place){.current = ""};
    for (size_t i = 0; i + 1 < words->len; i++)
        if (!awaits || strcmp(words->item[i], "=") != 0)
            awaits = read_word(place, awaits, words->item[i]);
    if (words->len == 0)
        return;
    const char *last = words->item[words->len - 1];
    const struct option_row *row = is_option(place, last) ? options_find(last) : NULL;
    place->current = last;
    if (awaits) {
        place->current = strcmp(last, "=") == 0 ? "" : last;
        place->value = awaits->value;
    } else if (row && row->value && value_within(last)) {
        place->current = value_within(last);
        place->value = row->value;
        place->kept = (int)(place->current - last);
    }
}

void complete_place_clear(struct complete_place *place)
{
    strv_clear(&place->plain);
}

/* ---- the synopsis ---- */

/* "[RING…]" is RING, and comes again. */
static char *strip(const char *token, bool *again)
{
    static const char more[] = "…";
    char *text = mem_strdup(token + (*token == '['));
    size_t len = strlen(text);
    *again = false;
    if (len && text[len - 1] == ']')
        text[--len] = 0;
    if (len >= strlen(more) && strcmp(text + len - strlen(more), more) == 0) {
        text[len - strlen(more)] = 0;
        *again = true;
    }
    return text;
}

/* Splits at blanks alone. */
static void split(const char *synopsis, struct strv *tokens)
{
    while (*synopsis) {
        size_t len = strcspn(synopsis, " ");
        char *token AUTO_FREE = mem_strndup(synopsis, len);
        strv_add(tokens, token);
        synopsis += len + strspn(synopsis + len, " ");
    }
}

char *complete_word(const struct command *command, size_t index)
{
    AUTO_STRV tokens = {0};
    char *found = NULL;
    bool again = false, value = false;
    if (command->words_max >= 0 && index >= (size_t)command->words_max)
        return NULL;
    split(command->synopsis, &tokens);
    for (size_t i = 0; i < tokens.len; i++) {
        const char *token = tokens.item[i] + (tokens.item[i][0] == '[');
        const struct option_row *row = *token == '-' ? options_find(token) : NULL;
        bool plain = *token != '-' && !value;
        value = row && row->value;
        if (!plain)
            continue;
        free(found);
        found = strip(tokens.item[i], &again);
        if (index-- == 0)
            return found;
    }
    if (!again) {
        free(found);
        found = NULL;
    }
    return found;
}
