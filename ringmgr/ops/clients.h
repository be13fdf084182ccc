/*
 * Clients: whether machines see on a ring's share what its folder holds. The share is read as they read it,
 * over SMB (unc, dfs) and HTTP (http), and compared with `path`.
 */
#ifndef RINGMGR_OPS_CLIENTS_H
#define RINGMGR_OPS_CLIENTS_H

#include "ringmgr/ops/job.h"

struct clients_finding {
    const char *code; /* "client-differs", "client-absent", "client-unreachable" */
    char *text;       /* begins with "[ring NAME] unc = …: " */
};
struct clients_findings {
    struct clients_finding *item;
    size_t len;
};

/*
 * Reads of each address of the ring the pointer of each architecture, the descriptor that belongs to it and
 * the smallest file of the build's folder. What differs is read once more on both sides, for a publication
 * may have come between. A ring whose folder holds no pointer has never been published: no finding. Asks of
 * `job` nothing but settings and log; takes at most half a minute for each SMB address.
 * clients_findings_clear() frees.
 */
void clients_look(const struct job *job, const struct ring *ring, struct clients_findings *findings);
void clients_findings_clear(struct clients_findings *findings);

#endif
