#include "ringmgr/base/address.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

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
    struct stat st;
    if (!path)
        return true;
    if (stat(path, &st) != 0)
        return errno != ENOENT && errno != ENOTDIR;
    return S_ISDIR(st.st_mode);
}
