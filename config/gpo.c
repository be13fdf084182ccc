#include "config/gpo.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define UPDATE_KEY "software\\policies\\microsoft\\office\\16.0\\common\\officeupdate"

static const struct policy_setting settings[GPO_SETTINGS] = {
    [GPO_ENABLE_UPDATES] = {"L_EnableAutomaticUpdates", "Enable Automatic Updates", UPDATE_KEY,
                            "enableautomaticupdates", POLICY_DWORD},
    [GPO_UPDATE_PATH] = {"L_UpdatePath", "Update Path", UPDATE_KEY, "updatepath", POLICY_SZ},
    [GPO_TARGET_VERSION] = {"L_UpdateTargetVersion", "Target Version", UPDATE_KEY, "updatetargetversion",
                            POLICY_SZ},
    [GPO_DEADLINE] = {"L_UpdateDeadline", "Update Deadline", UPDATE_KEY, "updatedeadline", POLICY_SZ},
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

void gpo_unpin(struct policy *policy)
{
    policy_remove(policy, gpo_setting(GPO_TARGET_VERSION));
    policy_remove(policy, gpo_setting(GPO_DEADLINE));
}
