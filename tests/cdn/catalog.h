/* Signed catalogues, .cat; see catalog.c. */
#ifndef TESTCDN_CATALOG_H
#define TESTCDN_CATALOG_H

#include "sign.h"
#include "table.h"

/*
 * Appends a signed catalogue for a build. Its entries are the SHA-256 of the names of at most 64 files of the
 * table, or of `name` alone when the table is NULL: nothing in the product's files can be compared with them
 * anyway.
 */
void catalog_make(const struct signer *s, const char *name, const char *build, const struct table *table,
                  struct bytes *out);

#endif
