#include "ringmgr/state/people.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's "no login uid" (proc(5)), and the value that setuid(2) and chown(2) take for "none". */
static const uid_t NO_UID = (uid_t)-1;

/* What a process in a user namespace sees of uids that are none of its own (user_namespaces(7)). */
static const uid_t OVERFLOW_UID = 65534;

/* getpwnam_r and its kin ask for a larger buffer with ERANGE; a group of a large directory takes some MiB. */
enum { ANSWER_BYTES = 4096, ANSWER_BYTES_MAX = 64 << 20, GROUPS_MAX = 65536 };

enum answer { ANSWER_FOUND, ANSWER_NONE, ANSWER_SILENT /* the directory did not answer; errno says why */ };

/*
 * glibc answers 0 and no result where every source has said "not found", and an errno where the last one
 * could not be asked; that errno may well be ENOENT (of a socket or a configuration file), so getpwnam_r(3),
 * which lists it as a way of saying "not found", does not help here. A source that could not be asked while
 * one behind it in nsswitch.conf said "not found" does not show.
 */
static enum answer judge(int errnum, const void *result)
{
    errno = errnum;
    return result ? ANSWER_FOUND : errnum == 0 ? ANSWER_NONE : ANSWER_SILENT;
}

/* True if the question is to be asked again, with a larger buffer if that was the matter. */
static bool ask_again(int errnum, struct buf *memory)
{
    if (errnum == EINTR)
        return true;
    if (errnum != ERANGE || memory->cap >= ANSWER_BYTES_MAX)
        return false;
    buf_reserve(memory, memory->cap * 2);
    return true;
}

/* An account by name, or by uid where `name` is NULL. Its texts lie in `memory`. */
static enum answer find_account(const char *name, uid_t uid, struct passwd *account, struct buf *memory)
{
    struct passwd *result = NULL;
    int errnum;
    buf_reserve(memory, ANSWER_BYTES);
    do
        errnum = name ? getpwnam_r(name, account, (char *)memory->data, memory->cap, &result)
                      : getpwuid_r(uid, account, (char *)memory->data, memory->cap, &result);
    while (!result && ask_again(errnum, memory));
    return judge(errnum, result);
}

static enum answer find_group(const char *name, struct group *group, struct buf *memory)
{
    struct group *result = NULL;
    int errnum;
    buf_reserve(memory, ANSWER_BYTES);
    do
        errnum = getgrnam_r(name, group, (char *)memory->data, memory->cap, &result);
    while (!result && ask_again(errnum, memory));
    return judge(errnum, result);
}

/* Who is calling. */

static bool parse_uid(const char *text, int64_t *uid)
{
    char *end = NULL;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *uid = (int64_t)number;
    return errno == 0 && *end == 0 && number < NO_UID;
}

static int64_t read_login_uid(void)
{
    AUTO_FD fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);
    char text[32] = "";
    int64_t uid = -1;
    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
        return -1;
    text[strcspn(text, "\n")] = 0;
    return parse_uid(text, &uid) ? uid : -1;
}

void people_surroundings(struct surroundings *surroundings)
{
    surroundings->real_uid = getuid();
    surroundings->effective_uid = geteuid();
    surroundings->login_uid = read_login_uid();
    surroundings->sudo_uid = getenv("SUDO_UID");
    surroundings->has_peer = surroundings->web = false;
    surroundings->via[0] = 0;
}

bool people_surroundings_peer(struct surroundings *surroundings, int socket, struct err *err)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return err_set_errno(err, errno, "who is calling: ask the socket");
    if (peer.uid == NO_UID || peer.uid == OVERFLOW_UID)
        return err_set(err, ERR_FAILED,
                       "who is calling: uid %u is nobody's in particular: decide from an account of your "
                       "own; if you did, "
                       "the service runs in a user namespace, and must not (PrivateUsers=no)",
                       peer.uid);
    surroundings->has_peer = true;
    surroundings->peer_uid = peer.uid;
    return true;
}

/* Whether the peer is the web server in front. */
static bool is_proxy(const struct surroundings *surroundings, const char *proxy, bool *is, struct err *err)
{
    AUTO_BUF memory = {0};
    struct passwd account;
    enum answer answer = *proxy ? find_account(proxy, 0, &account, &memory) : ANSWER_NONE;
    *is = answer == ANSWER_FOUND && account.pw_uid == surroundings->peer_uid;
    return answer != ANSWER_SILENT ||
           err_set_errno(err, errno,
                         "who is calling: the directory does not say who [web] proxy_user = %s is", proxy);
}

