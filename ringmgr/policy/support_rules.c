#include "ringmgr/policy/support_rules.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/policy/support_dates.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MONTHS_MAX = 240, DAYS_MAX = 3650, COLUMNS = 10 };

static const char blanks[] = " \t";

const char *support_basis_text(enum support_basis basis)
{
    static const char *const text[] = {"none", "window", "microsoft", "estimated", "product"};
    return text[basis];
}

/* A row on its way in: what a cell may be read into, and what is wrong with it. */
struct reading {
    struct support_rule *rule;
    char *why;
    size_t why_size;
};

static bool PRINTF_LIKE(2, 3) refuse(const struct reading *reading, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(reading->why, reading->why_size, format, args);
    va_end(args);
    return false;
}

/* Digits alone, up to `most`. */
static bool read_number(const char *text, unsigned most, unsigned *number)
{
    size_t len = strspn(text, "0123456789");
    if (len == 0 || len > 9 || text[len] != 0)
        return false;
    unsigned long value = strtoul(text, NULL, 10);
    *number = (unsigned)value;
    return value <= most;
}

/* Not before 1970: a negative time stands for none. */
static bool read_date(const char *text, int64_t *at_unix)
{
    char full[CLOCK_TEXT_SIZE];
    if (strlen(text) != strlen("2026-08-22"))
        return false;
    snprintf(full, sizeof full, "%sT00:00:00Z", text);
    return clock_parse(full, at_unix) && *at_unix >= 0;
}

unsigned support_version_number(const char *version)
{
    unsigned number = 0;
    if (strlen(version) != 4 || !read_number(version, 9999, &number))
        return 0;
    unsigned month = number % 100;
    return month >= 1 && month <= 12 ? number : 0;
}

typedef bool read_cell_fn(const char *text, const struct reading *reading);

static bool read_channel(const char *text, const struct reading *reading)
{
    reading->rule->channel = channel_find(text);
    return reading->rule->channel || refuse(reading, "there is no channel \"%.64s\"", text);
}

static bool read_version(const char *text, unsigned *version, const struct reading *reading)
{
    *version = support_version_number(text);
    return *version || refuse(reading, "\"%.64s\" is no version (YYMM)", text);
}

static bool read_from_version(const char *text, const struct reading *reading)
{
    return read_version(text, &reading->rule->from_version, reading);
}

static bool read_to_version(const char *text, const struct reading *reading)
{
    return read_version(text, &reading->rule->to_version, reading);
}

static bool read_first_from(const char *text, const struct reading *reading)
{
    return read_date(text, &reading->rule->first_from_unix) ||
           refuse(reading, "\"%.64s\" is no date (YYYY-MM-DD)", text);
}

static bool read_first_to(const char *text, const struct reading *reading)
{
    if (!read_date(text, &reading->rule->first_until_unix))
        return refuse(reading, "\"%.64s\" is no date (YYYY-MM-DD)", text);
    reading->rule->first_until_unix += SUPPORT_DAY_SECONDS;
    return true;
}

static bool read_begins(const char *text, const struct reading *reading)
{
    reading->rule->says_begins = true;
    return read_number(text, MONTHS_MAX, &reading->rule->begins_months) ||
           refuse(reading, "begins \"%.64s\" is no number of months (0 to %d)", text, MONTHS_MAX);
}

static bool read_amount(const char *text, unsigned most, struct support_rule *rule)
{
    unsigned amount = 0;
    bool good = read_number(text, most, &amount);
    rule->amount = amount;
    return good;
}

static bool read_months(const char *text, struct support_rule *rule)
{
    return read_amount(text, MONTHS_MAX, rule);
}

static bool read_days(const char *text, struct support_rule *rule)
{
    return read_amount(text, DAYS_MAX, rule);
}

static bool read_at(const char *text, struct support_rule *rule)
{
    return read_date(text, &rule->at_unix);
}

/* "16.0.10730.20432 2024-12-10" */
static bool read_build(const char *text, struct support_rule *rule)
{
    struct err ignored;
    size_t len = strcspn(text, blanks);
    char *build AUTO_FREE = mem_strndup(text, len);
    return build_parse(build, &rule->build, &ignored) &&
           read_at(text + len + strspn(text + len, blanks), rule);
}

static bool read_nothing(const char *text, struct support_rule *rule)
{
    (void)rule;
    return *text == 0;
}

static const struct {
    const char *begin;
    enum support_count count;
    bool (*read)(const char *text, struct support_rule *rule);
} counts[] = {
    {"none", COUNT_NONE, read_nothing},
    {"second-tuesday+", COUNT_PATCH_DAY, read_months},
    {"build-second-tuesday+", COUNT_BUILD_PATCH_DAY, read_months},
    {"next-version+", COUNT_NEXT_VERSION, read_days},
    {"days ", COUNT_DAYS, read_days},
    {"date ", COUNT_DATE, read_at},
    {"build ", COUNT_BUILD, read_build},
    {"product ", COUNT_PRODUCT, read_at},
};

