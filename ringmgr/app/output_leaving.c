#include "ringmgr/app/output_leaving.h"
#include "ringmgr/app/output.h"
#include "ringmgr/ops/growth.h"

#include <stdio.h>

struct jv *output_leaving_to_json(const struct ring *ring, const struct contents_left *leaving)
{
    struct jv *list = jv_array();
    for (size_t i = 0; i < leaving->len; i++) {
        const struct content_left *one = &leaving->item[i];
        struct jv *object = jv_object();
        AUTO_STRV name = {0};
        addition_name(&one->what, &name);
        jv_set_text(object, "what", name.item[0]);
        jv_set_time(object, "since", one->since_unix);
        jv_set_time(object, "until", leaving_until(ring, one));
        jv_push(list, object);
    }
    return list;
}

void output_leaving_print(const struct ring *ring, const struct contents_left *leaving, const char *indent)
{
    for (size_t i = 0; i < leaving->len; i++) {
        const struct content_left *one = &leaving->item[i];
        char since[64], until[64];
        AUTO_STRV name = {0};
        addition_name(&one->what, &name);
        output_time(one->since_unix, since);
        output_time(leaving_until(ring, one), until);
        printf("%s%s was removed from the configuration on %s; it is offered until %s\n", indent,
               name.item[0], since, until);
    }
}
