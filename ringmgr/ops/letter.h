/* Letters: a notice as a webhook gets it, and as a mail. Pure. */
#ifndef RINGMGR_OPS_LETTER_H
#define RINGMGR_OPS_LETTER_H

#include "ringmgr/base/template.h"
#include "ringmgr/policy/notify.h"
#include "ringmgr/state/notices.h"

struct letter {
    const struct notice *notice;
    unsigned count;            /* how many of its kind this stands for */
    const char *host;          /* this machine's name */
    const char *template_text; /* NULL: none */
    size_t template_len;
};

/*
 * The body of the POST: the template, or {"schema":1,"id","event","severity","time","host","ring","channel",
 * "build","version","title","text","count","command"}, null where there is none. Appended to `out`. ERR_USAGE
 * as template_render().
 */
bool letter_webhook(const struct letter *letter, struct buf *out, struct err *err) MUST_CHECK;

/*
 * The whole mail (RFC 5322, 2045, 2047), lines with CR LF: the template, whose first line may be "Subject:
 * …", or a form of its own. The same notice has the same Message-ID each time. Appended to `out`. Errors as
 * above.
 */
bool letter_mail(const struct letter *letter, const struct notify_target *target, struct buf *out,
                 struct err *err) MUST_CHECK;

/* A notice that has something of everything, quotes and line ends among it: to try templates with. Its texts
 * are constants. */
void letter_sample(struct notice *notice, int64_t now);

/*
 * Takes "Subject: …" and a blank line behind it off the front of a filled template; NULL, and *text as it
 * was, if it does not begin so. The caller frees it.
 */
char *letter_take_subject(const char **text);

#endif
