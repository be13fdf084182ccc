#include "ringmgr/base/library.h"
#include "ringmgr/base/mem.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool say_missing(const char *library, struct err *err)
{
    const char *why = dlerror();
    return err_set(err, ERR_FAILED,
                   "the library %s cannot be used: %s: install ringmgr and its libraries again", library,
                   why ? why : "it is not there");
}

bool library_load(const char *library, struct err *err)
{
    return dlopen(library, RTLD_NOW | RTLD_GLOBAL) || say_missing(library, err);
}

static void give_up(const struct err *err)
{
    char *text = mem_printf("ringmgr: %s\n", err->msg);
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        free(text); /* nobody listens */
    _exit(ERR_FAILED);
}

void *library_symbol(const char *library, const char *symbol)
{
    struct err err;
    void *found = dlsym(RTLD_DEFAULT, symbol);
    if (found)
        return found;
    if (!library_load(library, &err))
        give_up(&err);
    found = dlsym(RTLD_DEFAULT, symbol);
    if (!found) {
        say_missing(library, &err);
        give_up(&err);
    }
    return found;
}
