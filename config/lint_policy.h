/* What is wrong with registry values that are to steer Office's updates (formats/deployment.md, section 2).
 */
#ifndef CONFIG_LINT_POLICY_H
#define CONFIG_LINT_POLICY_H

#include "config/lint.h"
#include "config/registry.h"

/*
 * Appends what is wrong with the values of one .reg file or Registry.pol, in no order: keys and names that
 * Office does not read, types, data, values that contradict each other or are overruled by stronger ones, and
 * with a ring what leads machines away from it. Only what counts in the end is judged: of a value that is set
 * twice the last. Keys of other programs are left alone.
 */
void lint_policy(const struct registry *registry, const struct lint_options *options,
                 struct findings *findings);

#endif
