/* What is wrong with a configuration.xml of the Office Deployment Tool (formats/deployment.md, section 1). */
#ifndef CONFIG_LINT_ODT_H
#define CONFIG_LINT_ODT_H

#include "config/lint.h"

/*
 * Appends the findings of one file, unsorted: its structure and each value, what contradicts each other, and
 * with a ring what leads away from it. A file that is no XML has that as an error among its findings.
 */
void lint_odt(const void *bytes, size_t len, const struct lint_options *options, struct findings *findings);

#endif
