/*
 * Pins: target versions that were handed out in documents. A machine that has one stays on that build until
 * the document that takes it back has been applied, so the build must stay on the share.
 */
#ifndef RINGMGR_STATE_PIN_H
#define RINGMGR_STATE_PIN_H

#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"
#include "ringmgr/state/db.h"

/* Texts are borrowed when put, owned when read. */
struct pin {
    int64_t id;
    const char *ring;
    const struct channel *channel;
    struct build build;
    const char *what; /* "rollback", "odt" */
    const char *by;
    int64_t at_unix;
};
struct pins {
    struct pin *item;
    size_t len;
};

/* Inside a transaction. Sets pin->id. */
bool pin_put(struct state *state, struct pin *pin, struct err *err) MUST_CHECK;
/* Inside a transaction. *found: it stood; *pin is then what it was (pin_clear() frees). */
bool pin_take_back(struct state *state, int64_t id, const char *by, int64_t now, struct pin *pin, bool *found,
                   struct err *err) MUST_CHECK;
/* True in *ever if there has ever been a pin with this id. */
bool pin_ever(struct state *state, int64_t id, bool *ever, struct err *err) MUST_CHECK;
/* Those that stand, oldest first; of one ring, or of all where it is NULL. pins_clear() frees. */
bool pins_standing(struct state *state, const char *ring, struct pins *pins, struct err *err) MUST_CHECK;
void pin_clear(struct pin *pin);
void pins_clear(struct pins *pins);

#endif
