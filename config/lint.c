#include "config/lint.h"
#include "config/lint_odt.h"
#include "config/lint_policy.h"
#include "config/regfile_parse.h"
#include "config/regpol.h"
#include "ringmgr/base/limits.h"

#include <ctype.h>
#include <string.h>

static const char pol_signature[] = {'P', 'R', 'e', 'g'};

static bool is_pol(const void *bytes, size_t len)
{
    return len >= sizeof pol_signature && memcmp(bytes, pol_signature, sizeof pol_signature) == 0;
}

/* Texts of LGPO and configurations of Samba begin with such comments too; a .reg file also has a key. */
static bool is_reg(const void *bytes, size_t len)
{
    AUTO_BUF text = {0};
    const char *byte = bytes;
    if (!regfile_is(bytes, len))
        return false;
    for (size_t i = 0; i < len && i < LIMIT_CONFIG_BYTES; i++)
        if (byte[i])
            buf_append(&text, &byte[i], 1);
    const char *start = buf_text(&text);
    while (*start && !isgraph((unsigned char)*start)) /* byte order mark, blanks */
        start++;
    return *start != ';' || strcasestr(start, "[HK") || strcasestr(start, "[-HK") ||
           strcasestr(start, "REGEDIT4") || strcasestr(start, "Windows Registry");
}

/* Of a file that holds values of the registry, in one form or the other. */
static void lint_registry(const void *bytes, size_t len, const struct lint_options *options,
                          struct findings *findings)
{
    AUTO(registry_clear)
    struct registry registry = {0};
    if (is_pol(bytes, len))
        regpol_parse(bytes, len, &registry, findings);
    else
        regfile_parse(bytes, len, &registry, findings);
    lint_policy(&registry, options, findings);
}

void lint_file(const void *bytes, size_t len, const struct lint_options *options, struct findings *findings)
{
    if (is_pol(bytes, len) || is_reg(bytes, len))
        lint_registry(bytes, len, options, findings);
    else
        lint_odt(bytes, len, options, findings);
    findings_sort(findings);
}
