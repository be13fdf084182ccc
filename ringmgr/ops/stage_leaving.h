/* Staging with what is leaving (leaving.h): wanted while upstream has it, and never waited for. */
#ifndef RINGMGR_OPS_STAGE_LEAVING_H
#define RINGMGR_OPS_STAGE_LEAVING_H

#include "ringmgr/ops/stage.h"

/*
 * As stage_build() of the request, whose content is that of `ring` and of all that take from it; what is
 * leaving one of these rings, and what their shares offer of a build that stands already, is staged as well,
 * as far as upstream has it. The build is complete, and so may
 * be promoted, only when upstream was asked for all of it; an import (all_or_nothing), whose folder may have
 * been filled for the new content, completes the build first. `staged` is of what came in the end, with all
 * bytes that were fetched. Errors as stage_build(), but for files of what is leaving that are missing: these
 * are ERR_UPSTREAM only where a share offers them and the store has lost them.
 */
bool stage_with_leaving(const struct job *job, const struct origin_session *origin, const struct ring *ring,
                        const struct stage_request *request, struct staged *staged,
                        struct err *err) MUST_CHECK;

#endif
