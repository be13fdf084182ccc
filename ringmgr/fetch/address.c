#include "ringmgr/fetch/address.h"
#include "ringmgr/base/buf.h"

#include <string.h>

/* What needs no encoding in a path. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/", c);
}

char *address_join(const char *base, const char *path)
{
    struct buf address = {0};
    buf_printf(&address, "%s/", base);
    for (; *path; path++)
        if (is_plain(*path))
            buf_append(&address, path, 1);
        else
            buf_printf(&address, "%%%02X", (unsigned char)*path);
    return (char *)address.data;
}

bool address_stays_below(const char *path)
{
    for (;; path++) {
        size_t len = strcspn(path, "/");
        if (len == 0 || (len <= 2 && strncmp(path, "..", len) == 0))
            return false;
        path += len;
        if (*path == 0)
            return true;
    }
}
