/* Private to the files that know libcurl: its functions, which load it (base/library.h). */
#ifndef RINGMGR_FETCH_CURL_LIBRARY_H
#define RINGMGR_FETCH_CURL_LIBRARY_H

#include "ringmgr/base/library.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/* Macros of its own with these names. */
#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt

#define curl_easy_cleanup        LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_easy_cleanup)
#define curl_easy_getinfo        LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_easy_getinfo)
#define curl_easy_header         LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_easy_header)
#define curl_easy_init           LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_easy_init)
#define curl_easy_pause          LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_easy_pause)
#define curl_easy_perform        LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_easy_perform)
#define curl_easy_setopt         LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_easy_setopt)
#define curl_easy_strerror       LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_easy_strerror)
#define curl_easy_unescape       LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_easy_unescape)
#define curl_free                LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_free)
#define curl_getdate             LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_getdate)
#define curl_global_cleanup      LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_global_cleanup)
#define curl_global_init         LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_global_init)
#define curl_multi_add_handle    LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_multi_add_handle)
#define curl_multi_cleanup       LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_multi_cleanup)
#define curl_multi_info_read     LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_multi_info_read)
#define curl_multi_init          LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_multi_init)
#define curl_multi_perform       LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_multi_perform)
#define curl_multi_poll          LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_multi_poll)
#define curl_multi_remove_handle LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_multi_remove_handle)
#define curl_multi_setopt        LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_multi_setopt)
#define curl_multi_wakeup        LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_multi_wakeup)
#define curl_slist_append        LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_slist_append)
#define curl_slist_free_all      LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_slist_free_all)
#define curl_url                 LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_url)
#define curl_url_cleanup         LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_url_cleanup)
#define curl_url_get             LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_url_get)
#define curl_url_set             LIBRARY_FUNCTION(LIBRARY_LIBCURL, curl_url_set)

#endif
