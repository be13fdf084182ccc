/* Private to web_http.c: the functions of libmicrohttpd, which load it (base/library.h). */
#ifndef RINGMGR_APP_WEB_LIBRARY_H
#define RINGMGR_APP_WEB_LIBRARY_H

#include "ringmgr/base/library.h"

#include <microhttpd.h>

#define MHD_add_connection      LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_add_connection)
#define MHD_add_response_header LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_add_response_header)
#define MHD_create_response_from_buffer                                                                      \
    LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_create_response_from_buffer)
#define MHD_create_response_from_buffer_with_free_callback_cls                                               \
    LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_create_response_from_buffer_with_free_callback_cls)
#define MHD_destroy_response        LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_destroy_response)
#define MHD_get_connection_info     LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_get_connection_info)
#define MHD_get_connection_values_n LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_get_connection_values_n)
#define MHD_get_daemon_info         LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_get_daemon_info)
#define MHD_get_timeout             LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_get_timeout)
#define MHD_queue_response          LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_queue_response)
#define MHD_resume_connection       LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_resume_connection)
#define MHD_run                     LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_run)
#define MHD_start_daemon            LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_start_daemon)
#define MHD_stop_daemon             LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_stop_daemon)
#define MHD_suspend_connection      LIBRARY_FUNCTION(LIBRARY_LIBMICROHTTPD, MHD_suspend_connection)

#endif
