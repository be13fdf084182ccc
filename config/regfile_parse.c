#include "config/regfile_parse.h"
#include "config/utf16.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_5 "Windows Registry Editor Version 5.00"
#define HEADER_4 "REGEDIT4"

/* Where values go at the moment. */
enum section {
    SECTION_NONE,   /* before the first key */
    SECTION_OPEN,   /* to a key */
    SECTION_GONE,   /* nowhere: the key above is one that the file deletes */
    SECTION_MISREAD /* not where they were meant to go; that was said once */
};

struct reader {
    const char *at, *end; /* what is not read yet */
    char *text;           /* the current line without its end, owned */
    unsigned line;        /* its number, from 1 */
    unsigned last_line;   /* that is not blank */
    unsigned last_added;  /* on which an entry ended */
    bool ansi;            /* REGEDIT4: hex data of texts are in a code page, not UTF-16LE */
    bool headless;        /* the first line was no header; that was said */
    enum section section;
    const char *hive;
    char *key; /* owned */
    struct registry *registry;
    struct findings *findings;
    size_t findings_before;
};

/* What stands behind a value's "=". */
struct data {
    enum registry_action action;
    uint32_t type;
    struct buf text, bytes;
    uint64_t number;
};

static void data_clear(struct data *data)
{
    buf_clear(&data->text);
    buf_clear(&data->bytes);
}

#define AUTO_DATA                                                                                            \
    AUTO(data_clear)                                                                                         \
    struct data

/* Always false. */
static bool bad(struct reader *reader, const char *sentence)
{
    findings_add(reader->findings, reader->line, FINDING_ERROR, "bad-reg-line", "%s", sentence);
    return false;
}

/* ---- the file as text ---- */

static bool starts(const void *bytes, size_t len, const char *with, size_t with_len)
{
    return len >= with_len && memcmp(bytes, with, with_len) == 0;
}

static bool bad_encoding(struct findings *findings, const char *sentence)
{
    findings_add(findings, 0, FINDING_ERROR, "bad-reg-encoding",
                 "%s: save it as UTF-16LE with BOM, which editors call Unicode or UTF-16 LE", sentence);
    return false;
}

static bool is_ascii(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] >= 0x80)
            return false;
    return true;
}

static void decode_8_bit(const uint8_t *bytes, size_t len, struct buf *text, struct findings *findings)
{
    if (starts(bytes, len, "\xef\xbb\xbf", 3)) {
        findings_add(findings, 0, FINDING_WARNING, "bad-reg-encoding",
                     "not every regedit reads UTF-8 with BOM: save the file as UTF-16LE with BOM");
        bytes += 3;
        len -= 3;
    } else if (!is_ascii(bytes, len)) {
        findings_add(findings, 0, FINDING_WARNING, "bad-reg-encoding",
                     "regedit reads the file in the code page of each machine, which changes what is not "
                     "ASCII: save it as UTF-16LE with BOM");
    }
    if (utf8_is_valid(bytes, len))
        buf_append(text, bytes, len);
    else
        windows1252_read(bytes, len, text);
}

