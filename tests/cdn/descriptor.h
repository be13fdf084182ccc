/* Descriptors v64.cab and v32.cab, and the release history; see descriptor.c. */
#ifndef TESTCDN_DESCRIPTOR_H
#define TESTCDN_DESCRIPTOR_H

#include "args.h"
#include "names.h"
#include "sign.h"

#include <stdbool.h>

/* The forms VersionDescriptor.xml comes in (formats page, section 2). */
enum descriptor_form {
    DESCRIPTOR_SINGLE,   /* one build: v64_<build>.cab; no AvailableBuilds */
    DESCRIPTOR_LIVE,     /* AvailableBuilds with the Default row; Available/@Build is the same */
    DESCRIPTOR_WINDOWS7, /* AvailableBuilds with OS rows; Available/@Build is the last build for Windows 7 */
};

struct descriptor {
    enum descriptor_form form;
    const char *guid;
    const char *build;
    unsigned bits; /* 64 or 32 */
    uint64_t throttle;
    struct list expired;
};

/* Signs and writes a descriptor. */
void descriptor_write(const struct descriptor *d, const struct signer *s, const char *path);

/* Appends the two lines of a *.hash member: an MD5 of the seed text, then the build; UTF-16LE with BOM, CRLF.
 */
void descriptor_hash_lines(const char *seed, const char *build, struct bytes *out);

/*
 * Signs and writes releasehistory.cab. Each line of the rows file is: channel, version, build, pubtime,
 * latest|- ; an empty file, or NULL, gives channels without rows.
 */
void history_write(const char *rows_path, const struct signer *s, const char *path);

#endif
