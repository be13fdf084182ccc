/*
 * The part of the catalog that `gc` works with: what names which build, which builds have files in the store,
 * and which objects nothing names any more. The cost of each grows with what still has files, not with how
 * many builds there ever were.
 */
#ifndef RINGMGR_STATE_CATALOG_GC_H
#define RINGMGR_STATE_CATALOG_GC_H

#include "ringmgr/state/catalog.h"

enum catalog_use_kind {
    USE_OFFER,  /* its folder stands on the ring's share */
    USE_INTENT, /* something begun at the ring's share leads from it, or to it */
    USE_PIN,    /* its target version was handed out */
    USE_PLAN,   /* it is to be promoted into the ring later */
    USE_ORDER,  /* the ring's sites are to have it before it is promoted */
};

/* A ring, of the configuration or not, names a build. */
struct catalog_use {
    enum catalog_use_kind kind;
    char *ring;
    const struct channel *channel;
    struct build build;
    int64_t number; /* of a pin: its id; of a plan: when */
};
struct catalog_uses {
    struct catalog_use *item; /* by channel, then build, then kind */
    size_t len;
};

/* All of them, of every ring. catalog_uses_clear() frees. */
bool catalog_uses_get(struct state *state, struct catalog_uses *uses, struct err *err) MUST_CHECK;
void catalog_uses_clear(struct catalog_uses *uses);
/* How many of them name this build; *first is where they begin. */
size_t catalog_uses_of(const struct catalog_uses *uses, const struct channel *channel,
                       const struct build *build, const struct catalog_use **first);

/*
 * Builds of which the catalog knows files, complete or not, by channel and then newest first. A build that gc
 * has dropped is none of them until a sync brings the first file again. The caller frees list->item.
 */
bool catalog_builds_with_files(struct state *state, struct catalog_build_list *list,
                               struct err *err) MUST_CHECK;

/*
 * What the ring's share shows of a build by every offer of it that stands: each path once, sorted.
 * catalog_files_clear() frees.
 */
bool catalog_files_standing(struct state *state, const char *ring, const struct channel *channel,
                            const struct build *build, struct catalog_files *files,
                            struct err *err) MUST_CHECK;

/*
 * Gives up a build: its file rows go, and it counts as not staged, so that a sync that wants it again stages
 * it anew. That rings have offered it stays in the books, and of each offer that no share shows any more its
 * descriptors; the other files of those are forgotten. Its objects are still in the store. Inside a
 * transaction.
 */
bool catalog_build_drop(struct state *state, const struct channel *channel, const struct build *build,
                        int64_t now, struct err *err) MUST_CHECK;

/*
 * The objects that a build with files, or an offer whose folder stands, names: each once, sorted by digest.
 * The caller frees *objects.
 */
bool catalog_objects_named(struct state *state, struct digest **objects, size_t *len,
                           struct err *err) MUST_CHECK;
/* Is this object one of them? */
bool catalog_object_is_named(struct state *state, const struct digest *digest, bool *named,
                             struct err *err) MUST_CHECK;

/* Bytes of all objects that builds in the store name, each once. */
bool catalog_object_bytes(struct state *state, uint64_t *bytes, struct err *err) MUST_CHECK;

#endif
