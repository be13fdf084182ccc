/* The signed text of a ring manifest (manifest.h): canonical JSON, schema 1. */
#ifndef RINGMGR_POLICY_MANIFEST_JSON_H
#define RINGMGR_POLICY_MANIFEST_JSON_H

#include "ringmgr/policy/manifest.h"

/* Appends it. */
void manifest_json_write(const struct manifest *manifest, struct buf *out);

/*
 * Reads it. What is not byte by byte what manifest_json_write() would write of it is refused, and with it
 * duplicate and unknown keys. ERR_NOT_GENUINE; *manifest may then be half filled: manifest_clear() frees.
 */
bool manifest_json_read(const void *bytes, size_t len, struct manifest *manifest, struct err *err) MUST_CHECK;

#endif
