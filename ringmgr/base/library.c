#include "ringmgr/base/library.h"
#include "ringmgr/base/err.h"
#include "ringmgr/base/mem.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void give_up(const char *library)
{
    const char *why = dlerror();
    char *text =
        mem_printf("ringmgr: the library %s cannot be used: %s: install ringmgr and its libraries again\n",
                   library, why ? why : "it is not there");
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        free(text); /* nobody listens */
    _exit(ERR_FAILED);
}

void *library_symbol(const char *library, const char *symbol)
{
    void *found = dlsym(RTLD_DEFAULT, symbol);
    if (found)
        return found;
    if (dlopen(library, RTLD_NOW | RTLD_GLOBAL))
        found = dlsym(RTLD_DEFAULT, symbol);
    if (!found)
        give_up(library);
    return found;
}
