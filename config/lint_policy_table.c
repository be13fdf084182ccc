#include "config/lint_policy_table.h"
#include "ringmgr/base/nearest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { NEAR_KEY = 3, NEAR_NAME = 5 };

static const char *const keys[] = {
    [PLACE_POLICY] = "software\\policies\\microsoft\\office\\16.0\\common\\officeupdate",
    [PLACE_CLOUD] = "software\\policies\\microsoft\\cloud\\office\\16.0\\common\\officeupdate",
    [PLACE_INSTALLED] = "software\\microsoft\\office\\clicktorun\\configuration",
    [PLACE_UPDATES] = "software\\microsoft\\office\\clicktorun\\updates",
};

static const struct known_value values[KNOWN_VALUES] = {
    [KNOWN_ENABLE] = {"enableautomaticupdates", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_HIDE_SWITCH] = {"hideenabledisableupdates", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_HIDE_NOTIFICATIONS] = {"hideupdatenotifications", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_MGMT_COM] = {"officemgmtcom", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_BITS] = {"setbitsasprimary", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_ONLINE_REPAIR] = {"onlinerepair", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_FALLBACK_TO_CDN] = {"fallbacktocdn", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_LOCAL_ODT_PATH] = {"localodtpath", PLACE_POLICY, VALUE_TEXT},
    [KNOWN_NO_TEAMS] = {"preventteamsinstall", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_NO_BING] = {"preventbinginstall", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_VL_TO_SUBSCRIPTION] = {"vltosubscription", PLACE_POLICY, VALUE_SWITCH},
    [KNOWN_DEFER_DAYS] = {"deferupdatedays", PLACE_POLICY, VALUE_DEFER_DAYS},
    [KNOWN_PATH] = {"updatepath", PLACE_POLICY, VALUE_PATH},
    [KNOWN_TARGET] = {"updatetargetversion", PLACE_POLICY, VALUE_VERSION},
    [KNOWN_DEADLINE] = {"updatedeadline", PLACE_POLICY, VALUE_DEADLINE},
    [KNOWN_BRANCH] = {"updatebranch", PLACE_POLICY, VALUE_BRANCH},
    [KNOWN_BLOCK] = {"blockversion", PLACE_POLICY, VALUE_BLOCK},
    [KNOWN_CLOUD_PATH] = {"updatepath", PLACE_CLOUD, VALUE_PATH},
    [KNOWN_CLOUD_BRANCH] = {"updatebranch", PLACE_CLOUD, VALUE_BRANCH},
    [KNOWN_CLOUD_IGNORES_GPO] = {"ignoregpo", PLACE_CLOUD, VALUE_SWITCH},
    [KNOWN_INSTALLED_URL] = {"updateurl", PLACE_INSTALLED, VALUE_PATH},
    [KNOWN_INSTALLED_UNMANAGED_URL] = {"unmanagedupdateurl", PLACE_INSTALLED, VALUE_TEXT},
    [KNOWN_INSTALLED_CDN] = {"cdnbaseurl", PLACE_INSTALLED, VALUE_TEXT},
    [KNOWN_INSTALLED_CHANNEL] = {"updatechannel", PLACE_INSTALLED, VALUE_TEXT},
    [KNOWN_INSTALLED_ENABLED] = {"updatesenabled", PLACE_INSTALLED, VALUE_TRUTH},
    [KNOWN_INSTALLED_MGMT_COM] = {"officemgmtcom", PLACE_INSTALLED, VALUE_TRUTH},
    [KNOWN_SERVICE_ENABLED] = {"updatesenabled", PLACE_UPDATES, VALUE_TRUTH},
};

const struct known_value *known_value(enum known which)
{
    return &values[which];
}

const char *place_key(enum place place)
{
    return keys[place];
}

enum registry_type value_kind_type(enum value_kind kind)
{
    return kind == VALUE_SWITCH || kind == VALUE_DEFER_DAYS ? REGISTRY_DWORD : REGISTRY_SZ;
}

enum known known_find(enum place place, const char *name)
{
    size_t which = 0;
    while (which < KNOWN_VALUES &&
           (values[which].place != place || strcasecmp(values[which].name, name) != 0))
        which++;
    return (enum known)which;
}

const char *known_nearest(const char *name)
{
    const char *nearest = NULL;
    size_t best = NEAR_NAME + 1;
    for (size_t i = 0; i < KNOWN_VALUES; i++) {
        size_t far = values[i].place == PLACE_POLICY ? nearest_distance(name, values[i].name) : best;
        if (far < best) {
            best = far;
            nearest = values[i].name;
        }
    }
    return nearest_likely(name, nearest);
}

