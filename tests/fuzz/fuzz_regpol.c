/* Any bytes as a Registry.pol: at most one error, at the place where reading ends, or values that, written
 * anew, are read back as they were. */
#include "fuzz.h"

#include "config/regpol.h"
#include "config/utf16.h"
#include "ringmgr/base/limits.h"

static void check_entry(const struct registry_entry *entry)
{
    must(entry->line > 0 && entry->hive && !*entry->hive && *entry->key);
    must(utf8_is_valid(entry->key, strlen(entry->key)) && utf8_is_valid(entry->name, strlen(entry->name)));
    must(utf8_is_valid(entry->text, strlen(entry->text)));
    must(entry->action == REGISTRY_SET || (!*entry->text && !entry->number && !entry->type));
    must(!*entry->text || entry->type == REGISTRY_SZ || entry->type == REGISTRY_EXPAND_SZ);
}

static void check_findings(const struct findings *findings, const struct registry *registry)
{
    for (size_t i = 0; i < findings->len; i++) {
        must(findings->item[i].severity != FINDING_ERROR || i + 1 == findings->len);
        must(i == 0 || findings->item[i].line >= findings->item[i - 1].line);
    }
    must(registry->len <= LIMIT_REGISTRY_ENTRIES);
}

/* An entry as a policy of one value; false where our own documents cannot have it. */
static bool make_policy(const struct registry_entry *entry, struct policy_setting *setting,
                        struct policy *policy)
{
    if (entry->action > REGISTRY_REMOVE_VALUE || strncmp(entry->name, "**", 2) == 0)
        return false;
    bool number = entry->type == REGISTRY_DWORD;
    *setting = (struct policy_setting){
        .key = entry->key, .name = entry->name, .type = number ? POLICY_DWORD : POLICY_SZ};
    if (entry->action == REGISTRY_REMOVE_VALUE)
        policy_remove(policy, setting);
    else if (number)
        policy_set_number(policy, setting, (uint32_t)entry->number);
    else if (entry->type == REGISTRY_SZ)
        policy_set_text(policy, setting, entry->text);
    return policy->len > 0;
}

static void check_same(const struct registry_entry *a, const struct registry_entry *b)
{
    must(a->action == b->action && a->type == b->type && a->number == b->number);
    must(strcmp(a->key, b->key) == 0 && strcmp(a->name, b->name) == 0 && strcmp(a->text, b->text) == 0);
}

static void check_written(const struct registry_entry *entry)
{
    AUTO_POLICY policy = {0};
    AUTO_BUF bytes = {0};
    struct policy_setting setting;
    struct registry again = {0};
    struct findings findings = {0};
    struct err err = {0};
    if (make_policy(entry, &setting, &policy) && regpol_write(&policy, &bytes, &err)) {
        regpol_parse(bytes.data, bytes.len, &again, &findings);
        must(findings.len == 0 && again.len == 1);
        check_same(entry, &again.item[0]);
    }
    registry_clear(&again);
    findings_clear(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct registry registry = {0};
    struct findings findings = {0};
    regpol_parse(data, size, &registry, &findings);
    check_findings(&findings, &registry);
    for (size_t i = 0; i < registry.len; i++) {
        check_entry(&registry.item[i]);
        check_written(&registry.item[i]);
    }
    registry_clear(&registry);
    findings_clear(&findings);
    return 0;
}
