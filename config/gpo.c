#include "config/gpo.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define UPDATE_KEY "software\\policies\\microsoft\\office\\16.0\\common\\officeupdate"

static const struct policy_setting settings[GPO_SETTINGS] = {
    [GPO_ENABLE_UPDATES] = {"L_EnableAutomaticUpdates", NULL, "Enable Automatic Updates", UPDATE_KEY,
                            "enableautomaticupdates", POLICY_DWORD},
    [GPO_UPDATE_PATH] = {"L_UpdatePath", "L_UpdatePathID", "Update Path", UPDATE_KEY, "updatepath",
                         POLICY_SZ},
    [GPO_OFFICE_MGMT_COM] = {"L_OfficeMgmtCOM", NULL, "Management of Microsoft 365 Apps for enterprise",
                             UPDATE_KEY, "officemgmtcom", POLICY_DWORD},
    [GPO_TARGET_VERSION] = {"L_UpdateTargetVersion", "L_UpdateTargetVersionID", "Target Version", UPDATE_KEY,
                            "updatetargetversion", POLICY_SZ},
    [GPO_DEADLINE] = {"L_UpdateDeadline", "L_UpdateDeadlineID", "Update Deadline", UPDATE_KEY,
                      "updatedeadline", POLICY_SZ},
    [GPO_HIDE_SWITCH] = {"L_HideEnableDisableUpdates", NULL, "Hide option to enable or disable updates",
                         UPDATE_KEY, "hideenabledisableupdates", POLICY_DWORD},
    [GPO_HIDE_NOTIFICATIONS] = {"L_HideUpdateNotifications", NULL, "Hide Update Notifications", UPDATE_KEY,
                                "hideupdatenotifications", POLICY_DWORD},
    [GPO_ONLINE_REPAIR] = {"L_OnlineRepair", NULL, "Online Repair", UPDATE_KEY, "onlinerepair", POLICY_DWORD},
    [GPO_FALLBACK_TO_CDN] = {"L_OnlineRepair", "L_FallBackToCDN", "Online Repair", UPDATE_KEY,
                             "fallbacktocdn", POLICY_DWORD},
};

static const int64_t end_of_9999_unix = 253402300799;

const struct policy_setting *gpo_setting(enum gpo_setting which)
{
    return &settings[which];
}

static struct policy_value *add(struct policy *policy, const struct policy_setting *setting)
{
    policy->item = mem_grow(policy->item, policy->len, sizeof *policy->item);
    struct policy_value *value = &policy->item[policy->len++];
    *value = (struct policy_value){.setting = setting};
    return value;
}

void policy_set_text(struct policy *policy, const struct policy_setting *setting, const char *text)
{
    add(policy, setting)->text = mem_strdup(text);
}

void policy_set_number(struct policy *policy, const struct policy_setting *setting, uint32_t number)
{
    add(policy, setting)->number = number;
}

void policy_remove(struct policy *policy, const struct policy_setting *setting)
{
    add(policy, setting)->remove = true;
}

void policy_clear(struct policy *policy)
{
    for (size_t i = 0; i < policy->len; i++)
        free(policy->item[i].text);
    free(policy->item);
    *policy = (struct policy){0};
}

bool gpo_format_deadline(int64_t unix_seconds, char text[GPO_DEADLINE_SIZE], struct err *err)
{
    char iso[CLOCK_TEXT_SIZE];
    *text = 0;
    if (unix_seconds < 0 || unix_seconds > end_of_9999_unix)
        return err_set(err, ERR_USAGE, "a deadline must lie in the years 1970 to 9999");
    clock_format(unix_seconds, iso); /* YYYY-MM-DDThh:mm:ssZ */
    snprintf(text, GPO_DEADLINE_SIZE, "%.2s/%.2s/%.4s %.5s", iso + 5, iso + 8, iso, iso + 11);
    return true;
}

bool gpo_pin(const struct gpo_pin *pin, struct policy *policy, struct err *err)
{
    char target[BUILD_TEXT_SIZE], deadline[GPO_DEADLINE_SIZE];
    if (build_is_none(&pin->target))
        return err_set(err, ERR_USAGE, "a target version needs a build");
    if (!gpo_format_deadline(pin->deadline_unix, deadline, err))
        return false;
    build_format(&pin->target, target);
    policy_set_number(policy, gpo_setting(GPO_ENABLE_UPDATES), 1);
    if (pin->unc && *pin->unc)
        policy_set_text(policy, gpo_setting(GPO_UPDATE_PATH), pin->unc);
    policy_set_text(policy, gpo_setting(GPO_TARGET_VERSION), target);
    if (pin->deadline_unix)
        policy_set_text(policy, gpo_setting(GPO_DEADLINE), deadline);
    return true;
}

static bool check_ring(const struct gpo_ring *ring, struct err *err)
{
    if (!ring->share || !*ring->share)
        return err_set(err, ERR_USAGE, "the ring has no unc: configure what clients call its share");
    if (ring->deadline_unix && ring->deadline_days)
        return err_set(err, ERR_USAGE, "a deadline is a time or a number of days, not both");
    if (ring->clear_target && !build_is_none(&ring->target))
        return err_set(err, ERR_USAGE, "a target version is either set or cleared");
    return true;
}

static void set_switch(struct policy *policy, enum gpo_setting which, bool on)
{
    policy_set_number(policy, gpo_setting(which), on);
}

bool gpo_ring(const struct gpo_ring *ring, struct policy *policy, struct err *err)
{
    char target[BUILD_TEXT_SIZE], deadline[GPO_DEADLINE_SIZE];
    if (!check_ring(ring, err) || !gpo_format_deadline(ring->deadline_unix, deadline, err))
        return false;
    build_format(&ring->target, target);
    if (ring->deadline_days)
        snprintf(deadline, sizeof deadline, "%u", ring->deadline_days);
    set_switch(policy, GPO_ENABLE_UPDATES, true);
    policy_set_text(policy, gpo_setting(GPO_UPDATE_PATH), ring->share);
    set_switch(policy, GPO_OFFICE_MGMT_COM, false);
    if (!build_is_none(&ring->target))
        policy_set_text(policy, gpo_setting(GPO_TARGET_VERSION), target);
    if (ring->clear_target)
        policy_remove(policy, gpo_setting(GPO_TARGET_VERSION));
    if (ring->deadline_unix || ring->deadline_days)
        policy_set_text(policy, gpo_setting(GPO_DEADLINE), deadline);
    else if (ring->clear_target)
        policy_remove(policy, gpo_setting(GPO_DEADLINE)); /* that of the target, which may have passed */
    set_switch(policy, GPO_HIDE_SWITCH, ring->hide_switch);
    set_switch(policy, GPO_HIDE_NOTIFICATIONS, !ring->notifications);
    set_switch(policy, GPO_ONLINE_REPAIR, true);
    set_switch(policy, GPO_FALLBACK_TO_CDN, false);
    return true;
}

void gpo_unpin(struct policy *policy)
{
    policy_remove(policy, gpo_setting(GPO_TARGET_VERSION));
    policy_remove(policy, gpo_setting(GPO_DEADLINE));
}
