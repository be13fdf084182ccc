/* One row of a rule file (config/support.csv says what its columns mean). Only for support*.c and its tests.
 */
#ifndef RINGMGR_POLICY_SUPPORT_RULES_H
#define RINGMGR_POLICY_SUPPORT_RULES_H

#include "ringmgr/policy/support.h"

enum { SUPPORT_WARNS = 8 };

/* From when a row counts, and to what. */
enum support_count {
    COUNT_NONE,            /* "none": Microsoft says nothing */
    COUNT_PATCH_DAY,       /* "second-tuesday+N": months after that of the version's first build */
    COUNT_BUILD_PATCH_DAY, /* "build-second-tuesday+N": months after that of the build itself */
    COUNT_NEXT_VERSION,    /* "next-version+N": days after the day of the next version's first build */
    COUNT_DAYS,            /* "days N": after the day of the version's first build */
    COUNT_DATE,            /* "date 2024-12-10" */
    COUNT_BUILD,           /* "build 16.0.10730.20432 2024-12-10": of that build alone */
    COUNT_PRODUCT          /* "product 2025-10-14": besides every other row of the channel */
};

struct support_rule {
    const struct channel *channel;
    unsigned from_version, to_version; /* YYMM, both included; 0 and UINT_MAX: any, known or not */
    int64_t first_from_unix,
        first_until_unix; /* of the version's first build, the end not included; INT64_MIN, MAX */
    bool says_begins;
    unsigned
        begins_months; /* after the month that it is named for, a version has its first build at the latest */
    enum support_count count;
    int64_t amount;     /* months or days */
    int64_t at_unix;    /* COUNT_DATE, COUNT_BUILD, COUNT_PRODUCT */
    struct build build; /* COUNT_BUILD */
    enum support_basis basis;
    unsigned warn_days[SUPPORT_WARNS];
    size_t warns; /* 0: this row says nothing about it */
    bool says_minimum;
    unsigned minimum_days;
    char *source; /* where the row is from */
};

/* "2607" as a number; 0 if a version is not of that form ("", "LTSB2021"). */
unsigned support_version_number(const char *version);

#endif
