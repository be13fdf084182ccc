/* Products and apps that a configuration.xml can name (formats/deployment.md, section 1). */
#ifndef CONFIG_PRODUCTS_H
#define CONFIG_PRODUCTS_H

#include "ringmgr/base/err.h"
#include <stddef.h>

/* What a product may be combined with. */
enum product_kind {
    PRODUCT_SUBSCRIPTION_SUITE, /* never in a PerpetualVL channel */
    PRODUCT_SUBSCRIPTION,
    PRODUCT_VOLUME_SUITE, /* in its own PerpetualVL channel only */
    PRODUCT_VOLUME,       /* Visio, Project: there, or in the channel of a subscription suite beside it */
    PRODUCT_EXTRA,        /* useless alone: needs a product beside it, or an Office that is installed */
    PRODUCT_ANYWHERE
};

struct product {
    const char *id; /* "O365ProPlusRetail" */
    enum product_kind kind;
    const char *channel; /* its PerpetualVL channel; NULL for others */
};

/* A product as somebody asks for it. */
struct product_choice {
    const struct product *product;
    const char *pidkey; /* borrowed; NULL: none */
};

/* By ID, ignoring case; NULL if none is known. */
const struct product *product_find(const char *id);
/* The product that somebody means who writes "O365ProPlus" or "ProPlus2024"; NULL if that cannot be told. */
const struct product *product_meant(const char *id);
/* The product with this index from 0, NULL behind the last. */
const struct product *product_at(size_t index);
/* Whether it takes a PIDKEY. */
bool product_is_volume(const struct product *product);
/* Whether it is a whole Office, of which a machine can have one. */
bool product_is_suite(const struct product *product);
/* Whether it is a product key: five groups of five letters or digits, joined by '-'. */
bool pidkey_is_valid(const char *key);
/*
 * Reads "ID" or "ID:PIDKEY"; the key is borrowed from `text`. ERR_USAGE for a product that is not known (with
 * the nearest that is, if one is near) and for a key of another form or of a product that takes none; no key
 * is in a message.
 */
bool product_parse(const char *text, struct product_choice *choice, struct err *err) MUST_CHECK;

/* The right spelling of an app that ExcludeApp can name, ignoring case; NULL if there is none. */
const char *product_app(const char *id);
/* The app with this index from 0, NULL behind the last. */
const char *product_app_at(size_t index);
/* The app that is called otherwise in daily life, as Lync is Skype; NULL if there is none. */
const char *product_app_meant(const char *name);
/* The same for people: ERR_USAGE with the nearest app that is known, if one is near. */
bool product_parse_app(const char *text, const char **app, struct err *err) MUST_CHECK;

#endif
