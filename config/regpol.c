#include "config/regpol.h"
#include "config/utf16.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* MS-GPREG 2.2.1: PolicyFile = Header Body; Header = Signature Version */
static const uint8_t header[] = {'P', 'R', 'e', 'g', 1, 0, 0, 0};

/* ---- writing ---- */

static void put_u32(struct buf *out, uint32_t number)
{
    uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                        (uint8_t)(number >> 24)};
    buf_append(out, bytes, sizeof bytes);
}

static void put_nul(struct buf *out)
{
    buf_append(out, "\0", 2);
}

static bool put_name(struct buf *out, const struct policy_value *value, struct err *err)
{
    size_t start = out->len;
    if (value->remove)
        utf16_put_ascii(out, REGPOL_REMOVE);
    if (!utf16_put(out, value->setting->name, "the name of a registry value", err))
        return false;
    if (out->len - start > (size_t)LIMIT_POL_NAME_UNITS * 2)
        return err_set(err, ERR_USAGE, "%.60s…: a name in a Registry.pol may have %d characters",
                       value->setting->name, LIMIT_POL_NAME_UNITS);
    put_nul(out);
    return true;
}

/* A removed value's data mean nothing; the Group Policy editor writes one blank. */
static bool make_data(const struct policy_value *value, struct buf *data, struct err *err)
{
    const struct policy_setting *setting = value->setting;
    if (!value->remove && setting->type == POLICY_DWORD) {
        put_u32(data, value->number);
        return true;
    }
    if (!utf16_put(data, value->remove ? " " : value->text, setting->name, err))
        return false;
    put_nul(data);
    if (data->len > LIMIT_POL_DATA_BYTES)
        return err_set(err, ERR_USAGE, "%s: a text in a Registry.pol may have %d characters", setting->name,
                       LIMIT_POL_DATA_BYTES / 2 - 1);
    return true;
}

static bool put_value(struct buf *out, const struct policy_value *value, struct err *err)
{
    AUTO_BUF data = {0};
    utf16_put_ascii(out, "[");
    if (!utf16_put(out, value->setting->key, "a registry key", err))
        return false;
    put_nul(out);
    utf16_put_ascii(out, ";");
    if (!put_name(out, value, err) || !make_data(value, &data, err))
        return false;
    utf16_put_ascii(out, ";");
    put_u32(out, value->remove ? REGISTRY_SZ : value->setting->type);
    utf16_put_ascii(out, ";");
    put_u32(out, (uint32_t)data.len);
    utf16_put_ascii(out, ";");
    buf_append(out, data.data, data.len);
    utf16_put_ascii(out, "]");
    return true;
}

bool regpol_write(const struct policy *policy, struct buf *out, struct err *err)
{
    AUTO_BUF file = {0};
    buf_append(&file, header, sizeof header);
    for (size_t i = 0; i < policy->len; i++)
        if (!put_value(&file, &policy->item[i], err))
            return false;
    buf_append(out, file.data, file.len);
    return true;
}

/* ---- reading ---- */

_Static_assert(LIMIT_REGISTRY_ENTRIES == 20000 && LIMIT_POL_DATA_BYTES == 65535 &&
                   LIMIT_POL_NAME_UNITS == 259,
               "sentences below name them");

struct reader {
    const uint8_t *at, *end;
    unsigned entry; /* from 1 */
    struct registry *registry;
    struct findings *findings;
};

/* One instruction of the file as it stands there. */
struct instruction {
    char *key, *name; /* owned, UTF-8 */
    uint32_t type, size_bytes;
    const uint8_t *data;
};

static void instruction_clear(struct instruction *instruction)
{
    free(instruction->key);
    free(instruction->name);
}

#define AUTO_INSTRUCTION                                                                                     \
    AUTO(instruction_clear)                                                                                  \
    struct instruction

/* Always false. */
static bool bad(struct reader *reader, const char *sentence)
{
    findings_add(reader->findings, reader->entry, FINDING_ERROR, "bad-pol",
                 "%s; clients may skip the file: write it anew with the tool that made it", sentence);
    return false;
}