static bool decode(const uint8_t *bytes, size_t len, struct buf *text, struct findings *findings)
{
    struct err err = {0};
    if (starts(bytes, len, "\xff\xfe", 2))
        return utf16_read(bytes + 2, len - 2, text, &err) ||
               bad_encoding(findings, "the file begins as UTF-16LE but is not");
    if (starts(bytes, len, "\xfe\xff", 2))
        return bad_encoding(findings, "the file is UTF-16BE, which regedit does not read");
    if (len >= 2 && !bytes[1])
        return bad_encoding(findings, "the file is UTF-16 without BOM, which regedit does not read");
    decode_8_bit(bytes, len, text, findings);
    return true;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* Whether nothing but a comment is left of a line. */
static bool is_rest_empty(const char *at)
{
    at = skip_blanks(at);
    return !*at || *at == ';';
}

/* False behind the last line, and where so much was wrong that going on would tell nobody anything. */
static bool next_line(struct reader *reader)
{
    if (reader->at == reader->end ||
        reader->findings->len - reader->findings_before >= LIMIT_REGISTRY_FINDINGS)
        return false;
    const char *start = reader->at;
    while (reader->at < reader->end && *reader->at != '\r' && *reader->at != '\n')
        reader->at++;
    size_t len = (size_t)(reader->at - start);
    if (reader->at < reader->end)
        reader->at += *reader->at == '\r' && reader->end - reader->at > 1 && reader->at[1] == '\n' ? 2 : 1;
    free(reader->text);
    reader->text = mem_strndup(start, len);
    reader->line++;
    if (memchr(start, 0, len)) {
        bad(reader, "the line has a NUL in it, at which regedit stops to read it: take it out");
        *reader->text = 0;
    }
    if (*skip_blanks(reader->text))
        reader->last_line = reader->line;
    return true;
}

/* ---- keys ---- */

struct hive {
    const char *name, *short_name;
};

static const struct hive hives[] = {{"HKEY_LOCAL_MACHINE", "HKLM"},
                                    {"HKEY_CURRENT_USER", "HKCU"},
                                    {"HKEY_CLASSES_ROOT", "HKCR"},
                                    {"HKEY_USERS", "HKU"},
                                    {"HKEY_CURRENT_CONFIG", "HKCC"}};

enum { HIVES = sizeof hives / sizeof *hives };

static bool is_word(const char *word, const char *text, size_t len)
{
    return strlen(word) == len && strncasecmp(word, text, len) == 0;
}

static bool find_hive(struct reader *reader, const char *text, size_t len)
{
    for (size_t i = 0; i < HIVES; i++) {
        if (is_word(hives[i].name, text, len)) {
            reader->hive = hives[i].name;
            return true;
        }
        if (is_word(hives[i].short_name, text, len)) {
            findings_add(reader->findings, reader->line, FINDING_ERROR, "bad-reg-line",
                         "regedit does not know %s and leaves the key out: write %s", hives[i].short_name,
                         hives[i].name);
            return false;
        }
    }
    return bad(reader, "the key begins with no hive that regedit knows, such as HKEY_LOCAL_MACHINE: it is "
                       "left out");
}

static void add(struct reader *reader, unsigned line, const char *name, const struct data *data)
{
    if (reader->registry->len >= LIMIT_REGISTRY_ENTRIES) {
        findings_add(reader->findings, reader->line, FINDING_ERROR, "bad-reg-line",
                     "the file has more than %d values: nothing from here on is read",
                     LIMIT_REGISTRY_ENTRIES);
        reader->at = reader->end;
        return;
    }
    reader->last_added = reader->line;
    *registry_add(reader->registry) = (struct registry_entry){.line = line,
                                                              .action = data->action,
                                                              .hive = mem_strdup(reader->hive),
                                                              .key = mem_strdup(reader->key),
                                                              .name = mem_strdup(name),
                                                              .type = data->type,
                                                              .text = mem_strdup(buf_text(&data->text)),
                                                              .number = data->number};
}

/* The path of a key, which is cut in place. */
static bool set_key(struct reader *reader, char *path)
{
    size_t hive_len = strcspn(path, "\\");
    if (!find_hive(reader, path, hive_len))
        return false;
    char *key = path + hive_len + (path[hive_len] != 0);
    size_t len = strlen(key);
    if (len > LIMIT_REGISTRY_KEY_BYTES)
        return bad(reader, "the key is longer than any key of Office or Windows");
    if (*key == '\\' || strstr(key, "\\\\"))
        return bad(reader, "the key has two backslashes in a row: in keys each is written once");
    if (len && key[len - 1] == '\\')
        key[len - 1] = 0;
    free(reader->key);
    reader->key = mem_strdup(key);
    return true;
}

/* [KEY] or [-KEY]; `at` is behind the bracket. */
static bool read_section(struct reader *reader, char *at)
{
    static const struct data none = {.action = REGISTRY_REMOVE_KEY};
    char *close = strrchr(at, ']');
    bool removes = *at == '-';
    if (!close)
        return bad(reader, "the key has no closing bracket: regedit leaves it out and writes the values "
                           "below it to the key above");
    if (*at == ' ' || *at == '\t')
        return bad(reader, "the key begins with a blank: regedit leaves it out and writes the values below "
                           "it to the key above");
    *close = 0;
    if (!set_key(reader, at + removes))
        return false;
    if (removes && !*reader->key)
        return bad(reader, "a whole hive cannot be deleted: name the key");
    if (removes)
        add(reader, reader->line, "", &none);
    reader->section = removes ? SECTION_GONE : SECTION_OPEN;
    return true;
}

/* ---- data ---- */

/* What regedit makes of the character behind a backslash; false where it leaves the whole value out. */
static bool unescape(char c, struct buf *text, bool *misread)
{
    if (!c || c == '0')
        return false;
    *misread |= c != '\\' && c != '"';
    c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
    buf_append(text, &c, 1);
    return true;
}

/* A text whose opening quotation mark is read; *at is then behind the closing one. */
static bool read_string(struct reader *reader, const char **at, struct buf *text)
{
    bool misread = false;
    const char *c = *at;
    for (; *c && *c != '"'; c++) {
        if (*c != '\\')
            buf_append(text, c, 1);
        else if (!unescape(*++c, text, &misread))
            return bad(reader, "regedit leaves the value out: \\0, or a backslash or nothing where a closing "
                               "quotation mark is needed");
    }
    if (!*c)
        return bad(reader, "the text has no closing quotation mark: regedit leaves the value out");
    if (misread)
        findings_add(reader->findings, reader->line, FINDING_ERROR, "bad-reg-escape",
                     "a text has a single backslash, which regedit drops or makes a line break of: write two "
                     "for each");
    *at = c + 1;
    return true;
}

/* -1 for what is none. */
static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) % 16 : -1;
}

