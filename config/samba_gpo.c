#include "config/samba_gpo.h"
#include "config/regpol.h"
#include "config/xmltext.h"
#include "ringmgr/base/json.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * What `samba-tool gpo backup` of Samba 4.17 writes (netcmd/gpo.py and gp_parse/ there), byte for byte but
 * for one thing: letters beyond ASCII are character references, because `restore` reads these files in the
 * encoding of whoever runs it.
 */
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

/* [Registry extension, its editor for administrative templates] (MS-GPREG 1.9). */
#define EXTENSIONS "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"

/* The data of the entry that removes a value (MS-GPREG 3.2.5.1). */
#define REMOVE_DATA " "

/* An entry of Registry.pol, as both XML and JSON tell it. */
struct entry {
    const char *key;
    char *name; /* owned */
    const char *type_name;
    enum policy_type type;
    const char *text; /* POLICY_SZ */
    uint32_t number;  /* POLICY_DWORD */
};

static void clear_entry(struct entry *entry)
{
    free(entry->name);
}

static struct entry entry_of(const struct policy_value *value)
{
    const struct policy_setting *setting = value->setting;
    bool text = value->remove || setting->type == POLICY_SZ;
    return (struct entry){
        .key = setting->key,
        .name = mem_printf("%s%s", value->remove ? REGPOL_REMOVE : "", setting->name),
        .type_name = text ? "REG_SZ" : "REG_DWORD",
        .type = text ? POLICY_SZ : POLICY_DWORD,
        .text = value->remove ? REMOVE_DATA : value->text,
        .number = value->number,
    };
}

static void put_element(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, "\t\t<%s", name);
    if (*text) {
        buf_puts(out, ">");
        xml_escape(out, text);
        buf_printf(out, "</%s>\n", name);
    } else {
        buf_puts(out, "/>\n");
    }
}

static void put_entry(struct buf *out, const struct entry *entry)
{
    char number[16];
    snprintf(number, sizeof number, "%u", (unsigned)entry->number);
    buf_printf(out, "\t<Entry type=\"%d\" type_name=\"%s\">\n", (int)entry->type, entry->type_name);
    put_element(out, "Key", entry->key);
    put_element(out, "ValueName", entry->name);
    put_element(out, "Value", entry->type == POLICY_SZ ? entry->text : number);
    buf_puts(out, "\t</Entry>\n");
}

static void put_pol_file(struct buf *out, const struct policy *policy)
{
    buf_printf(out, XML_HEAD "<PolFile num_entries=\"%zu\" signature=\"PReg\" version=\"1\">\n", policy->len);
    for (size_t i = 0; i < policy->len; i++) {
        struct entry entry AUTO(clear_entry) = entry_of(&policy->item[i]);
        put_entry(out, &entry);
    }
    buf_puts(out, "</PolFile>\n");
}

static void put_load(struct buf *out, const struct policy *policy)
{
    struct jv *list AUTO(jv_auto_free)
    = jv_array();
    for (size_t i = 0; i < policy->len; i++) {
        struct entry entry AUTO(clear_entry) = entry_of(&policy->item[i]);
        struct jv *object = jv_object();
        jv_set_text(object, "keyname", entry.key);
        jv_set_text(object, "valuename", entry.name);
        jv_set_text(object, "class", "MACHINE");
        jv_set_text(object, "type", entry.type_name);
        if (entry.type == POLICY_SZ)
            jv_set_text(object, "data", entry.text);
        else
            jv_set_int(object, "data", entry.number);
        jv_push(list, object);
    }
    jv_write(list, out);
}

/* Version 1: one change of the machine's part. A GPO of version 0 counts as empty. */
static void add_version(struct documents *documents)
{
    buf_puts(documents_add(documents, "GPT.INI.SAMBABACKUP"), "[General]\r\nVersion=1\r\n");
    buf_puts(documents_add(documents, "GPT.INI.xml"),
             XML_HEAD "<IniFile>\n\t<Section name=\"General\">\n\t\t<Parameter>\n\t\t\t<Key>Version</Key>\n"
                      "\t\t\t<Value>1</Value>\n\t\t</Parameter>\n\t</Section>\n</IniFile>\n");
}

bool samba_gpo_write(const struct policy_document *document, struct documents *documents, struct err *err)
{
    AUTO_BUF pol = {0};
    if (!regpol_write(document->policy, &pol, err) || !xmltext_check_policy(document->policy, err))
        return false;
    buf_append(documents_add(documents, "Machine/Registry.pol.SAMBABACKUP"), pol.data, pol.len);
    put_pol_file(documents_add(documents, "Machine/Registry.pol.xml"), document->policy);
    add_version(documents);
    buf_puts(documents_add(documents, "gPCMachineExtensionNames.SAMBAEXT"), EXTENSIONS);
    put_load(documents_add(documents, "policy.json"), document->policy);
    return true;
}
