#include "ringmgr/base/secret.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

const char *secret_folder(void)
{
    return getenv("CREDENTIALS_DIRECTORY");
}

char *secret_path(const char *file, const char *folder, struct err *err)
{
    static const char prefix[] = "credential:";
    if (strncmp(file, prefix, sizeof prefix - 1) != 0)
        return mem_strdup(file);
    if (folder)
        return mem_printf("%s/%s", folder, file + sizeof prefix - 1);
    err_set(err, ERR_USAGE, "%s: systemd hands credentials to a unit with LoadCredential=, not to others",
            file);
    return NULL;
}