/* What follows `start` in `key`; NULL if it begins otherwise. */
static const char *behind(const char *key, const char *start)
{
    size_t len = strlen(start);
    return strncasecmp(key, start, len) == 0 ? key + len : NULL;
}

/* Equal but for case and a backslash at the end. */
static bool is_key(const char *key, const char *wanted)
{
    const char *rest = behind(key, wanted);
    return rest && (strcmp(rest, "") == 0 || strcmp(rest, "\\") == 0);
}

static bool is_user(const char *hive)
{
    return strcasecmp(hive, "HKEY_CURRENT_USER") == 0 || strcasecmp(hive, "HKEY_USERS") == 0;
}

static bool is_machine(const char *hive)
{
    return !*hive || strcasecmp(hive, "HKEY_LOCAL_MACHINE") == 0;
}

/* HKEY_USERS has a key for each user, and below it what HKEY_CURRENT_USER shows that user. */
static const char *own_key(const char *hive, const char *key)
{
    const char *below = strchr(key, '\\');
    if (strcasecmp(hive, "HKEY_USERS") == 0)
        return below ? below + 1 : "";
    return key;
}

static bool has_component(const char *key, const char *wanted)
{
    size_t len = strlen(wanted);
    for (const char *at = key; at; at = strchr(at, '\\')) {
        at += *at == '\\';
        if (strncasecmp(at, wanted, len) == 0 && (at[len] == 0 || at[len] == '\\'))
            return true;
    }
    return false;
}

static bool is_known_name(const char *name)
{
    return known_find(PLACE_POLICY, name) != KNOWN_VALUES;
}

static enum place exact_place(const char *key)
{
    for (enum place place = PLACE_POLICY; place_counts(place); place++)
        if (is_key(key, keys[place]))
            return place;
    return PLACE_ELSEWHERE;
}

static enum place exact_wow64_place(const char *key)
{
    const char *rest = behind(key, "software\\wow6432node\\");
    for (enum place place = PLACE_POLICY; rest && place <= PLACE_INSTALLED; place++)
        if (is_key(rest, keys[place] + strlen("software\\")))
            return PLACE_WOW64;
    return PLACE_ELSEWHERE;
}

static bool is_other_office(const char *key)
{
    const char *version = behind(key, "software\\policies\\microsoft\\office\\");
    const char *rest = version ? strchr(version, '\\') : NULL;
    return rest && isdigit((unsigned char)*version) && strncmp(version, "16.0", 4) != 0 &&
           is_key(rest, "\\common\\officeupdate");
}

/* Office has other keys that hold such words, but none of the machine's policies has such values. */
static enum place guessed_place(const char *key, const char *name)
{
    bool policy = behind(key, "software\\policies\\microsoft\\");
    if (is_other_office(key))
        return PLACE_OTHER_OFFICE;
    if (nearest_distance(key, keys[PLACE_POLICY]) <= NEAR_KEY)
        return PLACE_MISSPELT;
    if (has_component(key, "officeupdate") && (policy || is_known_name(name)))
        return PLACE_MISSPELT;
    return policy && has_component(key, "office") && is_known_name(name) ? PLACE_MISSPELT : PLACE_ELSEWHERE;
}

bool place_counts(enum place place)
{
    return place >= PLACE_POLICY && place <= PLACE_UPDATES;
}

enum place place_of_value(const char *hive, const char *key, const char *name)
{
    const char *own = own_key(hive, key);
    if (!is_user(hive) && !is_machine(hive))
        return PLACE_ELSEWHERE;
    enum place place = exact_place(own);
    if (place == PLACE_ELSEWHERE)
        place = exact_wow64_place(own);
    if (place == PLACE_ELSEWHERE)
        place = guessed_place(own, name);
    return place != PLACE_ELSEWHERE && is_user(hive) ? PLACE_USER : place;
}

enum place place_of(const struct registry_entry *entry)
{
    return place_of_value(entry->hive, entry->key, entry->name);
}

bool place_is_below(enum place place, const struct registry_entry *removed)
{
    size_t len = strlen(removed->key);
    if (!is_machine(removed->hive))
        return false;
    while (len > 0 && removed->key[len - 1] == '\\')
        len--;
    return len > 0 && strncasecmp(keys[place], removed->key, len) == 0 &&
           (keys[place][len] == 0 || keys[place][len] == '\\');
}
