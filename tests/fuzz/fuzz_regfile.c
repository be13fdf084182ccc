/* Any bytes as a .reg file: findings on its lines, and values that, written anew, are read back as they were.
 */
#include "fuzz.h"

#include "config/regfile.h"
#include "config/regfile_parse.h"
#include "config/utf16.h"
#include "ringmgr/base/limits.h"

static void check_entry(const struct registry_entry *entry)
{
    must(entry->line > 0 && strncmp(entry->hive, "HKEY_", 5) == 0);
    must(utf8_is_valid(entry->key, strlen(entry->key)) && utf8_is_valid(entry->name, strlen(entry->name)));
    must(utf8_is_valid(entry->text, strlen(entry->text)));
    must(*entry->key != '\\' && !strstr(entry->key, "\\\\"));
    must(entry->action != REGISTRY_REMOVE_VALUES);
    must(entry->action == REGISTRY_SET || (!*entry->text && !entry->number && !entry->type));
    must(entry->action != REGISTRY_REMOVE_KEY || (*entry->key && !*entry->name));
}

static void check_findings(const struct findings *findings, size_t size)
{
    must(findings->len <= LIMIT_REGISTRY_FINDINGS + 3);
    for (size_t i = 0; i < findings->len; i++)
        must(findings->item[i].line <= size + 1 && *findings->item[i].text);
}

/* A value that the writer takes is one that the reader reads. */
static void check_written(const struct registry_entry *entry)
{
    AUTO_POLICY policy = {0};
    AUTO_BUF bytes = {0};
    struct registry again = {0};
    struct findings findings = {0};
    struct err err = {0};
    bool number = entry->type == REGISTRY_DWORD;
    const struct policy_setting setting = {
        .key = entry->key, .name = entry->name, .type = number ? POLICY_DWORD : POLICY_SZ};
    if (entry->action == REGISTRY_REMOVE_VALUE)
        policy_remove(&policy, &setting);
    else if (entry->action == REGISTRY_SET && number)
        policy_set_number(&policy, &setting, (uint32_t)entry->number);
    else if (entry->action == REGISTRY_SET && entry->type == REGISTRY_SZ)
        policy_set_text(&policy, &setting, entry->text);
    if (policy.len && regfile_write(&policy, &bytes, &err)) {
        must(regfile_is(bytes.data, bytes.len));
        regfile_parse(bytes.data, bytes.len, &again, &findings);
        must(findings.len == 0 && again.len == 1 && again.item[0].action == entry->action);
        must(strcmp(again.item[0].key, entry->key) == 0 && strcmp(again.item[0].name, entry->name) == 0);
        must(strcmp(again.item[0].text, entry->text) == 0 && again.item[0].number == entry->number);
    }
    registry_clear(&again);
    findings_clear(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct registry registry = {0};
    struct findings findings = {0};
    regfile_is(data, size);
    regfile_parse(data, size, &registry, &findings);
    check_findings(&findings, size);
    for (size_t i = 0; i < registry.len; i++) {
        check_entry(&registry.item[i]);
        check_written(&registry.item[i]);
    }
    registry_clear(&registry);
    findings_clear(&findings);
    return 0;
}
