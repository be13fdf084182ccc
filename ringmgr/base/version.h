/* Which release of ringmgr this is. */
#ifndef RINGMGR_BASE_VERSION_H
#define RINGMGR_BASE_VERSION_H

/* The release of ringmgr itself, "0.1.0". */
const char *version_text(void);

#endif
