/*
 * The kinds of documents that `generate` writes: each takes the request, refuses what does not go together,
 * and adds its documents. To add one: a function here, a row in the table of cmd_generate.c, a section in
 * ringmgr-formats.7.
 */
#ifndef RINGMGR_APP_GENERATE_H
#define RINGMGR_APP_GENERATE_H

#include "ringmgr/app/command.h"
#include "ringmgr/ops/decide.h"

struct generate {
    struct app *app;
    const struct ring **ring; /* what --ring names: one, where the kind takes no more */
    size_t rings;
    const struct site *site; /* smb.conf --site: whose shares they are; NULL: headquarters' */
    struct content offered;  /* by the first ring's live build */
    struct build live;       /* none: nothing is published yet, and `offered` is empty */
    struct build target;     /* --target, --pin; it stands on the share; none */
    int64_t deadline_unix;   /* --deadline WHEN; 0: none */
    unsigned deadline_days;  /* --deadline "3 days"; 0: none */
    struct ring_locks locks; /* of the ring, while a pin is made: gc must not take its build away */
    struct documents documents;
};

/* The name of the kind with this index from 0, NULL behind the last. */
const char *generate_kind_at(size_t index);

typedef bool generate_fn(struct generate *request, struct err *err);

/* configuration.xml. */
generate_fn generate_odt;
/* The ring's policy, in every form that administrators import. */
generate_fn generate_reg, generate_pol, generate_lgpo, generate_intune, generate_gpp, generate_gpo_backup,
    generate_samba_gpo;
/* What offers the rings to clients. */
generate_fn generate_smb, generate_nginx, generate_dfs;

#endif
