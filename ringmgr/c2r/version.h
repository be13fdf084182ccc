/* Build numbers, "16.0.20326.20100". A number alone is not a build: identity is channel + number, everywhere.
 */
#ifndef RINGMGR_C2R_VERSION_H
#define RINGMGR_C2R_VERSION_H

#include "ringmgr/base/err.h"
#include <stdint.h>

#define BUILD_TEXT_SIZE 48

struct build {
    uint32_t part[4];
};

/*
 * Reads "16.0.20326.20100" or its short form "20326.20100" (then 16.0. is meant). Only decimal digits and
 * dots, no leading zero but "0" itself, each part at most UINT32_MAX, and the first of four parts 16.
 * ERR_USAGE otherwise; *build is then none. "16.x" is the head of a full number and refused as a short form.
 */
bool build_parse(const char *text, struct build *build, struct err *err) MUST_CHECK;

/* The full form. */
void build_format(const struct build *build, char text[BUILD_TEXT_SIZE]);

/* -1, 0, 1: part by part, as numbers (16.0.9126 < 16.0.10730; formats, section 5). */
int build_compare(const struct build *a, const struct build *b);

/* True for the all-zero value, which stands for "no build". */
bool build_is_none(const struct build *build);

#endif
