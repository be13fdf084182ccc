/* Documents to be: files that belong together, in the order in which they are to be written. */
#ifndef CONFIG_DOCUMENT_H
#define CONFIG_DOCUMENT_H

#include "ringmgr/base/buf.h"

struct document {
    char *path; /* owned; relative, folders by '/' */
    struct buf bytes;
};

/* Zero-initialised is empty. */
struct documents {
    struct document *item;
    size_t len;
};

/* Adds an empty document and returns its bytes, for writing; the pointer is valid until the next is added.
 * `path` is copied. */
struct buf *documents_add(struct documents *documents, const char *path);
/* Frees everything; the set is empty and usable again. */
void documents_clear(struct documents *documents);

#endif
