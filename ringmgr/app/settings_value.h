/*
 * One parser a kind of value, for the table of keys (settings_table.c). Each reads one piece of text, never
 * empty, into the field that it is given, or adds a problem and leaves the field alone.
 */
#ifndef RINGMGR_APP_SETTINGS_VALUE_H
#define RINGMGR_APP_SETTINGS_VALUE_H

#include "ringmgr/app/settings_problems.h"

/* Where the piece stands. */
struct value_place {
    struct settings_problems *problems;
    unsigned line;
    const char *section;
    const char *key;
    bool first; /* of the pieces of a list: what the field held before goes */
};

/* Adds a problem with a value, with its section and key before the sentence. */
#define VALUE_REFUSE(place, code, format, ...)                                                               \
    settings_problems_add((place)->problems, (place)->line, code, "[%s] %s: " format, (place)->section,      \
                          (place)->key, __VA_ARGS__)

/* A whole number in these bounds, both included. */
void value_read_number(const struct value_place *place, const char *text, unsigned least, unsigned most,
                       unsigned *number);

/* Whether a text is what value_read_unc() takes, as it is: \\server\share, folders may follow. */
bool value_is_unc(const char *text);

typedef void value_read_fn(const struct value_place *place, const char *text, void *field);

/* Fields of type char * */
value_read_fn value_read_text;
value_read_fn value_read_path;   /* absolute, without "." and ".." */
value_read_fn value_read_socket; /* the same, short enough for a socket's address; "" */
value_read_fn value_read_url;    /* http, https or file; loses its trailing slash */
value_read_fn value_read_proxy;
value_read_fn value_read_unc;  /* \\server\share, folders may follow; loses its trailing backslash */
value_read_fn value_read_http; /* http or https, as clients use it; loses its trailing slashes */
value_read_fn value_read_user;
value_read_fn value_read_timezone; /* a file of /usr/share/zoneinfo */

/* Fields of type unsigned, int64_t, uint64_t, bool, an enum, const struct channel * */
value_read_fn value_read_count;
value_read_fn value_read_bytes; /* K, M, G and T are powers of 1024 */
value_read_fn value_read_connections;
value_read_fn value_read_duration;
value_read_fn value_read_yes_no;
value_read_fn value_read_publish;
value_read_fn value_read_link;
value_read_fn value_read_channel;

/* Lists: a set of enum architecture, fields of type struct strv */
value_read_fn value_read_architectures;
value_read_fn value_read_cultures;
value_read_fn value_read_approvers;
value_read_fn value_read_accounts;

#endif
