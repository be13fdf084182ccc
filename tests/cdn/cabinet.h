/* Cabinets: packed by gcab, signed here or by osslsigncode; see cabinet.c. */
#ifndef TESTCDN_CABINET_H
#define TESTCDN_CABINET_H

#include "bytes.h"
#include "sign.h"

/* One file in a cabinet. */
struct member {
    char *name;
    struct bytes content;
};

/* The files of a cabinet in order; a zeroed struct is empty. */
struct cabinet {
    struct member *members;
    size_t count;
};

/* Frees the members and leaves an empty cabinet. */
void cabinet_clear(struct cabinet *c);
/* Sets a member, replacing one of the same name; the content is copied. */
void cabinet_set(struct cabinet *c, const char *name, const void *data, size_t len);
/* Removes a member when it is there. */
void cabinet_remove(struct cabinet *c, const char *name);
/* The first member whose name ends so, or NULL. */
struct member *cabinet_find(struct cabinet *c, const char *suffix);
/* Unpacks a cabinet file with gcab; the members come sorted by name. */
void cabinet_unpack(const char *path, struct cabinet *c);

/* Packs without signature (gcab, MSZIP); member_time becomes the members' date. */
void cabinet_pack(const struct cabinet *c, int64_t member_time, struct bytes *out);
/* An untruth about the cabinet itself: an edit of its bytes before they are signed. */
struct cabinet_lie {
    void (*edit)(struct bytes *cab, const char *value);
    const char *value;
};

/* The same as cabinet_write, but the bytes are edited before they are signed, if there is a lie. */
void cabinet_write_lying(const struct cabinet *c, const struct signer *s, const struct cabinet_lie *lie,
                         const char *path);
/* Packs, signs and writes the cabinet to path. */
void cabinet_write(const struct cabinet *c, const struct signer *s, const char *path);
/* The Authenticode digest of a cabinet with signature header whose signature begins at end (formats page,
 * section 7). */
void cabinet_digest(const uint8_t *cab, size_t end, uint8_t digest[32]);

#endif
