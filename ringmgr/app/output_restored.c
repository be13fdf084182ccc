#include "ringmgr/app/output_restored.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void set(const struct app *app, const char *key, const struct strv *list)
{
    struct jv *array = jv_array();
    for (size_t i = 0; i < list->len; i++)
        jv_push_text(array, list->item[i]);
    jv_set(app->result, key, array);
}

static void print(const char *what, const struct strv *list)
{
    for (size_t i = 0; i < list->len; i++) {
        char *shown AUTO_FREE = output_shown(list->item[i]);
        printf("%s: %s\n", what, shown);
    }
}

void output_restored(const struct app *app, const struct restored *restored)
{
    set(app, "lost", &restored->lost);
    set(app, "adopted", &restored->adopted);
    set(app, "held", &restored->held);
    if (app->arguments.json || restored->held.len == 0)
        return;
    print("lost", &restored->lost);
    print("adopted", &restored->adopted);
    char *rings = strv_join(&restored->held, ", ");
    printf("on hold: %s; look at them, then ringmgr unhold RING --reason TEXT\n", rings);
    free(rings);
}
