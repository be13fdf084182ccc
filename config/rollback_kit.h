/*
 * What a rollback hands out. The older pointer alone brings no client back (formats/click-to-run.md, section
 * 8), so whoever looks after the machines gets the policies that do, those that take them back later, and
 * when to apply which. Pure: no clock, no time zone, no file.
 */
#ifndef CONFIG_ROLLBACK_KIT_H
#define CONFIG_ROLLBACK_KIT_H

#include "config/document.h"
#include "ringmgr/c2r/version.h"

enum { ROLLBACK_X64, ROLLBACK_X86, ROLLBACK_ARCHITECTURES };

/* All texts are UTF-8 and borrowed; those that may be missing are NULL or "". */
struct rollback_kit {
    const char *ring;
    const char *channel;   /* as people call it, "Monthly Enterprise Channel" */
    struct build from, to; /* what the share offered, and the older one that it offers now */
    const char *unc;       /* what clients call the share; may be missing */
    int64_t now_unix;      /* when the share was rolled back */
    int64_t deadline_unix; /* until when the machines must be back */
    /* The same two on people's clocks, "2026-08-22 20:00 Europe/Stockholm"; may be missing. */
    const char *now_local, *deadline_local;
    const char *by, *reason; /* who rolled back and why; may be missing */
    int64_t pin_id;          /* by which `ringmgr pins` knows this target version; 0: not said */
    uint64_t machine_bytes[ROLLBACK_ARCHITECTURES]; /* what one machine fetches at most; 0: not offered */
    unsigned machines;                              /* of the ring; 0: not known */
};

#define ROLLBACK_GO_BACK "1-go-back.reg"
#define ROLLBACK_RELEASE "2-release.reg"
#define ROLLBACK_README  "README.txt"

/*
 * Writes ROLLBACK_GO_BACK (gpo_pin()), ROLLBACK_RELEASE (gpo_unpin()) and ROLLBACK_README (plain UTF-8 text,
 * CRLF, lines of at most 76 columns but for names that are longer) in that order. What *documents was before
 * is overwritten, not freed. ERR_USAGE where `to` is not older than `from`, the deadline has passed or cannot
 * be written, or the unc cannot stand in a .reg file; *documents is then empty. documents_clear() frees.
 */
bool rollback_kit_write(const struct rollback_kit *kit, struct documents *documents,
                        struct err *err) MUST_CHECK;
/* Appends the README's first line, by which its ring is known. */
void rollback_kit_title(const char *ring, struct buf *out);
/* Adds the documents' names to *documents, without their bytes. */
void rollback_kit_names(struct documents *documents);

#endif
