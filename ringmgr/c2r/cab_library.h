/* Private to cab.c: the functions of libarchive, which load it (base/library.h). */
#ifndef RINGMGR_C2R_CAB_LIBRARY_H
#define RINGMGR_C2R_CAB_LIBRARY_H

#include "ringmgr/base/library.h"

#include <archive.h>
#include <archive_entry.h>

#define archive_entry_pathname          LIBRARY_FUNCTION(LIBRARY_LIBARCHIVE, archive_entry_pathname)
#define archive_entry_size              LIBRARY_FUNCTION(LIBRARY_LIBARCHIVE, archive_entry_size)
#define archive_error_string            LIBRARY_FUNCTION(LIBRARY_LIBARCHIVE, archive_error_string)
#define archive_read_data_block         LIBRARY_FUNCTION(LIBRARY_LIBARCHIVE, archive_read_data_block)
#define archive_read_free               LIBRARY_FUNCTION(LIBRARY_LIBARCHIVE, archive_read_free)
#define archive_read_new                LIBRARY_FUNCTION(LIBRARY_LIBARCHIVE, archive_read_new)
#define archive_read_next_header        LIBRARY_FUNCTION(LIBRARY_LIBARCHIVE, archive_read_next_header)
#define archive_read_open_memory        LIBRARY_FUNCTION(LIBRARY_LIBARCHIVE, archive_read_open_memory)
#define archive_read_support_format_cab LIBRARY_FUNCTION(LIBRARY_LIBARCHIVE, archive_read_support_format_cab)

#endif