static size_t rest(const struct reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static uint32_t unit_at(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8;
}

static bool expect(struct reader *reader, char unit, const char *sentence)
{
    if (rest(reader) < 2 || unit_at(reader->at) != (uint8_t)unit)
        return bad(reader, sentence);
    reader->at += 2;
    return true;
}

static bool read_u32(struct reader *reader, uint32_t *number)
{
    if (rest(reader) < 4)
        return bad(reader, "the file ends within the entry");
    *number = unit_at(reader->at) | unit_at(reader->at + 2) << 16;
    reader->at += 4;
    return true;
}

/* The bytes before the first NUL of UTF-16; `len` without any. */
static size_t length_to_nul(const uint8_t *at, size_t len)
{
    size_t i = 0;
    while (len - i >= 2 && unit_at(at + i))
        i += 2;
    return len - i >= 2 ? i : len;
}

/* The text of `len` bytes without a NUL, owned by the caller; NULL where it is not UTF-16. */
static char *decode(struct reader *reader, const uint8_t *at, size_t len)
{
    AUTO_BUF text = {0};
    struct err err = {0};
    if (utf16_read(at, len, &text, &err))
        return mem_strdup(buf_text(&text));
    bad(reader, "a text of the entry is not UTF-16");
    return NULL;
}

static bool read_text(struct reader *reader, char **text)
{
    size_t len = length_to_nul(reader->at, rest(reader));
    if (len == rest(reader))
        return bad(reader, "a key or name has no end (NUL)");
    *text = decode(reader, reader->at, len);
    reader->at += len + 2;
    return *text;
}

static bool read_instruction(struct reader *reader, struct instruction *read)
{
    if (!expect(reader, '[', "there is something else than an entry, which begins with \"[\"") ||
        !read_text(reader, &read->key) || !expect(reader, ';', "the key has no \";\" behind it") ||
        !read_text(reader, &read->name) || !expect(reader, ';', "the name has no \";\" behind it") ||
        !read_u32(reader, &read->type) || !expect(reader, ';', "the type has no \";\" behind it") ||
        !read_u32(reader, &read->size_bytes) || !expect(reader, ';', "the size has no \";\" behind it"))
        return false;
    if (read->size_bytes > LIMIT_POL_DATA_BYTES)
        return bad(reader, "the entry's data are larger than 65535 bytes");
    if (read->size_bytes > rest(reader))
        return bad(reader, "the entry's size reaches beyond the end of the file");
    read->data = reader->at;
    reader->at += read->size_bytes;
    return expect(reader, ']', "the data have no \"]\" behind them: the size is wrong");
}

static bool is_directive(const struct instruction *read)
{
    return strncmp(read->name, "**", 2) == 0;
}

static bool check_key(struct reader *reader, const char *key)
{
    size_t len = strlen(key);
    if (!len)
        return bad(reader, "the entry has no key");
    if (len > LIMIT_REGISTRY_KEY_BYTES)
        return bad(reader, "the key is longer than any key of Office or Windows");
    if (key[0] == '\\' || key[len - 1] == '\\' || strstr(key, "\\\\"))
        return bad(reader, "the key has a backslash without a name before or behind it");
    if (strncasecmp(key, "HKEY_", 5) == 0 || strncasecmp(key, "HKLM\\", 5) == 0 ||
        strncasecmp(key, "HKCU\\", 5) == 0)
        return bad(reader, "the key begins with a hive, which the file's folder says already");
    return true;
}

static bool check_name(struct reader *reader, const struct instruction *read)
{
    size_t units = 0;
    for (const char *at = read->name; *at; at++)
        units += (*at & 0xc0) != 0x80 ? (*at & 0xf8) == 0xf0 ? 2 : 1 : 0;
    if (units > LIMIT_POL_NAME_UNITS)
        return bad(reader, "the value's name is longer than 259 characters");
    return true;
}

static bool check_text(struct reader *reader, const struct instruction *read)
{
    size_t len = length_to_nul(read->data, read->size_bytes);
    if (read->size_bytes % 2)
        return bad(reader, "the text has an odd number of bytes");
    if (len == read->size_bytes)
        return bad(reader, "the text has no end (NUL)");
    if (len + 2 != read->size_bytes)
        return bad(reader, "the text goes on behind its end (NUL)");
    return true;
}

static bool check_multi(struct reader *reader, const struct instruction *read)
{
    uint32_t size = read->size_bytes;
    if (size % 2 || size < 2 || unit_at(read->data + size - 2))
        return bad(reader, "the list of texts has no end (NUL)");
    return true;
}

static bool check_data(struct reader *reader, const struct instruction *read)
{
    uint32_t size = read->size_bytes;
    switch (read->type) {
    case REGISTRY_SZ:
    case REGISTRY_EXPAND_SZ:
        return check_text(reader, read);
    case REGISTRY_MULTI_SZ:
        return check_multi(reader, read);
    case REGISTRY_BINARY:
        return true;
    case REGISTRY_DWORD:
    case 5: /* REG_DWORD_BIG_ENDIAN */
        return size == 4 || bad(reader, "a DWORD must have 4 bytes");
    case REGISTRY_QWORD:
        return size == 8 || bad(reader, "a QWORD must have 8 bytes");
    case REGISTRY_NONE: /* makes the key and no value */
        return (!*read->name && !size) || bad(reader, "the value has no type");
    default:
        return bad(reader, "the value has a type that a Registry.pol cannot have");
    }
}

/* Appends an entry; its texts are copied but `text`, which it takes over. */
static bool add(struct reader *reader, enum registry_action action, const char *key, const char *name,
                char *text)
{
    if (reader->registry->len >= LIMIT_REGISTRY_ENTRIES) {
        free(text);
        return bad(reader, "the file has more than 20000 values");
    }
    *registry_add(reader->registry) = (struct registry_entry){.line = reader->entry,
                                                              .action = action,
                                                              .hive = mem_strdup(""),
                                                              .key = mem_strdup(key),
                                                              .name = mem_strdup(name),
                                                              .text = text ? text : mem_strdup("")};
    return true;
}

static uint64_t number_of(const struct instruction *read)
{
    uint64_t number = 0;
    if (read->type == REGISTRY_DWORD || read->type == REGISTRY_QWORD)
        for (uint32_t i = 0; i < read->size_bytes; i++)
            number |= (uint64_t)read->data[i] << 8 * i;
    return number;
}

static bool add_value(struct reader *reader, const struct instruction *read, const char *name)
{
    char *text = NULL;
    if (read->type == REGISTRY_SZ || read->type == REGISTRY_EXPAND_SZ) {
        text = decode(reader, read->data, read->size_bytes - 2);
        if (!text)
            return false;
    }
    if (!add(reader, REGISTRY_SET, read->key, name, text))
        return false;
    struct registry_entry *entry = &reader->registry->item[reader->registry->len - 1];
    entry->type = read->type;
    entry->number = number_of(read);
    return true;
}

/* Data are names with ";" between them: of values, or of keys below the entry's. */
static bool add_list(struct reader *reader, const struct instruction *read, enum registry_action action)
{
    if (read->type != REGISTRY_SZ)
        return bad(reader, "the list of what is to be deleted is no text (REG_SZ)");
    char *list AUTO_FREE = decode(reader, read->data, read->size_bytes - 2);
    if (!list)
        return false;
    for (char *save, *name = strtok_r(list, ";", &save); name; name = strtok_r(NULL, ";", &save)) {
        char *key AUTO_FREE = mem_printf("%s\\%s", read->key, name);
        bool value = action == REGISTRY_REMOVE_VALUE;
        if (!add(reader, action, value ? read->key : key, value ? name : "", NULL))
            return false;
    }
    return true;
}

/* Whether the name is this directive, whatever stands behind it. */
static bool is(const char *name, const char *directive)
{
    return strncasecmp(name, directive, strlen(directive)) == 0;
}

/* MS-GPREG 3.2.5.1: names that begin with "**" say what is done to values and keys. */
static bool add_directive(struct reader *reader, const struct instruction *read)
{
    const char *name = read->name;
    if (is(name, REGPOL_REMOVE))
        return add(reader, REGISTRY_REMOVE_VALUE, read->key, name + strlen(REGPOL_REMOVE), NULL);
    if (is(name, "**delvals"))
        return add(reader, REGISTRY_REMOVE_VALUES, read->key, "", NULL);
    if (is(name, "**deletevalues"))
        return add_list(reader, read, REGISTRY_REMOVE_VALUE);
    if (is(name, "**deletekeys"))
        return add_list(reader, read, REGISTRY_REMOVE_KEY);
    if (is(name, "**soft."))
        return add_value(reader, read, name + strlen("**soft."));
    if (!is(name, "**securekey"))
        findings_add(reader->findings, reader->entry, FINDING_WARNING, "bad-pol",
                     "\"%.60s\" is no instruction that clients know: they leave the entry out", name);
    return true; /* rights of a key are no value */
}

static bool parse_entry(struct reader *reader)
{
    AUTO_INSTRUCTION read = {0};
    if (!read_instruction(reader, &read) || !check_key(reader, read.key) || !check_name(reader, &read) ||
        !check_data(reader, &read))
        return false;
    return is_directive(&read) ? add_directive(reader, &read) : add_value(reader, &read, read.name);
}

void regpol_parse(const void *bytes, size_t len, struct registry *registry, struct findings *findings)
{
    struct reader reader = {.registry = registry, .findings = findings};
    if (len < sizeof header || memcmp(bytes, header, sizeof header) != 0) {
        bad(&reader, "the file does not begin as a Registry.pol of version 1 does");
        return;
    }
    reader.at = (const uint8_t *)bytes + sizeof header;
    reader.end = (const uint8_t *)bytes + len;
    for (reader.entry = 1; reader.at < reader.end; reader.entry++)
        if (!parse_entry(&reader))
            return;
}
