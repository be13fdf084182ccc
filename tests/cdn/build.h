/* Whole builds; see build.c. */
#ifndef TESTCDN_BUILD_H
#define TESTCDN_BUILD_H

#include "args.h"
#include "descriptor.h"

/* What build_make is to make; zero means the default named beside it. */
struct build_spec {
    const char *origin;
    const struct channel *channel;
    const char *build;
    struct list archs;     /* x64 and x86; x64 first */
    struct list languages; /* cultures */
    struct list proofing;  /* those of the languages that get proofing tools */
    bool arm64; /* sa640.cab with its stream, a640_exp.cab; for x86 sc320.cab with its stream, a320_exp.cab */
    bool no_cats; /* no .cat files at all, as PerpetualVL2019's list has it */
    uint64_t stream_bytes;
    uint64_t language_bytes;
    uint64_t proofing_bytes;
    uint64_t installer_bytes;
    uint64_t seed;
    const char *from; /* an older build of the channel in the same origin; NULL: all new */
    uint64_t survive; /* percent of its segments that live on */
    struct descriptor descriptor;
};

/* Writes the build folder and v64_<build>.cab, v32_<build>.cab. `cats` signs catalogues, `cabs` all cabinets.
 */
void build_make(const struct build_spec *spec, const struct signer *cabs, const struct signer *cats);

#endif
