/*
 * Cabinets, read with libarchive into memory under the caps of limits.h. Nothing is ever written to disk from
 * a cabinet. What a cabinet says is worth nothing before authenticode_verify_cab() has accepted its bytes.
 */
#ifndef RINGMGR_C2R_CAB_H
#define RINGMGR_C2R_CAB_H

#include "ringmgr/base/buf.h"

/* Loads libarchive (base/library.h). */
bool cab_load(struct err *err) MUST_CHECK;

struct cab_member {
    char *name;     /* as it stands in the cabinet: printable ASCII, no slash, at most LIMIT_CAB_NAME_BYTES */
    uint64_t bytes; /* unpacked */
    struct buf data; /* empty unless the member was wanted */
};

struct cab {
    struct cab_member *member;
    size_t len;
};

/*
 * Lists the members of a cabinet and unpacks those whose name matches one of the fnmatch patterns in `want`
 * (a NULL-terminated array; NULL: none), ignoring case. `bytes` is not copied: it may be a mapped file. What
 * lies behind the cabinet's own end, its signature, is not looked at; bytes before it are not accepted.
 * `name` is what errors call the cabinet. ERR_NOT_GENUINE with the cabinet and member in the message if it is
 * damaged, a part of a set, or beyond a cap (members, name, size, duplicate names); *cab is then empty.
 * cab_clear() frees.
 */
bool cab_read(const void *bytes, size_t len, const char *name, const char *const *want, struct cab *cab,
              struct err *err) MUST_CHECK;

/*
 * Unpacks one member into `content`. ERR_NOT_GENUINE also if the cabinet holds no such member. The caller
 * clears `content`.
 */
bool cab_read_member(const void *bytes, size_t len, const char *name, const char *member, struct buf *content,
                     struct err *err) MUST_CHECK;

/*
 * Says of bytes that do not begin as a cabinet ([MS-CAB], section 2.1) that they are none, and where they
 * look like a page for people (a proxy's login, a server's error) with what they begin. Always false.
 */
bool cab_say_none(const void *bytes, size_t len, struct err *err);

/* The member called `name`, ignoring case; NULL if absent. */
const struct cab_member *cab_find(const struct cab *cab, const char *name);

/* Frees the members; the cabinet is empty and usable again. */
void cab_clear(struct cab *cab);

#endif
