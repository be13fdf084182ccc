/*
 * Where Windows keeps what decides over Office's updates: keys, value names and their types
 * (formats/deployment.md, section 2; office16.admx). Pure.
 */
#ifndef CONFIG_LINT_POLICY_TABLE_H
#define CONFIG_LINT_POLICY_TABLE_H

#include "config/registry.h"

enum place {
    PLACE_ELSEWHERE,    /* no concern of Office's updates */
    PLACE_POLICY,       /* Group Policy's key */
    PLACE_CLOUD,        /* Cloud Update's key */
    PLACE_INSTALLED,    /* what the Deployment Tool left behind */
    PLACE_UPDATES,      /* what the update service of Office keeps for itself */
    PLACE_USER,         /* one of these, but a user's */
    PLACE_WOW64,        /* one of these, but in the view of 32-bit programs */
    PLACE_OTHER_OFFICE, /* Group Policy's key of another version of Office */
    PLACE_MISSPELT      /* meant to be Group Policy's key, as it seems */
};

enum value_kind {
    VALUE_SWITCH, /* 0, 1 */
    VALUE_TRUTH,  /* "True", "False"; of either type */
    VALUE_DEFER_DAYS,
    VALUE_TEXT, /* anything */
    VALUE_PATH,
    VALUE_VERSION,
    VALUE_DEADLINE,
    VALUE_BRANCH,
    VALUE_BLOCK
};

enum known {
    KNOWN_ENABLE,
    KNOWN_HIDE_SWITCH,
    KNOWN_HIDE_NOTIFICATIONS,
    KNOWN_MGMT_COM,
    KNOWN_BITS,
    KNOWN_ONLINE_REPAIR,
    KNOWN_FALLBACK_TO_CDN,
    KNOWN_LOCAL_ODT_PATH,
    KNOWN_NO_TEAMS,
    KNOWN_NO_BING,
    KNOWN_VL_TO_SUBSCRIPTION,
    KNOWN_DEFER_DAYS,
    KNOWN_PATH,
    KNOWN_TARGET,
    KNOWN_DEADLINE,
    KNOWN_BRANCH,
    KNOWN_BLOCK,
    KNOWN_CLOUD_PATH,
    KNOWN_CLOUD_BRANCH,
    KNOWN_CLOUD_IGNORES_GPO,
    KNOWN_INSTALLED_URL,
    KNOWN_INSTALLED_UNMANAGED_URL,
    KNOWN_INSTALLED_CDN,
    KNOWN_INSTALLED_CHANNEL,
    KNOWN_INSTALLED_ENABLED,
    KNOWN_INSTALLED_MGMT_COM,
    KNOWN_SERVICE_ENABLED,
    KNOWN_VALUES /* how many there are */
};

struct known_value {
    const char *name;
    enum place place; /* POLICY, CLOUD, INSTALLED or UPDATES */
    enum value_kind kind;
};

/* What is known of a value; never NULL. */
const struct known_value *known_value(enum known which);
/* In which place an entry's key lies; the entry's name helps where the key is misspelt. */
enum place place_of(const struct registry_entry *entry);
/* The same of a value that stands in no registry file; "" for the hive of a Registry.pol. */
enum place place_of_value(const char *hive, const char *key, const char *name);
/* Whether its values are judged: POLICY, CLOUD, INSTALLED, UPDATES. */
bool place_counts(enum place place);
/* The key of a place that counts, without hive. */
const char *place_key(enum place place);
/* Whether a key that is removed takes this place with it: its own or one above it, of the machine. */
bool place_is_below(enum place place, const struct registry_entry *removed);
/* By name, ignoring case; KNOWN_VALUES if this place has none of that name. */
enum known known_find(enum place place, const char *name);
/* The value of PLACE_POLICY whose name is most like this one; NULL if none is like it. */
const char *known_nearest(const char *name);
/* The registry's type that a kind has. */
enum registry_type value_kind_type(enum value_kind kind);

#endif
