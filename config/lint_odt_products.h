/* Products and languages of a configuration.xml that do not go together. Pure. */
#ifndef CONFIG_LINT_ODT_PRODUCTS_H
#define CONFIG_LINT_ODT_PRODUCTS_H

#include "config/finding.h"
#include "config/odt_tree.h"
#include "ringmgr/c2r/channel.h"

/*
 * Appends what is wrong with the products in Add (NULL: there is none) and its channel (NULL: none, or none
 * that is known): those of another channel, two whole Offices, languages that a product cannot have or has
 * twice. Products that are not known are passed over.
 */
void lint_odt_products(const struct odt_element *add, const struct channel *channel,
                       struct findings *findings);

#endif
