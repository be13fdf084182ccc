/* What people settle: attentions that somebody has seen, and target versions that were taken back. */
#ifndef RINGMGR_OPS_SETTLE_H
#define RINGMGR_OPS_SETTLE_H

#include "ringmgr/ops/decide.h"
#include "ringmgr/state/pin.h"

/* Acknowledges the attention with this id. *changed false: somebody has, or it went by itself. ERR_USAGE if
 * there never was one. */
bool settle_attention(const struct job *job, int64_t id, const char *reason, bool *changed,
                      struct err *err) MUST_CHECK;

/* That it stands, in a sentence; the caller frees it. */
char *settle_pin_text(const struct pin *pin);
/* What takes it back; the caller frees it. */
char *settle_pin_command(const struct pin *pin);

/* A target version is handed out: pin, attention and history entry, in one transaction; nothing of it where
 * the same one stands already. Sets pin->id. */
bool settle_pin_made(const struct job *job, struct pin *pin, struct err *err) MUST_CHECK;
/* The pin with this id was taken back from the machines. *changed false: it was before. ERR_USAGE if there
 * never was one.
 */
bool settle_pin_cleared(const struct job *job, int64_t id, const char *reason, bool *changed,
                        struct err *err) MUST_CHECK;

#endif
