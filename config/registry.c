#include "config/registry.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>

struct registry_entry *registry_add(struct registry *registry)
{
    registry->item = mem_grow(registry->item, registry->len, sizeof *registry->item);
    struct registry_entry *entry = &registry->item[registry->len++];
    *entry = (struct registry_entry){0};
    return entry;
}

void registry_clear(struct registry *registry)
{
    for (size_t i = 0; i < registry->len; i++) {
        free(registry->item[i].hive);
        free(registry->item[i].key);
        free(registry->item[i].name);
        free(registry->item[i].text);
    }
    free(registry->item);
    *registry = (struct registry){0};
}
