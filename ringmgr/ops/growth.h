/* Growth: how much of a wanted content a build can offer, by what the store has of it. */
#ifndef RINGMGR_OPS_GROWTH_H
#define RINGMGR_OPS_GROWTH_H

#include "ringmgr/ops/job.h"
#include "ringmgr/state/catalog.h"

/* Contents of one thing each: an architecture, a language, the proofing tools of one, or arm64. */
struct additions {
    struct content *item;
    size_t len;
};

/* What `wanted` has and `has` has not. Architectures first: a language is then asked for in all of them.
 * additions_clear() frees. */
void additions_find(const struct content *has, const struct content *wanted, struct additions *additions);
void additions_clear(struct additions *additions);
/* Appends its name: "x86", "fr-fr", "fr-fr proofing", "arm64". */
void addition_name(const struct content *addition, struct strv *names);
/* Appends the names of all that `wanted` has and `has` has not. */
void additions_name(const struct content *has, const struct content *wanted, struct strv *names);

/* What can be offered of one build. */
struct growth {
    struct content has, content; /* what it must have; that and what of the wanted content is whole */
    struct catalog_files files;  /* of `content` */
    struct digest digest;        /* of these */
    struct strv missing;         /* files even of `has` that the catalog lacks: then nothing is added */
};

/*
 * Unites, addition by addition, `has` with what of `wanted` is whole in catalog and store. growth_clear()
 * frees, also after an error.
 */
bool growth_find(const struct job *job, const struct channel *channel, const struct build *build,
                 const struct content *has, const struct content *wanted, struct growth *growth,
                 struct err *err) MUST_CHECK;
/* The same of a build that stands: `has` is what it offers. */
bool growth_of_offer(const struct job *job, const struct offer *offer, const struct content *wanted,
                     struct growth *growth, struct err *err) MUST_CHECK;
void growth_clear(struct growth *growth);

/* *whole: catalog and store have every file of this content of the build. */
bool growth_is_whole(const struct job *job, const struct channel *channel, const struct build *build,
                     const struct content *content, bool *whole, struct err *err) MUST_CHECK;

#endif
