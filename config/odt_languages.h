/* Which languages a configuration.xml names, and whether its products can have them. Pure. */
#ifndef CONFIG_ODT_LANGUAGES_H
#define CONFIG_ODT_LANGUAGES_H

#include "config/odt_products.h"

/* Zero-initialised is empty. Cultures in lower case, each once. */
struct odt_languages {
    struct strv full;     /* for products; the shell language first */
    struct strv proofing; /* for ProofingTools */
};

/* What the Language elements of a product are. */
enum odt_language_list {
    ODT_LANGUAGES_FULL,
    ODT_LANGUAGES_PROOFING,
    ODT_LANGUAGES_INSTALLED /* MatchInstalled: it speaks what the Office beside it does */
};

/* Which of them a product has in a document of that purpose. */
enum odt_language_list odt_languages_of(const struct product *product, enum odt_purpose purpose);

/*
 * The languages that are asked for, in their order, as far as each is offered in full or as proofing tools;
 * else all that the ring has configured and offers, the first one that Office has in full moved to the front.
 * ERR_USAGE where one is offered as neither (with those that are), is named twice, or none is left to be the
 * shell's. The lists are to be cleared in any case. Something must be offered.
 */
bool odt_languages_choose(const struct odt_options *options, struct odt_languages *languages,
                          struct err *err) MUST_CHECK;

/*
 * Whether the languages that are asked for go with the products that were chosen: ERR_USAGE where a product
 * is left without one, one has no product, or the shell's is one that Office has in part only. Without a wish
 * all is well.
 */
bool odt_languages_check(const struct odt_options *options, const struct odt_products *products,
                         const struct odt_languages *languages, struct err *err) MUST_CHECK;

/* Frees the lists; they are empty and usable again. */
void odt_languages_clear(struct odt_languages *languages);

#endif
