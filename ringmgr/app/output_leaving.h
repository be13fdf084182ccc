/* What the configuration has dropped and a ring goes on offering for a while (ops/leaving.h), shown. */
#ifndef RINGMGR_APP_OUTPUT_LEAVING_H
#define RINGMGR_APP_OUTPUT_LEAVING_H

#include "ringmgr/base/json.h"
#include "ringmgr/ops/leaving.h"

/* [{"what":"fr-fr","since":…,"until":…}]; the caller owns it. */
struct jv *output_leaving_to_json(const struct ring *ring, const struct contents_left *leaving);
/* A line each on stdout, behind `indent`. */
void output_leaving_print(const struct ring *ring, const struct contents_left *leaving, const char *indent);

#endif
