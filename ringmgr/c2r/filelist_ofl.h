/* wsus/ofl.cab: Microsoft's templates of file lists, one an architecture (formats, section 6). */
#ifndef RINGMGR_C2R_FILELIST_OFL_H
#define RINGMGR_C2R_FILELIST_OFL_H

#include "ringmgr/c2r/listed.h"

/*
 * Reads UpdateFiles of one o365client_??bit.xml and fills "%version%" in with `build`. An empty list
 * (channel NULL, no files), and true, if no baseURL ends in the channel's GUID: the templates say nothing
 * about it then (Beta, PerpetualVL2021 and 2024). ERR_NOT_GENUINE with `name` and the line if it is anything
 * else, or for what listed_add() refuses; *list is then empty. listed_clear() frees.
 */
bool filelist_ofl_parse(const void *xml, size_t len, const char *name, const struct channel *channel,
                        const struct build *build, struct listed *list, struct err *err) MUST_CHECK;

/* The same of the member for that architecture of the cabinet, whose signature the caller has proven. */
bool filelist_ofl_read(const void *cab, size_t len, const char *name, enum architecture architecture,
                       const struct channel *channel, const struct build *build, struct listed *list,
                       struct err *err) MUST_CHECK;

#endif
