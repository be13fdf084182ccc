/*
 * Policies of Office updates as values (formats/deployment.md, section 2): which settings machines get and
 * which they lose. Every form of document (.reg, Registry.pol …) is written from this one list. Pure.
 */
#ifndef CONFIG_GPO_H
#define CONFIG_GPO_H

#include "ringmgr/base/buf.h"
#include "ringmgr/c2r/version.h"

/* The registry's own numbers of its types. */
enum policy_type { POLICY_SZ = 1, POLICY_DWORD = 4 };

/* One value of a policy as office16.admx has it; all are settings of the machine (HKEY_LOCAL_MACHINE). */
struct policy_setting {
    const char *policy;  /* the policy's name in the ADMX, "L_UpdatePath" */
    const char *element; /* the ID of the policy's element that this is, "L_UpdatePathID"; NULL: the policy's
                            own switch, 1 enabled and 0 disabled */
    const char *title;   /* what the Group Policy editor calls the policy, "Update Path" */
    const char *key;     /* without hive and leading backslash */
    const char *name;    /* of the registry value */
    enum policy_type type;
};

enum gpo_setting {
    GPO_ENABLE_UPDATES,     /* 1, 0 */
    GPO_UPDATE_PATH,        /* UNC, local path or http */
    GPO_OFFICE_MGMT_COM,    /* 1: updates come from Configuration Manager instead, 0 */
    GPO_TARGET_VERSION,     /* 16.0.x.y */
    GPO_DEADLINE,           /* gpo_format_deadline(), or a number of days */
    GPO_HIDE_SWITCH,        /* 1: users cannot turn updates off */
    GPO_HIDE_NOTIFICATIONS, /* 1, 0 */
    GPO_ONLINE_REPAIR,      /* 1, 0; GPO_FALLBACK_TO_CDN is an element of this policy */
    GPO_FALLBACK_TO_CDN,    /* 1, 0 */
    GPO_SETTINGS            /* how many there are */
};

struct policy_value {
    const struct policy_setting *setting;
    bool remove;     /* takes the value away; it has no data then */
    char *text;      /* POLICY_SZ: owned, UTF-8, not checked here but by the writers */
    uint32_t number; /* POLICY_DWORD */
};

/* In the order in which documents have them. Zero-initialised is empty. */
struct policy {
    struct policy_value *item;
    size_t len;
};

/* What is known about a setting; never NULL. Where it stands in the editor: GPO_CATEGORY. */
const struct policy_setting *gpo_setting(enum gpo_setting which);
#define GPO_CATEGORY                                                                                         \
    "Computer Configuration > Policies > Administrative Templates > Microsoft Office 2016 (Machine) > "      \
    "Updates"

/* Appends a value, or the removal of one. Text is copied; the setting's type must be that of the function. */
void policy_set_text(struct policy *policy, const struct policy_setting *setting, const char *text);
void policy_set_number(struct policy *policy, const struct policy_setting *setting, uint32_t number);
void policy_remove(struct policy *policy, const struct policy_setting *setting);
/* Frees all values; the list is empty and usable again. */
void policy_clear(struct policy *policy);

#define AUTO_POLICY                                                                                          \
    AUTO(policy_clear)                                                                                       \
    struct policy

/* "MM/DD/YYYY HH:MM", 24 h, UTC, zero-padded; seconds are dropped. */
#define GPO_DEADLINE_SIZE 17
/* Writes that form. ERR_USAGE outside of the years 1970 to 9999; text is then "". */
bool gpo_format_deadline(int64_t unix_seconds, char text[GPO_DEADLINE_SIZE], struct err *err) MUST_CHECK;

/* What a document that has a name is called: this and the ring's name. */
#define POLICY_DOCUMENT_NAME "Microsoft 365 Apps updates: ring "

/* A policy and what its documents are called. All is borrowed. */
struct policy_document {
    const struct policy *policy;
    const char *ring;
    int64_t now_unix; /* when it is written, where a form has a time */
};

struct gpo_pin {
    struct build target;
    const char *unc; /* what clients call the ring's share; NULL or "": the update path is left as it is */
    int64_t deadline_unix; /* until when the target must be installed; 0: no deadline */
};

/*
 * Appends what holds machines at a build, older or newer than what they have: updates on, from the share, to
 * that target version, by that deadline. ERR_USAGE without a build or with a deadline that cannot be written;
 * the policy is then unchanged.
 */
bool gpo_pin(const struct gpo_pin *pin, struct policy *policy, struct err *err) MUST_CHECK;

/* What the machines of a ring are told for good. Texts are borrowed. */
struct gpo_ring {
    const char *share; /* what clients call the ring's share */
    bool hide_switch, notifications;
    int64_t deadline_unix;  /* of one update; 0: none */
    unsigned deadline_days; /* of each update, counted on the machine; 0: none */
    struct build target;    /* none: what the share's pointer names */
    bool clear_target; /* takes a target version away that was handed out before, and its deadline, for one in
                          the past closes Office as soon as there is an update */
};

/*
 * Appends the policy of a ring: updates on, from its share and not from Configuration Manager, the switch
 * hidden or not, notifications, deadline, target version, and no fall back to the CDN, which would bring
 * builds that no ring has let through. ERR_USAGE without a share, with both deadlines, with a target that is
 * to be cleared, or with a deadline that cannot be written; the policy is then unchanged.
 */
bool gpo_ring(const struct gpo_ring *ring, struct policy *policy, struct err *err) MUST_CHECK;

/* Appends what takes gpo_pin() back: target version and deadline go, the share's pointer counts again. */
void gpo_unpin(struct policy *policy);

#endif
