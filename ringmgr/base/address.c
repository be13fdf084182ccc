#include "ringmgr/base/address.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <string.h>

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

char *address_path(const char *address)
{
    static const char scheme[] = "file://";
    if (strncmp(address, scheme, sizeof scheme - 1) != 0)
        return NULL;
    char *path = mem_strdup(address + sizeof scheme - 1), *to = path;
    for (const char *from = path; *from; from++) {
        int high = *from == '%' ? hex_value(from[1]) : -1;
        int low = high >= 0 ? hex_value(from[2]) : -1;
        *to++ = low >= 0 ? (char)(16 * high + low) : *from;
        from += low >= 0 ? 2 : 0;
    }
    *to = 0;
    return path;
}

bool address_has_folder(const char *address)
{
    char *path AUTO_FREE = address_path(address);
    struct err err = {0};
    AUTO_FD folder = path ? fs_open_dir(path, &err) : -1;
    return !path || folder >= 0 || (err.sys != ENOENT && err.sys != ENOTDIR);
}
