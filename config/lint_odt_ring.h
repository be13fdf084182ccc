/* What in a configuration.xml leads away from a ring, or fails there. Pure. */
#ifndef CONFIG_LINT_ODT_RING_H
#define CONFIG_LINT_ODT_RING_H

#include "config/lint.h"
#include "config/odt_tree.h"

/*
 * Appends it: another channel, languages and architectures that are not offered, a build that does not stand
 * on the share or is pinned, updates off or from elsewhere. What a path and a target version say is
 * lint_path.c's to know.
 */
void lint_odt_ring(const struct odt_element *root, const struct lint_ring *ring, struct findings *findings);

#endif