/* Up to `most` hex digits, one at least; *at is then behind them. */
static bool read_hex_number(const char **at, unsigned most, uint32_t *number)
{
    const char *start = *at;
    *number = 0;
    for (; hex_digit(**at) >= 0; ++*at) {
        if ((size_t)(*at - start) >= most)
            return false;
        *number = *number << 4 | (uint32_t)hex_digit(**at);
    }
    return *at > start;
}

static bool read_dword(struct reader *reader, const char *at, struct data *data)
{
    uint32_t number;
    at = skip_blanks(at);
    if (!read_hex_number(&at, 8, &number) || !is_rest_empty(at))
        return bad(reader, "dword: needs one to eight hex digits and nothing else: regedit leaves the value "
                           "out");
    data->type = REGISTRY_DWORD;
    data->number = number;
    return true;
}

/* The bytes of one line; *more where it ends with a backslash. */
static bool read_hex_line(struct reader *reader, const char *at, struct buf *bytes, bool *more)
{
    static const char wrong[] = "hex data are bytes of one or two hex digits with a comma between them, and "
                                "before a backslash at the end of a line: regedit leaves the value out";
    uint32_t number;
    for (at = skip_blanks(at); hex_digit(*at) >= 0; at = skip_blanks(at + 1)) {
        if (!read_hex_number(&at, 2, &number))
            return bad(reader, wrong);
        buf_append(bytes, &(uint8_t){(uint8_t)number}, 1);
        if (*at != ',')
            return is_rest_empty(at) || bad(reader, wrong);
    }
    *more = *at == '\\';
    return is_rest_empty(at + *more) || bad(reader, wrong);
}

static bool read_hex(struct reader *reader, const char *at, struct buf *bytes)
{
    bool more = false;
    bool good = read_hex_line(reader, at, bytes, &more);
    while (good && more) {
        do {
            if (!next_line(reader))
                return true;
            at = skip_blanks(reader->text);
        } while (is_rest_empty(at));
        more = false;
        good = hex_digit(*at) >= 0
                   ? read_hex_line(reader, at, bytes, &more)
                   : bad(reader, "the line above goes on with \"\\\" but this one has no hex data: regedit "
                                 "leaves out both");
    }
    return good;
}

