/* The list of one build's files as the service config.office.com/api/filelist writes it (formats, section 6).
 */
#ifndef RINGMGR_C2R_FILELIST_JSON_H
#define RINGMGR_C2R_FILELIST_JSON_H

#include "ringmgr/c2r/listed.h"

/*
 * Reads UTF-8, with or without the byte order mark that Windows puts before it: files[] of {url, name,
 * relativePath, hashLocation, hashAlgorithm, lcid}. Each url must be …/<GUID of one channel>/Office/Data/…,
 * without percent signs, and lead where relativePath says; what is fetched is fetched from the configured
 * origin all the same. ERR_NOT_GENUINE with `name` and the element if it is no JSON, names two channels or
 * builds, no descriptor, or anything that listed_add() refuses; *list is then empty. listed_clear() frees.
 */
bool filelist_json_parse(const void *bytes, size_t len, const char *name, struct listed *list,
                         struct err *err) MUST_CHECK;

#endif
