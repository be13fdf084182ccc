#include "config/guid.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/digest.h"

#include <stdio.h>

enum { GUID_BYTES = 16 };

/* 779fa8fb-1254-4618-a6c8-da45f0f81fb2, drawn once for ringmgr: another one would rename every document. */
static const uint8_t name_space[GUID_BYTES] = {0x77, 0x9f, 0xa8, 0xfb, 0x12, 0x54, 0x46, 0x18,
                                               0xa6, 0xc8, 0xda, 0x45, 0xf0, 0xf8, 0x1f, 0xb2};

void guid_derive(const char *ring, const char *purpose, char text[GUID_TEXT_SIZE])
{
    uint8_t hash[SHA1_BYTES];
    AUTO_BUF name = {0};
    buf_append(&name, name_space, sizeof name_space);
    buf_printf(&name, "%s %s", ring, purpose);
    sha1_of(name.data, name.len, hash);
    hash[6] = (hash[6] & 0x0f) | 0x50; /* version 5 */
    hash[8] = (hash[8] & 0x3f) | 0x80; /* variant of RFC 9562 */
    snprintf(text, GUID_TEXT_SIZE, "{%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
             hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7], hash[8], hash[9],
             hash[10], hash[11], hash[12], hash[13], hash[14], hash[15]);
}
