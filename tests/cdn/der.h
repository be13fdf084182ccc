/* A small writer of DER; see der.c. */
#ifndef TESTCDN_DER_H
#define TESTCDN_DER_H

#include "bytes.h"

#define DER_SEQUENCE               0x30
#define DER_SET                    0x31
#define DER_OCTETS                 0x04
#define DER_BITS                   0x03
#define DER_UTCTIME                0x17
#define DER_BMPSTRING              0x1e
#define DER_CONTEXT(n)             (0x80 | (n)) /* implicit, primitive */
#define DER_CONTEXT_CONSTRUCTED(n) (0xa0 | (n)) /* explicit or constructed */

/* Appends tag, length and content. */
void der_put(struct bytes *b, unsigned tag, const void *content, size_t len);
/* Wraps what was written since the length `start` into one element. */
void der_wrap(struct bytes *b, unsigned tag, size_t start);
/* Appends an OBJECT IDENTIFIER given in dots. */
void der_oid(struct bytes *b, const char *dotted);
/* Appends an AlgorithmIdentifier of SHA-256 with NULL parameters. */
void der_sha256_algorithm(struct bytes *b);
/* Appends a small non-negative INTEGER. */
void der_integer(struct bytes *b, uint32_t value);

#endif
