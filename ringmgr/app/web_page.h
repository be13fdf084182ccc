/* The files of the page (ringmgr/app/page), as they lie in the program: embed.cmake writes them. */
#ifndef RINGMGR_APP_WEB_PAGE_H
#define RINGMGR_APP_WEB_PAGE_H

#include <stddef.h>

struct web_page_file {
    const char *name; /* "index.html" */
    const unsigned char *bytes;
    size_t len;
};

/* Ends with a name NULL. */
extern const struct web_page_file web_page_files[];

#endif
