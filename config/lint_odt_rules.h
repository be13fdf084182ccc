/* What contradicts itself in a configuration.xml, or hardly does what is meant. Pure. */
#ifndef CONFIG_LINT_ODT_RULES_H
#define CONFIG_LINT_ODT_RULES_H

#include "config/lint.h"
#include "config/odt_tree.h"

/*
 * Appends what several attributes or elements say together: products and channel, languages, versions,
 * properties, duplicates. Elements and values that are not known are passed over.
 */
void lint_odt_rules(const struct odt_element *root, const struct lint_options *options,
                    struct findings *findings);

#endif
