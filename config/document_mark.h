/* By what an older document of ours is known, so that nobody else's file is written over. Pure. */
#ifndef CONFIG_DOCUMENT_MARK_H
#define CONFIG_DOCUMENT_MARK_H

#include "ringmgr/base/buf.h"

/*
 * Whether the bytes of a file that lies at `path` of a folder of documents are what ringmgr writes there. Of
 * the documents of a roll-back the README says of which ring they are, which must be `ring`. A path that no
 * such folder has is nobody's of ours.
 */
bool document_mark_fits(const char *path, const char *ring, const struct buf *bytes) MUST_CHECK;

#endif
