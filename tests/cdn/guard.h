/* Processes that end with their parent; see guard.c. */
#ifndef TESTCDN_GUARD_H
#define TESTCDN_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Blocks SIGTERM, SIGINT and SIGHUP, so that guard_wait sees them; call it before any thread starts. */
void guard_block_signals(void);
/* Waits until one of these signals comes, the process `parent` ends, `child` ends (0: none) or the time is
 * over. */
void guard_wait(pid_t parent, pid_t child, uint64_t lifetime_s);
/* Runs a program until guard_wait returns, then ends it; returns its exit status. argv ends with NULL. */
int guard_run(pid_t parent, uint64_t lifetime_s, char *const argv[]);
/* A TCP port on 127.0.0.1 that was free a moment ago. */
uint16_t guard_free_port(void);

#endif
