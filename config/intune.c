#include "config/intune.h"
#include "config/xmltext.h"
#include "ringmgr/base/json.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"

#include <string.h>

/* Where office16.admx, which Intune has ingested as office16v2, keeps the policies of its category. */
#define UPDATES_URI "./Device/Vendor/MSFT/Policy/Config/office16v2~Policy~L_MicrosoftOfficemachine~L_Updates/"

static bool same_policy(const struct policy_value *a, const struct policy_value *b)
{
    return strcmp(a->setting->policy, b->setting->policy) == 0;
}

/* Whether an earlier value has the same policy: all of them became one setting there. */
static bool is_done(const struct policy *policy, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (same_policy(&policy->item[i], &policy->item[index]))
            return true;
    return false;
}

/* Whether a later value of the same setting counts instead, as in the registry. */
static bool is_replaced(const struct policy *policy, size_t index)
{
    for (size_t i = index + 1; i < policy->len; i++)
        if (policy->item[i].setting == policy->item[index].setting)
            return true;
    return false;
}

/* A policy is enabled by its own switch, and where none is among the values, by any element that is set. */
static bool is_enabled(const struct policy *policy, size_t first)
{
    bool any = false;
    for (size_t i = first; i < policy->len; i++) {
        const struct policy_value *value = &policy->item[i];
        if (!same_policy(value, &policy->item[first]) || is_replaced(policy, i))
            continue;
        if (!value->setting->element)
            return value->number != 0; /* 0 where it is removed */
        any |= !value->remove;
    }
    return any;
}

/* Numbers among the elements are check boxes (<boolean> in the ADMX), which MDM calls true and false. */
static void put_data(struct buf *out, const struct policy_value *value)
{
    buf_puts(out, "<data id=\"");
    xml_escape(out, value->setting->element);
    buf_puts(out, "\" value=\"");
    if (value->setting->type == POLICY_DWORD)
        buf_puts(out, value->number ? "true" : "false");
    else
        xml_escape(out, value->text);
    buf_puts(out, "\"/>");
}

static void put_state(struct buf *out, const struct policy *policy, size_t first)
{
    if (!is_enabled(policy, first)) {
        buf_puts(out, "<disabled/>");
        return;
    }
    buf_puts(out, "<enabled/>");
    for (size_t i = first; i < policy->len; i++) {
        const struct policy_value *value = &policy->item[i];
        if (same_policy(value, &policy->item[first]) && value->setting->element && !value->remove &&
            !is_replaced(policy, i))
            put_data(out, value);
    }
}

static struct jv *oma_setting(const struct policy *policy, size_t first)
{
    const struct policy_setting *setting = policy->item[first].setting;
    char *uri AUTO_FREE = mem_printf(UPDATES_URI "%s", setting->policy);
    AUTO_BUF state = {0};
    struct jv *object = jv_object();
    put_state(&state, policy, first);
    jv_set_text(object, "@odata.type", "#microsoft.graph.omaSettingString");
    jv_set_text(object, "displayName", setting->title);
    jv_set_text(object, "omaUri", uri);
    jv_set_text(object, "value", buf_text(&state));
    return object;
}

bool intune_write(const struct policy_document *document, struct buf *out, struct err *err)
{
    const struct policy *policy = document->policy;
    if (!xmltext_check(document->ring, "the name of the ring", err) || !xmltext_check_policy(policy, err))
        return false;
    struct jv *profile AUTO(jv_auto_free)
    = jv_object();
    char *name AUTO_FREE = mem_printf(POLICY_DOCUMENT_NAME "%s", document->ring);
    struct jv *settings = jv_array();
    jv_set_text(profile, "@odata.type", "#microsoft.graph.windows10CustomConfiguration");
    jv_set_text(profile, "displayName", name);
    jv_set(profile, "omaSettings", settings);
    for (size_t i = 0; i < policy->len; i++)
        if (!is_done(policy, i))
            jv_push(settings, oma_setting(policy, i));
    jv_write(profile, out);
    return true;
}
