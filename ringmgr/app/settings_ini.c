#include "ringmgr/app/settings_ini.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <ini.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What an indented line would continue. */
enum above {
    ABOVE_NOTHING, /* no key in this section yet */
    ABOVE_KEY,     /* the last entry of the section */
    ABOVE_LOST     /* a key that was refused: what continues it is left out too */
};

struct reader {
    const char *at, *end;
    unsigned line;
    bool newline_owed; /* inih has the line but had no room for its newline */
    bool pair_owed;    /* inih has a line that must come back as a pair */
    bool indented;
    bool in_section; /* false: none yet, or one that was refused */
    bool section_seen;
    enum above above;
    struct ini_file *file;
    struct settings_problems *problems;
};

const struct ini_section *settings_ini_section(const struct ini_file *file, const char *name)
{
    for (size_t i = 0; i < file->sections; i++)
        if (strcmp(file->section[i].name, name) == 0)
            return &file->section[i];
    return NULL;
}

const struct ini_entry *settings_ini_entry(const struct ini_section *section, const char *key)
{
    for (size_t i = 0; section && i < section->entries; i++)
        if (strcmp(section->entry[i].key, key) == 0)
            return &section->entry[i];
    return NULL;
}

static struct ini_section *last_section(struct ini_file *file)
{
    return &file->section[file->sections - 1];
}

