/*
 * Extend: content that grows. A language or an architecture that was added to the configuration is wanted;
 * it is fetched for the builds that stand already (live, soaking, kept for a roll-back), and offered only
 * when such a build has it whole.
 */
#ifndef RINGMGR_OPS_EXTEND_H
#define RINGMGR_OPS_EXTEND_H

#include "ringmgr/ops/stage.h"

/* One build that stands on shares and lacks something that is wanted. */
struct extension {
    const struct channel *channel;
    struct build build;
    bool live;               /* on any of the shares */
    const struct ring *root; /* which takes from origin: by its sync the build came */
    struct content has;      /* what a ring offers of it now */
    struct content content;  /* wanted by the rings that offer it and by those below, united with what they
                                offer */
};
struct extensions {
    struct extension *item;
    size_t len;
};

/*
 * Which standing builds lack what their rings want: for each ring, its standing offers whose content does not
 * contain the ring's configured content, or of which the catalog lacks files that a ring below wants. A build
 * that stands on several rings' shares is one extension with the union. One that is not live and that no ring
 * would go back to (left by a roll-back, blocked, withdrawn) is none. Newest builds first: live ones matter
 * most. extensions_clear() frees.
 */
bool extend_wanted(const struct job *job, struct extensions *wanted, struct err *err) MUST_CHECK;
void extensions_clear(struct extensions *extensions);

/*
 * Fetches what is missing of one extension from `origin` into the store, one addition after the other
 * (stage_build()): upstream may have one and lack another. *complete false: upstream lacks something (a
 * language that this older build never had, or has no more): an attention "extend-missing" names it, a
 * "warning" of a live build and an "info" of one that is only kept, and the build goes on offering what it
 * does. *fetched_bytes is what came, after an error too. Needs the upstream lock and the store's, shared.
 * Errors as those of stage_build(), but for what is missing.
 */
bool extend_fetch(const struct job *job, const struct origin_session *origin,
                  const struct extension *extension, bool *complete, uint64_t *fetched_bytes,
                  struct err *err) MUST_CHECK;

/*
 * Offers what is complete: for each ring and each standing build of which the store has more of the ring's
 * content whole, an intent of kind extend, the new files into the folder (descriptors of a new architecture
 * before its pointer), then the books (catalog_offer_extend(); soak and live_since stay). No gate is asked:
 * no build enters. A build that is not live gets no architecture that the live one lacks, for whose pointer
 * would name it? Takes the ring's and the store's lock itself. `extended` gets "RING BUILD" of each. One
 * ring's failure does not stop the others; the worst error is kept. A kill anywhere is finished or undone by
 * reconcile_ring(); no live build is incomplete at any instant. Attentions "extend-missing" of what is wanted
 * no more are cleared.
 */
bool extend_offer(const struct job *job, struct strv *extended, struct err *err) MUST_CHECK;

/* What the ring's content wants and its live build does not offer yet: "x86", "fr-fr", "fr-fr proofing",
 * "arm64"; nothing where the ring is empty. Appends. */
bool extend_lacking(const struct ring *ring, const struct offer *live, struct strv *lacking,
                    struct err *err) MUST_CHECK;

#endif