static bool read_rule(const char *text, const struct reading *reading)
{
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        size_t len = strlen(counts[i].begin);
        if (strncmp(text, counts[i].begin, len) != 0)
            continue;
        reading->rule->count = counts[i].count;
        if (counts[i].read(text + len, reading->rule))
            return true;
    }
    return refuse(reading, "\"%.64s\" is no rule", text);
}

static bool read_basis(const char *text, const struct reading *reading)
{
    static const enum support_basis known[] = {SUPPORT_MICROSOFT, SUPPORT_ESTIMATED, SUPPORT_PRODUCT};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(text, support_basis_text(known[i])) == 0) {
            reading->rule->basis = known[i];
            return true;
        }
    return refuse(reading, "basis \"%.64s\" is neither microsoft nor estimated nor product", text);
}

/* "45 14 7" */
static bool read_warn(const char *text, const struct reading *reading)
{
    struct support_rule *rule = reading->rule;
    AUTO_STRV days = {0};
    strv_split(&days, text);
    if (days.len > SUPPORT_WARNS)
        return refuse(reading, "warn has more than %d numbers of days", SUPPORT_WARNS);
    for (rule->warns = 0; rule->warns < days.len; rule->warns++)
        if (!read_number(days.item[rule->warns], DAYS_MAX, &rule->warn_days[rule->warns]))
            return refuse(reading, "warn \"%.64s\" is no list of days (0 to %d)", text, DAYS_MAX);
    return true;
}

static bool read_minimum(const char *text, const struct reading *reading)
{
    reading->rule->says_minimum = true;
    return read_number(text, DAYS_MAX, &reading->rule->minimum_days) ||
           refuse(reading, "minimum \"%.64s\" is no number of days (0 to %d)", text, DAYS_MAX);
}

static bool read_source(const char *text, const struct reading *reading)
{
    reading->rule->source = mem_strdup(text);
    return true;
}

static const struct {
    const char *name;
    bool needed;
    read_cell_fn *read;
} columns[COLUMNS] = {
    {"channel", true, read_channel},
    {"from_version", false, read_from_version},
    {"to_version", false, read_to_version},
    {"first_from", false, read_first_from},
    {"first_to", false, read_first_to},
    {"begins", false, read_begins},
    {"rule", true, read_rule},
    {"basis", true, read_basis},
    {"warn", false, read_warn},
    {"minimum", false, read_minimum},
};

enum { NO_COLUMN = -1, SOURCE = COLUMNS };

/* One file being read. */
struct file {
    const char *at, *end;
    unsigned line;
    int column[COLUMNS + 1]; /* which column each cell of a line is; SOURCE is the last that there can be */
    size_t cells;            /* of the line of names; 0: not seen yet */
};

static const char *column_name(int column)
{
    return column == SOURCE ? "source" : columns[column].name;
}

/* The next line without its end; false at the end of the file. */
static bool next_line(struct file *file, const char **line, size_t *len)
{
    if (file->at == file->end)
        return false;
    const char *newline = memchr(file->at, '\n', (size_t)(file->end - file->at));
    *line = file->at;
    *len = (size_t)((newline ? newline : file->end) - file->at);
    file->at = newline ? newline + 1 : file->end;
    file->line++;
    if (*len > 0 && (*line)[*len - 1] == '\r')
        --*len;
    return true;
}

/* Whether a line has nothing to read, or only a comment. */
static bool is_idle(const char *line)
{
    line += strspn(line, blanks);
    return *line == 0 || *line == '#';
}

/* A cell in quotes, "" for one of them (RFC 4180); *text is then behind it. NULL if the last quote is
 * missing. */
static char *take_quoted(const char **text)
{
    AUTO_BUF cell = {0};
    const char *at = *text + 1;
    buf_puts(&cell, "");
    for (; *at && (*at != '"' || at[1] == '"'); at++) {
        buf_append(&cell, at, 1);
        at += *at == '"';
    }
    if (!*at)
        return NULL;
    *text = at + 1 + strspn(at + 1, blanks);
    return mem_strdup(buf_text(&cell));
}

/* A cell without quotes, and without the blanks around it. */
static char *take_plain(const char **text)
{
    size_t len = strcspn(*text, ",");
    size_t kept = len;
    while (kept > 0 && strchr(blanks, (*text)[kept - 1]))
        kept--;
    char *cell = mem_strndup(*text, kept);
    *text += len;
    return cell;
}

