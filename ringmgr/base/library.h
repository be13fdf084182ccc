/*
 * Libraries that few commands need are no part of the program's start: libcurl, libarchive, libxml2 and
 * libmicrohttpd bring some forty others with them. Each is loaded when one of its functions is called for the
 * first time. The one file of ours that knows a library calls its functions by their names; a header beside
 * that file (curl_library.h …) makes LIBRARY_FUNCTION() of each, and one that it lacks does not link.
 */
#ifndef RINGMGR_BASE_LIBRARY_H
#define RINGMGR_BASE_LIBRARY_H

#include "ringmgr/base/err.h"

/*
 * Loads a library, for good, before its first function is called: where it is missing that is an error then,
 * ERR_FAILED with the dynamic linker's reason, and no end. `library` is the name that the linker knows
 * ("libcurl.so.4"). Asking again costs less than a microsecond.
 */
bool library_load(const char *library, struct err *err) MUST_CHECK;

/*
 * The address of a function (or variable) of a library, which is loaded if it is not, for good. Never NULL:
 * without its library, or with one of another interface, the installation is broken; that is said on stderr
 * and ends the process with 1, which every share and the state survive. `library` is the name that the
 * dynamic linker knows ("libcurl.so.4"). Any thread may call it; asking again costs less than a
 * microsecond.
 */
void *library_symbol(const char *library, const char *symbol);

/* For `#define curl_free LIBRARY_FUNCTION(LIBRARY_CURL, curl_free)`: the same function, of its own type. */
#define LIBRARY_FUNCTION(library, function) (*(__typeof__(function) *)library_symbol(library, #function))

#endif