/* The length of a value without a comment that begins with #, as in other files; inih knows ; only. */
static size_t length_before_hash(const char *text)
{
    size_t len = strcspn(text, "#");
    while (text[len] && len > 0 && text[len - 1] != ' ' && text[len - 1] != '\t')
        len += 1 + strcspn(text + len + 1, "#");
    while (text[len] && len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    return len;
}

static void add_piece(struct reader *reader, const char *text)
{
    struct ini_section *section = last_section(reader->file);
    struct ini_entry *entry = &section->entry[section->entries - 1];
    size_t len = length_before_hash(text);
    if (text[len])
        settings_problems_add(reader->problems, reader->line, "hash-comment",
                              "[%s] %s: a comment behind a value begins with ;, not with #", section->name,
                              entry->key);
    if (len == 0)
        return;
    entry->piece = mem_grow(entry->piece, entry->pieces, sizeof *entry->piece);
    entry->piece[entry->pieces++] = (struct ini_piece){mem_strndup(text, len), reader->line};
}

static void add_entry(struct reader *reader, const char *key, const char *text)
{
    struct ini_section *section = last_section(reader->file);
    const struct ini_entry *twin = settings_ini_entry(section, key);
    reader->above = twin ? ABOVE_LOST : ABOVE_KEY;
    if (twin) {
        settings_problems_add(reader->problems, reader->line, "duplicate-key",
                              "[%s] %s stands in line %u already: keep one of them", section->name, key,
                              twin->line);
        return;
    }
    section->entry = mem_grow(section->entry, section->entries, sizeof *section->entry);
    section->entry[section->entries++] = (struct ini_entry){mem_strdup(key), reader->line, NULL, 0};
    add_piece(reader, text);
}

/* inih's handler: one pair, or one more line of the value above. */
static int take_pair(void *user, const char *section, const char *key, const char *text)
{
    struct reader *reader = user;
    (void)section; /* cut at 49 bytes; the reader knows it better */
    reader->pair_owed = false;
    if (!reader->in_section)
        reader->above = ABOVE_LOST;
    else if (reader->indented)
        add_piece(reader, text);
    else
        add_entry(reader, key, text);
    return 1;
}

/* The length of one UTF-8 character (RFC 3629: no overlong forms, no surrogates), 0 if it is none. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (len == 1)
        return 1;
    if (at[0] < 0xC2 || at[0] > 0xF4 || len > left)
        return 0;
    uint32_t code = at[0] & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3FU);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least[len] || code > 0x10FFFF || surrogate ? 0 : len;
}

/* Why these bytes do not belong into a configuration; NULL if they do. */
static const char *find_hostile_byte(const char *line, size_t len)
{
    const unsigned char *at = (const unsigned char *)line;
    for (size_t i = 0, step; i < len; i += step) {
        if (at[i] == 0)
            return "a NUL byte";
        if ((at[i] < 0x20 && at[i] != '\t') || at[i] == 0x7F)
            return "a control character";
        step = utf8_length(at + i, len - i);
        if (step == 0)
            return "bytes that are not UTF-8";
    }
    return NULL;
}

/* Adds a problem with the current line and makes the caller leave it out. */
static bool refuse_line(struct reader *reader, const char *code, const char *what)
{
    settings_problems_add(reader->problems, reader->line, code, "%s", what);
    return false;
}

static bool check_bytes(struct reader *reader, const char *line, size_t len)
{
    if (len > LIMIT_CONFIG_LINE_BYTES) {
        settings_problems_add(reader->problems, reader->line, "line-too-long",
                              "the line has %zu bytes, more than %d: continue a list on indented lines", len,
                              LIMIT_CONFIG_LINE_BYTES);
        return false;
    }
    const char *hostile = find_hostile_byte(line, len);
    if (hostile)
        settings_problems_add(reader->problems, reader->line, "bad-bytes",
                              "the line holds %s: write it anew as plain UTF-8 text", hostile);
    return !hostile;
}

/* The name between the brackets, which the caller frees; NULL if the line is no section's. */
static char *section_name(struct reader *reader, const char *line, size_t len)
{
    const char *close = memchr(line, ']', len);
    const char *rest = close ? close + 1 : line;
    while (rest < line + len && (*rest == ' ' || *rest == '\t'))
        rest++;
    if (!close || (rest < line + len && *rest != ';') || memchr(line, ';', (size_t)(close - line))) {
        refuse_line(reader, "bad-section", "a section's line is [name] and nothing else");
        return NULL;
    }
    size_t name_len = (size_t)(close - line) - 1;
    if (name_len > LIMIT_CONFIG_SECTION_BYTES) {
        settings_problems_add(reader->problems, reader->line, "section-too-long",
                              "the section's name has %zu bytes, more than %d", name_len,
                              LIMIT_CONFIG_SECTION_BYTES);
        return NULL;
    }
    return mem_strndup(line + 1, name_len);
}

/* Begins a section; after a refusal its keys are left out. */
static bool begin_section(struct reader *reader, const char *line, size_t len)
{
    struct ini_file *file = reader->file;
    char *name AUTO_FREE = section_name(reader, line, len);
    const struct ini_section *twin = name ? settings_ini_section(file, name) : NULL;
    reader->section_seen = true;
    reader->in_section = name && !twin;
    reader->above = reader->in_section ? ABOVE_NOTHING : ABOVE_LOST;
    if (twin)
        settings_problems_add(reader->problems, reader->line, "duplicate-section",
                              "section [%s] stands in line %u already: join them", name, twin->line);
    if (!reader->in_section)
        return false;
    file->section = mem_grow(file->section, file->sections, sizeof *file->section);
    file->section[file->sections++] = (struct ini_section){mem_strdup(name), reader->line, NULL, 0};
    return true;
}

static bool accept_indented(struct reader *reader)
{
    if (reader->above == ABOVE_NOTHING)
        return refuse_line(reader, "indented-line",
                           "an indented line continues the list above it, and there is none: a key begins "
                           "at the start of its line");
    return reader->above == ABOVE_KEY;
}

/* Sorts out one line before inih sees it. False if inih gets an empty line instead. */
static bool accept_line(struct reader *reader, const char *line, size_t len)
{
    size_t blank = 0;
    while (blank < len && (line[blank] == ' ' || line[blank] == '\t'))
        blank++;
    reader->indented = blank > 0;
    if (!check_bytes(reader, line, len)) {
        reader->above = ABOVE_LOST;
        return false;
    }
    if (blank == len || line[blank] == ';' || line[blank] == '#')
        return true;
    if (!reader->indented && *line == '[')
        return begin_section(reader, line, len);
    if (reader->indented && !accept_indented(reader))
        return false;
    if (!reader->section_seen) {
        reader->above = ABOVE_LOST;
        return refuse_line(reader, "no-section", "a key before the first [section]");
    }
    reader->pair_owed = true;
    return true;
}

static void settle_line(struct reader *reader)
{
    if (reader->pair_owed) {
        refuse_line(reader, "not-a-pair", "neither key = value nor [section] nor a comment");
        reader->above = ABOVE_LOST;
    }
    reader->pair_owed = false;
}

static char *give(struct reader *reader, char *out, size_t room, const char *line, size_t len)
{
    memcpy(out, line, len);
    reader->newline_owed = len + 1 >= room;
    if (!reader->newline_owed)
        out[len++] = '\n';
    out[len] = 0;
    return out;
}

/* inih's reader, as fgets(): one line, its newline too where there is room. */
static char *read_line(char *out, int room, void *stream)
{
    struct reader *reader = stream;
    if (reader->newline_owed)
        return give(reader, out, (size_t)room, "", 0);
    settle_line(reader);
    if (reader->at == reader->end)
        return NULL;
    const char *line = reader->at;
    const char *newline = memchr(line, '\n', (size_t)(reader->end - line));
    size_t len = (size_t)((newline ? newline : reader->end) - line);
    reader->at = newline ? newline + 1 : reader->end;
    reader->line++;
    if (newline && len > 0 && line[len - 1] == '\r')
        len--;
    bool accepted = accept_line(reader, line, len);
    return give(reader, out, (size_t)room, line, accepted ? len : 0);
}

/* What stands behind it is read as if it were not there: one mistake, one problem. */
static void skip_mark(struct reader *reader)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t len = sizeof mark - 1;
    if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, mark, len) != 0)
        return;
    settings_problems_add(reader->problems, 1, "bad-bytes",
                          "the file begins with a byte order mark: save it without");
    reader->at += len;
}

void settings_ini_read(const char *text, size_t len, struct ini_file *file,
                       struct settings_problems *problems)
{
    struct reader reader = {.at = text, .end = text + len, .file = file, .problems = problems};
    *file = (struct ini_file){0};
    skip_mark(&reader);
    if (ini_parse_stream(read_line, &reader, take_pair, &reader) < 0)
        settings_problems_add(problems, 0, "unreadable", "inih could not read the file to its end");
}

static void clear_entry(struct ini_entry *entry)
{
    for (size_t i = 0; i < entry->pieces; i++)
        free(entry->piece[i].text);
    free(entry->piece);
    free(entry->key);
}

void settings_ini_clear(struct ini_file *file)
{
    for (size_t i = 0; i < file->sections; i++) {
        for (size_t j = 0; j < file->section[i].entries; j++)
            clear_entry(&file->section[i].entry[j]);
        free(file->section[i].entry);
        free(file->section[i].name);
    }
    free(file->section);
    *file = (struct ini_file){0};
}
