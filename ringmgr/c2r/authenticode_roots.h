/*
 * Microsoft's roots, which Click-to-Run's signatures end at and which no Linux ships: known by the SHA-256 of
 * their DER alone. Nothing of a certificate is read before it has been recognised.
 */
#ifndef RINGMGR_C2R_AUTHENTICODE_ROOTS_H
#define RINGMGR_C2R_AUTHENTICODE_ROOTS_H

#include "ringmgr/base/buf.h"

enum { ROOTS_KNOWN = 2 };

/* Certificates that were recognised, by their index: their DER; empty where it has not come. roots_clear()
 * frees. */
struct roots {
    struct buf der[ROOTS_KNOWN];
};
void roots_clear(struct roots *roots);

#define AUTO_ROOTS                                                                                           \
    AUTO(roots_clear)                                                                                        \
    struct roots

/* "Microsoft Root Certificate Authority 2010". */
const char *roots_name(size_t index);
/* The file's name where Microsoft publishes it: "MicRooCerAut_2010-06-23.crt". */
const char *roots_file(size_t index);

/*
 * Takes the certificates of a file, PEM (any number of them) or DER (one). ERR_NOT_GENUINE, naming `name` and
 * the digest, if one of them is not known, ERR_USAGE if there is none in it; what came before it stays taken.
 */
bool roots_take(struct roots *roots, const void *bytes, size_t len, const char *name,
                struct err *err) MUST_CHECK;
/* The same of a file that must be this one: of another known certificate it says so, and with which digest.
 */
bool roots_take_one(struct roots *roots, size_t index, const void *bytes, size_t len, const char *name,
                    struct err *err) MUST_CHECK;
/* The first that has not come; ROOTS_KNOWN if all have. */
size_t roots_missing(const struct roots *roots);
/* Appends all that have come as PEM, each with its name and digest above it (RFC 7468, section 2). */
void roots_write(const struct roots *roots, struct buf *pem);

#endif
