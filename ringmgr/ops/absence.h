/* Absence: an origin answers 404 for a file of a build. Is there no such file, or has it not come yet? */
#ifndef RINGMGR_OPS_ABSENCE_H
#define RINGMGR_OPS_ABSENCE_H

#include "ringmgr/ops/job.h"

/* The optional file that was asked for. */
struct absence {
    const struct channel *channel;
    const struct build *build;
    const char *path; /* "16.0.20326.20100/i641036.cab" */
    const char *name; /* "i641036.cab" */
};

/*
 * *stands: upstream has no such file. It counts at once where the newest complete build before this one had
 * none either, or all comes from one folder (`at_once`); else when it has been missing for conflict_wait, and
 * until then it is noted when that was first seen (its own transaction). Source: design, journey of a
 * build, 4.
 */
bool absence_judge(const struct job *job, const struct absence *absence, bool at_once, bool *stands,
                   struct err *err) MUST_CHECK;

#endif
