/* What `check` says about sites and manifests without asking any of them: files, programs, what is idle. */
#ifndef RINGMGR_APP_CHECK_SITES_H
#define RINGMGR_APP_CHECK_SITES_H

#include "ringmgr/app/command.h"

/* Is told each finding: "error" or "warning", the line in the configuration, a short stable code, a sentence.
 */
typedef void check_tell_fn(void *to, const char *severity, unsigned line, const char *code, const char *text);

/*
 * Tells what is wrong with the files that [site NAME], [manifest] and following rings name (not there, open
 * to everybody), which programs their targets want and are not installed, mounted folders that are not there
 * or do not answer within some seconds, and what is configured without effect. Sites behind a network are not
 * asked (`site check` does).
 */
void check_sites(const struct app *app, check_tell_fn *tell, void *to);

#endif
