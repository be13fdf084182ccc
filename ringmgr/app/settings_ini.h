/*
 * The INI file as sections and entries with their lines. The only file that knows inih is settings_ini.c.
 * inih 55 splits lines over 199 bytes silently, cuts section names at 49 bytes, merges duplicates and does
 * not tell its handler the line: our reader feeds it line by line, counts, and refuses each of these.
 */
#ifndef RINGMGR_APP_SETTINGS_INI_H
#define RINGMGR_APP_SETTINGS_INI_H

#include "ringmgr/app/settings_problems.h"

/* What stands on one line of a value; a value without text has no piece. */
struct ini_piece {
    char *text;
    unsigned line;
};

struct ini_entry {
    char *key;
    unsigned line;
    struct ini_piece *piece;
    size_t pieces;
};

struct ini_section {
    char *name; /* "ring pilot" */
    unsigned line;
    struct ini_entry *entry;
    size_t entries;
};

struct ini_file {
    struct ini_section *section;
    size_t sections;
};

/*
 * Reads `len` bytes (NULs among them are a problem, not an end). Sections and keys that were already there
 * are a problem and left out. Fills `file`, which the caller clears.
 */
void settings_ini_read(const char *text, size_t len, struct ini_file *file,
                       struct settings_problems *problems);
/* NULL if there is none of that name. */
const struct ini_section *settings_ini_section(const struct ini_file *file, const char *name);
/* NULL if there is none of that name, or `section` is NULL. */
const struct ini_entry *settings_ini_entry(const struct ini_section *section, const char *key);
void settings_ini_clear(struct ini_file *file);

#define AUTO_INI_FILE                                                                                        \
    AUTO(settings_ini_clear)                                                                                 \
    struct ini_file

#endif
