/*
 * Small vocabularies of a configuration.xml (formats/deployment.md, section 1): Property, IgnoreProduct,
 * PIDKEY. Spellings compare without case, as setup compares them.
 */
#ifndef CONFIG_PROPERTIES_H
#define CONFIG_PROPERTIES_H

#include "ringmgr/base/err.h"
#include <stddef.h>

enum property_kind {
    PROPERTY_SWITCH,  /* "0", "1" */
    PROPERTY_BOOLEAN, /* "TRUE", "FALSE" */
    PROPERTY_PATH,    /* a local folder or a UNC path */
    PROPERTY_GUID     /* with or without braces */
};

struct property {
    const char *name; /* "AUTOACTIVATE" */
    enum property_kind kind;
};

/* By name, ignoring case; NULL if none is known. */
const struct property *property_find(const char *name);
/* The property with this index from 0, NULL behind the last. */
const struct property *property_at(size_t index);
/* Whether the property takes this value; TRUE and FALSE in any case. */
bool property_accepts(const struct property *property, const char *value);
/* What it takes, for messages: "0 or 1". */
const char *property_values(const struct property *property);

/* A property as somebody asks for it. */
struct property_choice {
    const struct property *property;
    const char *value; /* as it is to be written: borrowed or a constant */
};

/*
 * Reads "NAME=VALUE"; the value is borrowed from `text`. ERR_USAGE for another form, a property that is not
 * known (with the nearest that is, if one is near), a value that it does not take, and for OfficeMgmtCOM,
 * which is none and contradicts a share.
 */
bool property_parse(const char *text, struct property_choice *choice, struct err *err) MUST_CHECK;

/* The right spelling of a product that RemoveMSI can leave alone; NULL if there is none. */
const char *msi_product(const char *id);
/* The one with this index from 0, NULL behind the last. */
const char *msi_product_at(size_t index);
/* The same for people: ERR_USAGE with the nearest one that is known or, if none is near, with all. */
bool msi_product_parse(const char *text, const char **id, struct err *err) MUST_CHECK;

/* Reads a Display/@Level, ignoring case: "None" or "Full". ERR_USAGE for others. */
bool display_parse(const char *text, const char **level, struct err *err) MUST_CHECK;

#endif
