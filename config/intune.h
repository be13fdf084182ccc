/*
 * Policies for Intune: a custom configuration profile as Microsoft Graph takes it (POST
 * deviceManagement/deviceConfigurations), one OMA-URI for each ADMX policy (formats/deployment.md, section
 * 2). Pure.
 */
#ifndef CONFIG_INTUNE_H
#define CONFIG_INTUNE_H

#include "config/gpo.h"

/*
 * Appends the JSON of a #microsoft.graph.windows10CustomConfiguration. Values of one ADMX policy become one
 * setting (<enabled/> with its <data> elements, or <disabled/>); a removed value is <disabled/>, and of two
 * values of one setting the last counts. ERR_USAGE, naming the value, where a text has a control character,
 * U+FFFE or U+FFFF, or is not UTF-8; out is then unchanged. Only Windows can prove that a device takes it.
 */
bool intune_write(const struct policy_document *document, struct buf *out, struct err *err) MUST_CHECK;

#endif