/* Bytes of a text up to its NUL, which regedit adds where it is missing. */
static bool text_of(struct reader *reader, struct data *data)
{
    struct err err = {0};
    const uint8_t *bytes = data->bytes.data;
    size_t len = data->bytes.len, step = reader->ansi ? 1 : 2, end = 0;
    while (len - end >= step && (bytes[end] || bytes[end + step - 1]))
        end += step;
    if (reader->ansi)
        windows1252_read(bytes, end, &data->text);
    else if (len % 2 || !utf16_read(bytes, end, &data->text, &err))
        return bad(reader, "the hex data are no text in UTF-16LE");
    return true;
}

static bool number_of(struct reader *reader, struct data *data, size_t size)
{
    if (data->bytes.len != size)
        return bad(reader, size == 4 ? "a DWORD needs four bytes: programs ignore others"
                                     : "a QWORD needs eight bytes: programs ignore others");
    for (size_t i = 0; i < size; i++)
        data->number |= (uint64_t)data->bytes.data[i] << 8 * i;
    return true;
}

static bool read_typed(struct reader *reader, uint32_t type, const char *at, struct data *data)
{
    data->type = type;
    if (!read_hex(reader, at, &data->bytes))
        return false;
    if (type == REGISTRY_SZ || type == REGISTRY_EXPAND_SZ)
        return text_of(reader, data);
    if (type == REGISTRY_DWORD || type == REGISTRY_QWORD)
        return number_of(reader, data, type == REGISTRY_DWORD ? 4 : 8);
    return true;
}

static bool skip_word(const char **at, const char *word)
{
    size_t len = strlen(word);
    bool is = strncmp(*at, word, len) == 0;
    *at += is ? len : 0;
    return is;
}

/* Skips "dword:" or "hex…", which regedit writes in small letters. */
static bool skip_type(struct reader *reader, const char **at, const char *word)
{
    const char *start = *at;
    size_t len = strlen(word);
    if (strncasecmp(start, word, len) != 0)
        return false;
    *at += len;
    if (strncmp(start, word, len) != 0)
        findings_add(reader->findings, reader->line, FINDING_WARNING, "bad-reg-line",
                     "write %s in small letters: not every program knows it otherwise", word);
    return true;
}

static bool read_data(struct reader *reader, const char *at, struct data *data)
{
    uint32_t type;
    if (skip_word(&at, "-")) {
        data->action = REGISTRY_REMOVE_VALUE;
        return is_rest_empty(at) ||
               bad(reader, "something stands behind \"=-\": regedit leaves the line out");
    }
    if (skip_word(&at, "\"")) {
        data->type = REGISTRY_SZ;
        return read_string(reader, &at, &data->text) &&
               (is_rest_empty(at) || bad(reader, "something stands behind the closing quotation mark: "
                                                 "regedit leaves the value out (comments begin with \";\")"));
    }
    if (skip_type(reader, &at, "dword:"))
        return read_dword(reader, at, data);
    if (skip_type(reader, &at, "hex:"))
        return read_typed(reader, REGISTRY_BINARY, at, data);
    if (skip_type(reader, &at, "hex(") && read_hex_number(&at, 8, &type) && skip_word(&at, "):"))
        return read_typed(reader, type, at, data);
    return bad(reader, "behind \"=\" must stand a text in quotation marks, dword:, hex:, hex(TYPE): or -: "
                       "regedit leaves the value out");
}

/* ---- lines ---- */

static bool read_value(struct reader *reader, const char *at)
{
    AUTO_BUF name = {0};
    AUTO_DATA data = {.action = REGISTRY_SET};
    unsigned line = reader->line;
    if (*at++ == '"' && !read_string(reader, &at, &name))
        return false;
    at = skip_blanks(at);
    if (*at != '=')
        return bad(reader, "the name has no \"=\" behind it: regedit leaves the value out");
    if (!read_data(reader, skip_blanks(at + 1), &data))
        return false;
    if (reader->section == SECTION_NONE)
        return bad(reader, "the value stands before any [key]: regedit leaves it out");
    if (reader->section == SECTION_GONE)
        return bad(reader, "the value stands below a key that the file deletes: regedit leaves it out; "
                           "write the key again without \"-\"");
    if (reader->section == SECTION_OPEN)
        add(reader, line, buf_text(&name), &data);
    return true;
}

