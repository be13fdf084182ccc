/* What a configuration.xml will say, once everything that is asked for fits together. Pure. */
#ifndef CONFIG_ODT_PLAN_H
#define CONFIG_ODT_PLAN_H

#include "config/gpo.h"
#include "config/odt_languages.h"

/* Zero-initialised is empty. Texts are borrowed from the options unless told otherwise. */
struct odt_plan {
    const struct ring *ring;
    const char *share;
    const char *source;             /* where a machine installs from: the share or another folder */
    int bits;                       /* of Office; 0: left to setup, which knows what the machine has */
    struct odt_languages languages; /* owned */
    struct odt_products products;
    const char *target;               /* ODT_ADD_ON: the suite whose languages an added product takes */
    struct strv apps;                 /* owned; that are left out */
    struct strv properties;           /* owned; each once, as property_parse() reads them */
    struct strv keep_msi;             /* owned */
    const char *display;              /* NULL: not said */
    char pin[BUILD_TEXT_SIZE];        /* "" without one */
    char live[BUILD_TEXT_SIZE];       /* "" without one */
    char deadline[GPO_DEADLINE_SIZE]; /* "" without one */
};

/* Errors as odt_write(); the plan is to be cleared in any case. */
bool odt_plan_make(const struct odt_options *options, struct odt_plan *plan, struct err *err) MUST_CHECK;
/* Frees what the plan owns; it is empty and usable again. */
void odt_plan_clear(struct odt_plan *plan);

#endif
