/* Which products a configuration.xml gets, and whether they fit the ring and each other. Pure. */
#ifndef CONFIG_ODT_PRODUCTS_H
#define CONFIG_ODT_PRODUCTS_H

#include "config/odt.h"
#include "config/products.h"

enum { ODT_PRODUCTS_MAX = 64 }; /* more than there are: none is in the list twice */

/* Zero-initialised is empty; it owns nothing. */
struct odt_products {
    struct product_choice item[ODT_PRODUCTS_MAX];
    size_t len;
};

/*
 * The products that are asked for, else those of the ring's [deploy], else Microsoft 365 Apps; to a list that
 * is not asked for ProofingTools come by themselves where there are `proofing` tools for it, but for
 * ODT_ADD_ON products must be asked for. ERR_USAGE, saying what to do, where one is unknown, named twice,
 * beside another suite, or does not fit the ring's channel or the purpose. Keys are borrowed from the
 * options.
 */
bool odt_products_choose(const struct odt_options *options, bool proofing, struct odt_products *products,
                         struct err *err) MUST_CHECK;

/*
 * The suite that the ring's machines have, whose languages an add-on takes: that of [deploy], else Microsoft
 * 365 Apps; "All", the Deployment Tool's word for whatever is there, where the channel has no such default.
 * ERR_USAGE where [deploy] has an unknown product or a suite of another channel.
 */
bool odt_products_target(const struct ring *ring, const char **target, struct err *err) MUST_CHECK;

#endif