static bool split_line(const char *text, struct strv *cells, const struct reading *reading)
{
    for (;; text++) {
        text += strspn(text, blanks);
        char *cell AUTO_FREE = *text == '"' ? take_quoted(&text) : take_plain(&text);
        if (!cell)
            return refuse(reading, "a quotation mark that is not closed");
        if (*text && *text != ',')
            return refuse(reading, "something behind a closed quotation mark");
        strv_add(cells, cell);
        if (!*text)
            return true;
    }
}

static int find_column(const char *name)
{
    for (int i = 0; i <= COLUMNS; i++)
        if (strcmp(name, column_name(i)) == 0)
            return i;
    return NO_COLUMN;
}

static bool has_column(const struct file *file, int column)
{
    for (size_t i = 0; i < file->cells; i++)
        if (file->column[i] == column)
            return true;
    return false;
}

/* The line that names the columns, in any order. */
static bool read_names(const struct strv *cells, struct file *file, const struct reading *reading)
{
    for (size_t i = 0; i < cells->len; i++) {
        int column = find_column(cells->item[i]);
        if (column == NO_COLUMN)
            return refuse(reading, "there is no column \"%.64s\"", cells->item[i]);
        if (has_column(file, column))
            return refuse(reading, "column \"%s\" occurs twice", column_name(column));
        file->column[file->cells++] = column;
    }
    for (int i = 0; i <= COLUMNS; i++)
        if ((i == SOURCE || columns[i].needed) && !has_column(file, i))
            return refuse(reading, "column \"%s\" is missing", column_name(i));
    return true;
}

static bool read_cell(int column, const char *text, const struct reading *reading)
{
    if (*text)
        return column == SOURCE ? read_source(text, reading) : columns[column].read(text, reading);
    if (column == SOURCE || columns[column].needed)
        return refuse(reading, "%s is empty", column_name(column));
    return true;
}

/* What no cell alone can say. */
static bool check_row(const struct reading *reading)
{
    const struct support_rule *rule = reading->rule;
    bool product = rule->basis == SUPPORT_PRODUCT;
    if ((rule->count == COUNT_PRODUCT) != product)
        return refuse(reading, "rule product and basis product belong together");
    if (rule->from_version > rule->to_version)
        return refuse(reading, "from_version is later than to_version");
    if (rule->first_from_unix >= rule->first_until_unix)
        return refuse(reading, "first_from is later than first_to");
    return true;
}

static bool read_row(const struct strv *cells, const struct file *file, const struct reading *reading)
{
    *reading->rule = (struct support_rule){
        .to_version = UINT_MAX, .first_from_unix = INT64_MIN, .first_until_unix = INT64_MAX};
    if (cells->len != file->cells)
        return refuse(reading, "%zu cells, not %zu as the first line has", cells->len, file->cells);
    for (size_t i = 0; i < cells->len; i++)
        if (!read_cell(file->column[i], cells->item[i], reading))
            return false;
    return check_row(reading);
}

static bool read_line(const char *text, struct file *file, struct support_rules *rules, char *why,
                      size_t why_size)
{
    AUTO_STRV cells = {0};
    struct support_rule rule = {0};
    struct reading reading = {.rule = &rule, .why = why, .why_size = why_size};
    if (is_idle(text))
        return true;
    if (!split_line(text, &cells, &reading))
        return false;
    if (file->cells == 0)
        return read_names(&cells, file, &reading);
    if (!read_row(&cells, file, &reading)) {
        free(rule.source);
        return false;
    }
    rules->row = mem_grow(rules->row, rules->len, sizeof *rules->row);
    rules->row[rules->len++] = rule;
    return true;
}

/* Takes back what was appended behind `len` rows. */
static void shorten(struct support_rules *rules, size_t len)
{
    while (rules->len > len)
        free(rules->row[--rules->len].source);
}

static bool read_lines(struct file *file, const char *name, struct support_rules *rules, struct err *err)
{
    char why[256];
    const char *line;
    size_t len;
    while (next_line(file, &line, &len)) {
        char *text AUTO_FREE = mem_strndup(line, len);
        if (memchr(line, 0, len))
            return err_set(err, ERR_USAGE, "%s:%u: a byte that is zero", name, file->line);
        if (!read_line(text, file, rules, why, sizeof why))
            return err_set(err, ERR_USAGE, "%s:%u: %s", name, file->line, why);
    }
    return file->cells > 0 || err_set(err, ERR_USAGE, "%s: no line with the names of its columns", name);
}

bool support_rules_parse(const void *text, size_t len, const char *name, struct support_rules *rules,
                         struct err *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* what some editors put before UTF-8 */
    size_t before = rules->len;
    size_t skipped = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    const char *begin = len ? text : "";
    struct file file = {.at = begin + skipped, .end = begin + len};
    if (read_lines(&file, name, rules, err))
        return true;
    shorten(rules, before);
    return false;
}

void support_rules_clear(struct support_rules *rules)
{
    shorten(rules, 0);
    free(rules->row);
    *rules = (struct support_rules){0};
}
