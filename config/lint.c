#include "config/lint.h"
#include "config/lint_odt.h"
#include "config/lint_policy.h"
#include "config/regfile_parse.h"
#include "config/regpol.h"

#include <string.h>

static const char pol_signature[] = {'P', 'R', 'e', 'g'};

static bool is_pol(const void *bytes, size_t len)
{
    return len >= sizeof pol_signature && memcmp(bytes, pol_signature, sizeof pol_signature) == 0;
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
    if (is_pol(bytes, len) || regfile_is(bytes, len))
        lint_registry(bytes, len, options, findings);
    else
        lint_odt(bytes, len, options, findings);
    findings_sort(findings);
}
