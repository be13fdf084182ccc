#include "ringmgr/app/check_people.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/people.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

/* Of two accounts of one person, one of them written wrong, the right one is another person's. */
static void check_accounts(struct check *check, const struct person *person)
{
    for (size_t i = 0; i < person->accounts.len; i++) {
        const char *account = person->accounts.item[i];
        if (getpwnam(account))
            continue;
        char *text AUTO_FREE =
            mem_printf("[people] %s: there is no account %s: if it is written wrong, the right one counts as "
                       "another person",
                       person->name, account);
        check_add(check, "warning", check_line(check, "people", person->name), "no-such-account", text);
    }
}

/* An approver who is not there can never approve. */
static void check_approvers(struct check *check, const struct ring *ring)
{
    for (size_t i = 0; i < ring->approvers.len; i++) {
        const char *approver = ring->approvers.item[i];
        const char *name = strchr(approver, ':') + 1;
        bool group = strncmp(approver, "group:", 6) == 0;
        if (group ? getgrnam(name) != NULL : getpwnam(name) != NULL)
            continue;
        char *text AUTO_FREE = mem_printf("[ring %s] approvers: there is no %s %s", ring->name,
                                          group ? "group" : "account", name);
        check_add(check, "error", check_ring_line(check, ring, "approvers"), "no-such-approver", text);
    }
}

/* Who is counted for a ring. */
struct count {
    const struct settings *settings;
    const struct ring *ring;
    uid_t service_uid;
    struct strv people;
};

/* Neither root nor the service can decide, nor an account that does not exist; whom the directory does not
 * tell of may. */
static void add_person(struct count *count, const char *account)
{
    char why[256];
    const char *person = settings_person(count->settings, account);
    if (!strv_has(&count->people, person) &&
        people_is_approver(count->ring, account, count->service_uid, why) != MEMBER_NO)
        strv_add(&count->people, person);
}

/* Adds those whom the group names. */
static void add_members(struct count *count, const char *name)
{
    AUTO_STRV members = {0};
    const struct group *found = getgrnam(name);
    for (char **member = found ? found->gr_mem : NULL; member && *member; member++)
        strv_add(&members, *member);
    for (size_t i = 0; i < members.len; i++)
        add_person(count, members.item[i]);
}

/* Adds those whose own group it is. A directory can be long: only where it matters. */
static void add_owners(struct count *count, const char *name)
{
    AUTO_STRV owners = {0};
    const struct group *found = getgrnam(name);
    gid_t gid = found ? found->gr_gid : (gid_t)-1;
    setpwent();
    for (const struct passwd *account = getpwent(); found && account; account = getpwent())
        if (account->pw_gid == gid)
            strv_add(&owners, account->pw_name);
    endpwent();
    for (size_t i = 0; i < owners.len; i++)
        add_person(count, owners.item[i]);
}

/* Adds who may approve through a group or by name, by one way of asking. */
static void add_approvers(struct count *count, void (*ask)(struct count *count, const char *name))
{
    for (size_t i = 0; i < count->ring->approvers.len; i++) {
        const char *approver = count->ring->approvers.item[i];
        bool group = strncmp(approver, "group:", strlen("group:")) == 0;
        (group ? ask : add_person)(count, strchr(approver, ':') + 1);
    }
}

/* Too few who can decide, as far as this machine lists them: a directory need not list all. */
static void check_enough(struct check *check, const struct ring *ring)
{
    bool one_more = ring->four_eyes && ring->publish == PUBLISH_MANUAL;
    unsigned need = ring->approvals + (one_more ? 1U : 0U);
    struct count count = {&check->app->settings, ring, check->app->job.service_uid, {0}};
    if (ring->approvals == 0)
        return;
    add_approvers(&count, add_members);
    if (count.people.len < need)
        add_approvers(&count, add_owners);
    size_t have = count.people.len;
    strv_clear(&count.people);
    if (have >= need)
        return;
    char *text AUTO_FREE = mem_printf(
        "[ring %s] approvals = %u%s wants %u different people, and this machine's accounts and groups have "
        "%zu among approvers (root and the service's account cannot decide): nobody could promote",
        ring->name, ring->approvals, one_more ? " with four_eyes = yes" : "", need, have);
    check_add(check, "warning", check_ring_line(check, ring, "approvers"), "too-few-approvers", text);
}

static void check_proxy_user(struct check *check)
{
    const char *proxy = check->app->settings.web.proxy_user;
    if (!*proxy || getpwnam(proxy))
        return;
    char *text AUTO_FREE = mem_printf(
        "[web] proxy_user = %s: there is no such account: nobody could decide behind that web server", proxy);
    check_add(check, "error", check_line(check, "web", "proxy_user"), "no-such-proxy", text);
}

/* The socket is open to every account, so it takes decisions of those only who are named. */
static void check_named(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    for (size_t i = 0; i < settings->rings; i++)
        if (settings->ring[i].approvers.len)
            return;
    if (settings->rings)
        check_add(check, "warning", settings->ring[0].line, "nobody-named",
                  "no ring names approvers: nobody can decide through [ringmgr] control, and through sudo "
                  "everybody whom sudo lets");
}

/* How long workdays are depends on the calendar: told is what is longer in any. Without soak nobody needs
 * the lane. */
static void check_lane(struct check *check, const struct ring *ring)
{
    char soak[32], expedite[32];
    const struct soak_need *plain = &ring->soak, *lane = &ring->expedite_soak;
    if (!ring->source_ring || plain->seconds == 0 || (plain->workdays && !lane->workdays) ||
        lane->seconds <= plain->seconds)
        return;
    soak_format(plain, soak);
    soak_format(lane, expedite);
    char *text AUTO_FREE = mem_printf("[ring %s] expedite_soak = %s is longer than soak = %s: the emergency "
                                      "lane would be the slower one; give it no more",
                                      ring->name, expedite, soak);
    check_add(check, "warning", check_ring_line(check, ring, "expedite_soak"), "slow-lane", text);
}

void check_people(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    check_named(check);
    check_proxy_user(check);
    for (size_t i = 0; i < settings->persons; i++)
        check_accounts(check, &settings->person[i]);
    for (size_t i = 0; i < settings->rings; i++) {
        check_approvers(check, &settings->ring[i]);
        check_enough(check, &settings->ring[i]);
        check_lane(check, &settings->ring[i]);
    }
}