static bool looks_like_header(const char *text)
{
    text = skip_blanks(text);
    return strncasecmp(text, "Windows Registry Editor", 23) == 0 || strncasecmp(text, "REGEDIT", 7) == 0;
}

static void read_line(struct reader *reader)
{
    char *at = reader->text + strspn(reader->text, " \t");
    if (is_rest_empty(at) || (reader->headless && looks_like_header(at)))
        return;
    if (*at == '[') {
        reader->section = SECTION_MISREAD;
        read_section(reader, at + 1);
    } else if (*at == '"' || *at == '@') {
        read_value(reader, at);
    } else if (*at == '#') {
        findings_add(reader->findings, reader->line, FINDING_WARNING, "bad-reg-line",
                     "comments begin with \";\": regedit leaves this line out as one that it does not know");
    } else {
        bad(reader, "the line is neither a [key] nor a \"name\"=value: regedit leaves it out");
    }
}

static void check_header(struct reader *reader, bool wide)
{
    const char *text = skip_blanks(reader->text);
    reader->ansi = strcmp(text, HEADER_4) == 0;
    reader->headless = !reader->ansi && strcmp(text, HEADER_5) != 0;
    if (reader->headless)
        findings_add(reader->findings, 1, FINDING_ERROR, "bad-reg-header",
                     "regedit imports nothing of a file whose first line is not exactly \"" HEADER_5
                     "\" (or " HEADER_4 ")");
    if (reader->ansi && wide)
        findings_add(reader->findings, 1, FINDING_WARNING, "bad-reg-header",
                     HEADER_4 " is for files in a code page, this one is UTF-16LE: write \"" HEADER_5 "\"");
    if (reader->headless)
        read_line(reader);
}

/* Samba leaves the last value out where no line comes behind it, regedit of old where its line has no end. */
static void check_end(const struct reader *reader, const struct buf *text)
{
    unsigned ends = 0;
    size_t len = text->len;
    for (; len && strchr(" \t\r\n", text->data[len - 1]); len--)
        ends += text->data[len - 1] == '\n' || (text->data[len - 1] == '\r' && text->data[len] != '\n');
    if (ends < 2 && reader->last_added && reader->last_added == reader->last_line)
        findings_add(reader->findings, reader->last_line, FINDING_NOTE, "no-final-newline",
                     "end the file with a blank line: without one some programs leave the last value out");
}

void regfile_parse(const void *bytes, size_t len, struct registry *registry, struct findings *findings)
{
    AUTO_BUF text = {0};
    struct reader reader = {.registry = registry, .findings = findings, .findings_before = findings->len};
    if (!decode(bytes, len, &text, findings))
        return;
    reader.at = buf_text(&text);
    reader.end = reader.at + text.len;
    if (next_line(&reader))
        check_header(&reader, starts(bytes, len, "\xff\xfe", 2));
    else
        findings_add(findings, 0, FINDING_ERROR, "bad-reg-header", "the file is empty");
    while (next_line(&reader))
        read_line(&reader);
    if (reader.at < reader.end)
        findings_add(findings, reader.line, FINDING_ERROR, "bad-reg-line",
                     "so much is wrong up to here that the rest is not read");
    else
        check_end(&reader, &text);
    free(reader.text);
    free(reader.key);
}

/* Without NULs and BOM every encoding of ASCII is the same. Only a .reg file can begin with a comment ";". */
bool regfile_is(const void *bytes, size_t len)
{
    char text[256];
    size_t used = 0;
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len && used < sizeof text - 1; i++)
        if (at[i] && at[i] < 0x80)
            text[used++] = (char)at[i];
    text[used] = 0;
    const char *start = text + strspn(text, " \t\r\n");
    return *start == ';' || looks_like_header(start) || strncasecmp(start, "[HKEY_", 6) == 0;
}
