#include "config/document.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>

struct buf *documents_add(struct documents *documents, const char *path)
{
    documents->item = mem_grow(documents->item, documents->len, sizeof *documents->item);
    struct document *document = &documents->item[documents->len++];
    *document = (struct document){.path = mem_strdup(path)};
    return &document->bytes;
}

void documents_clear(struct documents *documents)
{
    for (size_t i = 0; i < documents->len; i++) {
        free(documents->item[i].path);
        buf_clear(&documents->item[i].bytes);
    }
    free(documents->item);
    *documents = (struct documents){0};
}
