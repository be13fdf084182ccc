/* The gate `approvals`. */
#include "ringmgr/policy/gate_private.h"

#include <string.h>

/* Under four_eyes the approval of whoever promotes is worth nothing. */
static bool is_own_approval(const struct gate_facts *facts, const struct approver *approver)
{
    return facts->ring->four_eyes && facts->promoter && strcmp(approver->person, facts->promoter) == 0;
}

static int64_t lapses(const struct approver *approver)
{
    return approver->at_unix + (int64_t)GATE_APPROVAL_DAYS * DAY_SECONDS;
}

static bool stands(const struct gate_facts *facts, const struct approver *approver)
{
    return approver->counts && (approver->at_unix <= facts->now_unix || facts->clock_behind) &&
           facts->now_unix < lapses(approver);
}

static bool is_valid(const struct gate_facts *facts, const struct approver *approver)
{
    return stands(facts, approver) && !is_own_approval(facts, approver);
}

/* True if approval `at` counts and is the first one of its person that does. */
static bool is_counted(const struct gate_facts *facts, size_t at)
{
    if (!is_valid(facts, &facts->approver[at]))
        return false;
    for (size_t i = 0; i < at; i++)
        if (is_valid(facts, &facts->approver[i]) &&
            strcmp(facts->approver[i].person, facts->approver[at].person) == 0)
            return false;
    return true;
}

unsigned gate_count_approvals(const struct gate_facts *facts)
{
    unsigned count = 0;
    for (size_t i = 0; i < facts->approvers; i++)
        count += is_counted(facts, i);
    return count;
}

/* " (anna, bob)" */
static void name_approvers(const struct gate_facts *facts, struct buf *reason)
{
    const char *before = " (";
    for (size_t i = 0; i < facts->approvers; i++)
        if (is_counted(facts, i)) {
            buf_printf(reason, "%s%s", before, facts->approver[i].person);
            before = ", ";
        }
    if (before[0] == ',')
        buf_puts(reason, ")");
}

/* Why approvals that were given are not among those that count. */
static void name_uncounted(const struct gate_facts *facts, struct buf *reason)
{
    for (size_t i = 0; i < facts->approvers; i++) {
        const struct approver *approver = &facts->approver[i];
        if (!approver->counts)
            buf_printf(reason, "; that of %s does not count: %s", approver->account,
                       approver->why ? approver->why : "no longer an approver");
        else if (is_own_approval(facts, approver))
            buf_printf(reason, "; that of %s does not count: who promotes has not approved (four_eyes)",
                       approver->account);
        else if (facts->now_unix >= lapses(approver)) {
            buf_printf(reason, "; that of %s lapsed after %d days, on ", approver->account,
                       GATE_APPROVAL_DAYS);
            add_date(reason, lapses(approver));
        }
    }
}

/* Nothing is missing but that somebody else promotes. */
static bool lacks_own_only(const struct gate_facts *facts, unsigned have, unsigned need)
{
    for (size_t i = 0; i < facts->approvers; i++)
        if (have + 1 == need && is_own_approval(facts, &facts->approver[i]) &&
            stands(facts, &facts->approver[i]))
            return true;
    return false;
}

/* When the approval that made the number full was given. */
static int64_t full_since(const struct gate_facts *facts, unsigned need)
{
    int64_t since = -1;
    for (size_t i = 0; i < facts->approvers && need > 0; i++)
        if (is_counted(facts, i)) {
            since = facts->approver[i].at_unix > since ? facts->approver[i].at_unix : since;
            need--;
        }
    return since;
}

/* Files that are not there cannot be approved. */
static void name_command(const struct gate_facts *facts, struct buf *reason)
{
    if (!facts->channel || (facts->missing && facts->missing->len)) {
        buf_puts(reason, ": the build can be approved once all its files are there");
        return;
    }
    buf_printf(reason, ": `ringmgr approve %s ", facts->ring->name);
    add_build(reason, &facts->build);
    buf_puts(reason, " --reason TEXT`");
}

bool ask_approvals(const struct gate_facts *facts, struct answer *answer)
{
    const struct ring *ring = facts->ring;
    struct buf *reason = &answer->reason;
    bool expedites = facts->lane == LANE_EXPEDITE;
    unsigned need = expedites ? ring->expedite_approvals : ring->approvals;
    unsigned have = gate_count_approvals(facts);
    if (need == 0) {
        buf_printf(reason, "%s needs no approval", ring->name);
        return true;
    }
    buf_printf(reason, "%s needs %u approval%s", ring->name, need, plural(need));
    if (expedites)
        buf_puts(reason, " (expedite_approvals)");
    if (facts->approvals_unknown) {
        buf_printf(reason, ", and it is not known who may approve: %s", facts->approvals_unknown);
        return false;
    }
    if (have)
        buf_printf(reason, ", has %u", have);
    else
        buf_puts(reason, ", has none");
    name_approvers(facts, reason);
    answer->since_unix = full_since(facts, need);
    if (have >= need)
        return true;
    if (lacks_own_only(facts, have, need)) {
        buf_printf(reason,
                   " beside that of %s, who has approved it and so cannot promote it (four_eyes): "
                   "somebody else does",
                   facts->promoter);
        return false;
    }
    name_command(facts, reason);
    name_uncounted(facts, reason);
    return false;
}