bool people_surroundings_web(struct surroundings *surroundings, const struct settings *settings,
                             const char *named, struct err *err)
{
    AUTO_BUF memory = {0};
    struct passwd account;
    const char *proxy = settings->web.proxy_user, *header = settings->web.proxy_header;
    bool is;
    surroundings->web = true;
    if (!is_proxy(surroundings, proxy, &is, err))
        return false;
    if (!is)
        return true;
    if (!named || !*named)
        return err_set(err, ERR_REFUSED,
                       "the web server in front (%s) names nobody in %s: it must ask for a login", proxy,
                       header);
    switch (find_account(named, 0, &account, &memory)) {
    case ANSWER_NONE:
        return err_set(err, ERR_REFUSED, "%s: there is no account \"%.64s\" on this machine", header, named);
    case ANSWER_SILENT:
        return err_set_errno(err, errno, "who is calling: the directory does not say who \"%.64s\" is",
                             named);
    case ANSWER_FOUND:
        break;
    }
    surroundings->peer_uid = account.pw_uid;
    if (snprintf(surroundings->via, sizeof surroundings->via, "%s", proxy) >= (int)sizeof surroundings->via)
        surroundings->via[sizeof surroundings->via - 1] = 0; /* one so long is cut in the history */
    return true;
}

/* The uid that counts and how it was found. */
static bool choose_uid(const struct surroundings *surroundings, struct identity *identity, struct err *err)
{
    int64_t uid = surroundings->real_uid;
    const char *how = "uid";
    if (surroundings->has_peer) {
        uid = surroundings->peer_uid;
        how = surroundings->web ? "web" : "socket";
    } else if (surroundings->login_uid >= 0) {
        uid = surroundings->login_uid;
        how = "loginuid";
    } else if (surroundings->effective_uid == 0 && surroundings->sudo_uid) {
        if (!parse_uid(surroundings->sudo_uid, &uid))
            return err_set(err, ERR_FAILED, "who is calling: SUDO_UID \"%.32s\" is no uid",
                           surroundings->sudo_uid);
        how = "sudo";
    }
    identity->uid = (uid_t)uid;
    snprintf(identity->how, sizeof identity->how, "%s%s%s", how, *surroundings->via ? " via " : "",
             surroundings->via);
    return true;
}

static bool copy_name(const char *from, char *to, size_t size, struct err *err)
{
    if (strlen(from) >= size)
        return err_set(err, ERR_FAILED, "who is calling: the name \"%.64s…\" is too long", from);
    memcpy(to, from, strlen(from) + 1);
    return true;
}

bool people_identify(const struct settings *settings, const struct surroundings *surroundings,
                     struct identity *identity, struct err *err)
{
    AUTO_BUF memory = {0};
    struct passwd account;
    *identity = (struct identity){0};
    if (!choose_uid(surroundings, identity, err))
        return false;
    switch (find_account(NULL, identity->uid, &account, &memory)) {
    case ANSWER_NONE:
        return true;
    case ANSWER_SILENT:
        return err_set_errno(err, errno, "who is calling: the directory does not say who uid %u is",
                             identity->uid);
    case ANSWER_FOUND:
        break;
    }
    return copy_name(account.pw_name, identity->account, sizeof identity->account, err) &&
           copy_name(settings_person(settings, identity->account), identity->person, sizeof identity->person,
                     err);
}

bool people_may_decide(const struct identity *identity, uid_t service_uid, struct err *err)
{
    static const char how_to[] =
        "a person decides, from an account of their own (with sudo where the service does not run)";
    if (identity->uid == 0)
        return err_set(err, ERR_REFUSED, "root cannot decide: %s", how_to);
    if (identity->uid == service_uid)
        return err_set(err, ERR_REFUSED, "the service's user cannot decide: %s", how_to);
    if (identity->account[0] == 0)
        return err_set(err, ERR_REFUSED, "uid %u belongs to no account: %s", identity->uid, how_to);
    return true;
}

/* Who is an approver. */

#define WHY_BYTES 256

/* Asks for the account's own list of groups: its primary group is there, and those of a directory that does
 * not list a group's members. */
