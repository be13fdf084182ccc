/* Couriers: one notice to one target, with the secrets and the template of that target read anew. */
#ifndef RINGMGR_OPS_COURIER_H
#define RINGMGR_OPS_COURIER_H

#include "ringmgr/fetch/curl_send.h"
#include "ringmgr/policy/notify.h"
#include "ringmgr/state/notices.h"

/* What every courier works with. */
struct courier_options {
    const char *host;        /* this machine's name */
    const char *credentials; /* folder of credential:NAME (systemd.exec(5)); NULL: there is none */
};

/* Fills them with the name of this machine, which is put into `host`, and what the environment says of
 * credentials (CREDENTIALS_DIRECTORY). */
enum { COURIER_HOST_SIZE = 256 };
void courier_look_around(struct courier_options *options, char host[COURIER_HOST_SIZE]);

/* A target ready to be told: what its files hold. courier_clear() wipes it. */
struct courier {
    const struct notify_target *target;
    const char *host;
    char *url;             /* of a webhook */
    char *user, *password; /* NULL: nobody logs in */
    struct buf template;
    bool has_template;
};

/* Reads its files. ERR_USAGE naming the one that cannot be read, that others may read or that does not hold
 * what it should. courier_clear() frees, also after an error. */
bool courier_open(const struct notify_target *target, const struct courier_options *options,
                  struct courier *courier, struct err *err) MUST_CHECK;
/* Likewise without its secrets, which whoever looks at it may not be able to read: for courier_check(). */
bool courier_open_papers(const struct notify_target *target, const struct courier_options *options,
                         struct courier *courier, struct err *err) MUST_CHECK;
void courier_clear(struct courier *courier);

/* Sends one notice that stands for `count`. Whether it was delivered; *answer says how it went, also where
 * the template is of no use. */
bool courier_send(const struct courier *courier, const struct notice *notice, unsigned count,
                  struct send_answer *answer);
/* Whether its template can be filled. ERR_USAGE with file and line. */
bool courier_check(const struct courier *courier, struct err *err) MUST_CHECK;

#endif
