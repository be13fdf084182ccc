/* What restore and rebuild print: what was lost, what was adopted, and which rings are on hold now. */
#ifndef RINGMGR_APP_OUTPUT_RESTORED_H
#define RINGMGR_APP_OUTPUT_RESTORED_H

#include "ringmgr/app/output.h"
#include "ringmgr/ops/adopt.h"

/* Prints it a sentence a line, or sets "lost", "adopted" and "held" in the document. */
void output_restored(const struct app *app, const struct restored *restored);

#endif
