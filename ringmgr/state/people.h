/*
 * People: who is calling (never an argument: the service's socket, the login uid, sudo or the real uid say
 * so), who may decide, and who is an approver. The account database of this machine is asked, also through
 * its name services.
 */
#ifndef RINGMGR_STATE_PEOPLE_H
#define RINGMGR_STATE_PEOPLE_H

#include "ringmgr/policy/settings.h"
#include <sys/types.h>

struct identity {
    uid_t uid;
    char account[256]; /* "" if the uid resolves to no account */
    char person[256];  /* by [people]; the account if it stands in no person; "" as above */
    char how[48];      /* "socket", "loginuid", "sudo", "uid", "web", "web via www-data" */
};

/* What people_identify() looks at; people_surroundings() fills it from this process. */
struct surroundings {
    uid_t real_uid, effective_uid;
    int64_t login_uid;    /* /proc/self/loginuid; -1 if unset */
    const char *sudo_uid; /* environment SUDO_UID; NULL if unset */
    bool has_peer;        /* who calls is at the other end of a connection */
    uid_t peer_uid;
    bool web;     /* what is called was posted to the page */
    char via[32]; /* the account of the web server that says that it is peer_uid; "" if none does */
};
void people_surroundings(struct surroundings *surroundings);
/*
 * Who calls is whoever has connected this socket (SO_PEERCRED, unix(7): the effective uid at that moment).
 * ERR_FAILED if the kernel does not say, or says only that it is an account that does not exist here (user
 * namespaces).
 */
bool people_surroundings_peer(struct surroundings *surroundings, int socket, struct err *err) MUST_CHECK;

/*
 * The peer has posted something to the page. Where it is [web] proxy_user, who calls is whom it names, an
 * account of this machine (NULL or "": nobody); what anybody else names is not heard. ERR_REFUSED with a
 * sentence where it names none, or one that there is not; ERR_FAILED if the directory cannot be asked. To be
 * called behind people_surroundings_peer().
 */
bool people_surroundings_web(struct surroundings *surroundings, const struct settings *settings,
                             const char *named, struct err *err) MUST_CHECK;

/*
 * Who is calling: the peer, where there is one; else the audit login uid; else SUDO_UID when the effective
 * uid is 0 and there is no login uid; else the real uid. To be called before privileges are dropped.
 * ERR_FAILED if the directory cannot be asked.
 */
bool people_identify(const struct settings *settings, const struct surroundings *surroundings,
                     struct identity *identity, struct err *err) MUST_CHECK;

/*
 * May this identity decide at all? Root and the service's user (service_uid) cannot. ERR_REFUSED with a
 * sentence that says how a person does it (through sudo from an account of their own).
 */
bool people_may_decide(const struct identity *identity, uid_t service_uid, struct err *err) MUST_CHECK;

enum membership { MEMBER_NO, MEMBER_YES, MEMBER_UNKNOWN /* the directory did not answer; see why */ };
/*
 * Is the account an approver of the ring: named by user:, or now in a group: of its approvers? `why` gets a
 * sentence for NO and UNKNOWN. An account that no longer resolves, root and the service's user are NO.
 * UNKNOWN if no item names the account and one could not be asked.
 */
enum membership people_is_approver(const struct ring *ring, const char *account, uid_t service_uid,
                                   char why[256]);
/* The same of any list of "group:NAME" and "user:NAME"; `role` is what those named are ("overrider of ring
 * pilot"). */
enum membership people_is_named(const struct strv *names, const char *role, const char *account,
                                uid_t service_uid, char why[256]);
/* False if no account and no group of the list exists any more; a directory that does not answer counts as
 * "exists". */
bool people_any_left(const struct strv *names);

#endif