static bool is_listed(const struct passwd *account, gid_t wanted)
{
    int len = 64;
    gid_t *groups AUTO_FREE = mem_new((size_t)len, sizeof *groups);
    while (getgrouplist(account->pw_name, account->pw_gid, groups, &len) < 0) {
        if (len > GROUPS_MAX)
            return false;
        groups = mem_resize(groups, (size_t)len, sizeof *groups);
    }
    for (int i = 0; i < len; i++)
        if (groups[i] == wanted)
            return true;
    return false;
}

static bool has_member(const struct group *group, const struct passwd *account)
{
    for (char **member = group->gr_mem; *member; member++)
        if (strcmp(*member, account->pw_name) == 0)
            return true;
    return is_listed(account, group->gr_gid);
}

/* `why` is filled for UNKNOWN only. */
static enum membership in_group(const char *name, const struct passwd *account, char why[WHY_BYTES])
{
    AUTO_BUF memory = {0};
    struct group group;
    enum answer answer = find_group(name, &group, &memory);
    if (answer == ANSWER_FOUND && has_member(&group, account))
        return MEMBER_YES;
    if (answer != ANSWER_SILENT)
        return MEMBER_NO;
    snprintf(why, WHY_BYTES, "the directory does not say who is in group %.64s: %s", name, strerror(errno));
    return MEMBER_UNKNOWN;
}

/* One item of a ring's approvers. */
static enum membership matches(const char *approver, const struct passwd *account, char why[WHY_BYTES])
{
    if (strncmp(approver, "group:", 6) == 0)
        return in_group(approver + 6, account, why);
    if (strncmp(approver, "user:", 5) == 0 && strcmp(approver + 5, account->pw_name) == 0)
        return MEMBER_YES;
    return MEMBER_NO;
}

/* Any item that names the account decides; else one that could not be asked. */
static enum membership ask_all(const struct strv *names, const char *role, const struct passwd *account,
                               char why[WHY_BYTES])
{
    enum membership verdict = MEMBER_NO;
    for (size_t i = 0; i < names->len; i++) {
        enum membership one = matches(names->item[i], account, why);
        if (one == MEMBER_YES)
            return one;
        if (one == MEMBER_UNKNOWN)
            verdict = one;
    }
    if (verdict == MEMBER_NO)
        snprintf(why, WHY_BYTES, "%.64s is no %.100s", account->pw_name, role);
    return verdict;
}

enum membership people_is_named(const struct strv *names, const char *role, const char *account,
                                uid_t service_uid, char why[WHY_BYTES])
{
    AUTO_BUF memory = {0};
    struct passwd found;
    why[0] = 0;
    switch (find_account(account, NO_UID, &found, &memory)) {
    case ANSWER_SILENT:
        snprintf(why, WHY_BYTES, "the directory does not say who %.64s is: %s", account, strerror(errno));
        return MEMBER_UNKNOWN;
    case ANSWER_NONE:
        snprintf(why, WHY_BYTES, "there is no account %.64s any more", account);
        return MEMBER_NO;
    case ANSWER_FOUND:
        break;
    }
    if (found.pw_uid == 0 || found.pw_uid == service_uid) {
        snprintf(why, WHY_BYTES, "%.64s is %s, which cannot approve", account,
                 found.pw_uid == 0 ? "root" : "the service's user");
        return MEMBER_NO;
    }
    enum membership verdict = ask_all(names, role, &found, why);
    if (verdict == MEMBER_YES)
        why[0] = 0;
    return verdict;
}

enum membership people_is_approver(const struct ring *ring, const char *account, uid_t service_uid,
                                   char why[WHY_BYTES])
{
    char role[64];
    snprintf(role, sizeof role, "approver of ring %s", ring->name);
    return people_is_named(&ring->approvers, role, account, service_uid, why);
}

bool people_any_left(const struct strv *names)
{
    for (size_t i = 0; i < names->len; i++) {
        AUTO_BUF memory = {0};
        struct passwd account;
        struct group group;
        const char *name = strchr(names->item[i], ':');
        bool is_group = strncmp(names->item[i], "group:", 6) == 0;
        if (name && (is_group ? find_group(name + 1, &group, &memory)
                              : find_account(name + 1, NO_UID, &account, &memory)) != ANSWER_NONE)
            return true;
    }
    return false;
}
