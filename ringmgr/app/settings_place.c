#include "ringmgr/app/settings_place.h"

#include <string.h>

bool settings_place_within(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return len > 0 && strncmp(path, folder, len) == 0 && (path[len] == 0 || path[len] == '/');
}

static bool touches(const char *path, const char *folder, bool around)
{
    return settings_place_within(path, folder) || (around && settings_place_within(folder, path));
}

void settings_place_find(const struct settings *settings, const char *path, bool around, struct strv *places)
{
    if (touches(path, settings->store, around))
        strv_add(places, "store");
    if (touches(path, settings->state, around))
        strv_add(places, "state");
    for (size_t i = 0; i < settings->rings; i++)
        if (touches(path, settings->ring[i].path, around))
            strv_addf(places, "path of ring %s", settings->ring[i].name);
}
