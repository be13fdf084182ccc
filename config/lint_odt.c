#include "config/lint_odt.h"
#include "config/lint_guess.h"
#include "config/lint_odt_ring.h"
#include "config/lint_odt_rules.h"
#include "config/lint_value.h"
#include "config/odt_tree.h"

#include <string.h>
#include <strings.h>

/*
 * The table of formats/deployment.md, section 1, which stands for the schema that Microsoft does not publish.
 * What a value may be is lint_value.c's to know.
 */
struct attribute_rule {
    const char *name;
    lint_check *check;
    const char *const *words; /* of lint_words() */
    bool is_required;
    const char *instead; /* of an old one: what is written today, "" nothing; NULL: it is not old */
};

enum {
    IN_NOTHING = -1,
    CONFIGURATION,
    ADD,
    ADD_PRODUCT,
    ADD_LANGUAGE,
    EXCLUDE_APP,
    UPDATES,
    DISPLAY,
    LOGGING,
    PROPERTY,
    REMOVE,
    REMOVE_PRODUCT,
    REMOVE_LANGUAGE,
    REMOVE_MSI,
    IGNORE_PRODUCT,
    APP_SETTINGS,
    USER,
    SETUP,
    INFO,
    ELEMENTS
};

struct element_rule {
    const char *name;
    int parent;
    bool may_repeat;
    const struct attribute_rule *attribute; /* the last has no name; NULL: it has none */
};

static const char *const editions[] = {"64", "32", NULL};
static const char *const display_levels[] = {"None", "Full", NULL};
static const char *const logging_levels[] = {"Off", "Standard", NULL};
static const char *const value_types[] = {
    "REG_DWORD", "REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ", "REG_BINARY", "REG_QWORD", NULL};

static const struct attribute_rule configuration_attributes[] = {
    {"ID", lint_guid, NULL, false, NULL},
    {0},
};
static const struct attribute_rule add_attributes[] = {
    {"SourcePath", lint_source, NULL, false, NULL},
    {"Version", lint_version, NULL, false, NULL},
    {"OfficeClientEdition", lint_edition, editions, false, NULL},
    {"Channel", lint_channel, NULL, false, NULL},
    {"Branch", lint_channel, NULL, false, "Channel"},
    {"DownloadPath", lint_download, NULL, false, NULL},
    {"AllowCdnFallback", lint_boolean, NULL, false, NULL},
    {"MigrateArch", lint_boolean, NULL, false, NULL},
    {"ForceUpgrade", lint_boolean, NULL, false, ""},
    {"OfficeMgmtCOM", lint_boolean, NULL, false, NULL},
    {0},
};
static const struct attribute_rule product_attributes[] = {
    {"ID", lint_product, NULL, true, NULL},
    {"PIDKEY", lint_pidkey, NULL, false, NULL},
    {"MSICondition", lint_something, NULL, false, NULL},
    {0},
};
static const struct attribute_rule language_attributes[] = {
    {"ID", lint_language, NULL, true, NULL},
    {"Fallback", lint_culture, NULL, false, NULL},
    {"TargetProduct", lint_target_product, NULL, false, NULL},
    {0},
};
static const struct attribute_rule exclude_app_attributes[] = {
    {"ID", lint_app, NULL, true, NULL},
    {0},
};
static const struct attribute_rule updates_attributes[] = {
    {"Enabled", lint_boolean, NULL, false, NULL},
    {"UpdatePath", lint_update, NULL, false, NULL},
    {"TargetVersion", lint_target, NULL, false, NULL},
    {"Deadline", lint_due, NULL, false, NULL},
    {"Channel", lint_channel, NULL, false, NULL},
    {"Branch", lint_channel, NULL, false, "Channel"},
    {0},
};
static const struct attribute_rule display_attributes[] = {
    {"Level", lint_words, display_levels, false, NULL},   {"AcceptEULA", lint_boolean, NULL, false, NULL},
    {"CompletionNotice", lint_anything, NULL, false, ""}, /* both of the tool of Office 2013 */
    {"SuppressModal", lint_anything, NULL, false, ""},    {0},
};
static const struct attribute_rule logging_attributes[] = {
    {"Level", lint_words, logging_levels, false, NULL},
    {"Path", lint_folder, NULL, false, NULL},
    {0},
};
static const struct attribute_rule property_attributes[] = {
    {"Name", lint_anything, NULL, true, NULL}, /* a rule looks at both together */
    {"Value", lint_anything, NULL, true, NULL},
    {0},
};
static const struct attribute_rule remove_attributes[] = {
    {"All", lint_boolean, NULL, false, NULL},
    {0},
};
static const struct attribute_rule remove_product_attributes[] = {
    {"ID", lint_product, NULL, true, NULL},
    {0},
};
static const struct attribute_rule remove_language_attributes[] = {
    {"ID", lint_culture, NULL, true, NULL},
    {0},
};
static const struct attribute_rule remove_msi_attributes[] = {
    {"All", lint_boolean, NULL, false, ""},
    {0},
};
static const struct attribute_rule ignore_product_attributes[] = {
    {"ID", lint_msi_product, NULL, true, NULL},
    {0},
};
static const struct attribute_rule user_attributes[] = {
    {"Key", lint_something, NULL, true, NULL},
    {"Name", lint_anything, NULL, true, NULL}, /* "" is a key's default value */
    {"Value", lint_anything, NULL, true, NULL},
    {"Type", lint_words, value_types, true, NULL},
    {"App", lint_something, NULL, false, NULL},
    {"Id", lint_something, NULL, false, NULL},
    {0},
};
static const struct attribute_rule setup_attributes[] = {
    {"Name", lint_something, NULL, true, NULL},
    {"Value", lint_anything, NULL, true, NULL},
    {0},
};
static const struct attribute_rule info_attributes[] = {
    {"Description", lint_anything, NULL, false, NULL},
    {0},
};

static const struct element_rule elements[ELEMENTS] = {
    [CONFIGURATION] = {"Configuration", IN_NOTHING, false, configuration_attributes},
    [ADD] = {"Add", CONFIGURATION, false, add_attributes},
    [ADD_PRODUCT] = {"Product", ADD, true, product_attributes},
    [ADD_LANGUAGE] = {"Language", ADD_PRODUCT, true, language_attributes},
    [EXCLUDE_APP] = {"ExcludeApp", ADD_PRODUCT, true, exclude_app_attributes},
    [UPDATES] = {"Updates", CONFIGURATION, false, updates_attributes},
    [DISPLAY] = {"Display", CONFIGURATION, false, display_attributes},
    [LOGGING] = {"Logging", CONFIGURATION, false, logging_attributes},
    [PROPERTY] = {"Property", CONFIGURATION, true, property_attributes},
    [REMOVE] = {"Remove", CONFIGURATION, false, remove_attributes},
    [REMOVE_PRODUCT] = {"Product", REMOVE, true, remove_product_attributes},
    [REMOVE_LANGUAGE] = {"Language", REMOVE_PRODUCT, true, remove_language_attributes},
    [REMOVE_MSI] = {"RemoveMSI", CONFIGURATION, false, remove_msi_attributes},
    [IGNORE_PRODUCT] = {"IgnoreProduct", REMOVE_MSI, true, ignore_product_attributes},
    [APP_SETTINGS] = {"AppSettings", CONFIGURATION, false, NULL},
    [USER] = {"User", APP_SETTINGS, true, user_attributes},
    [SETUP] = {"Setup", APP_SETTINGS, true, setup_attributes},
    [INFO] = {"Info", CONFIGURATION, false, info_attributes},
};

struct walk {
    const struct lint_options *options;
    struct findings *findings;
};

#define FOUND(walk, line, severity, code, ...)                                                               \
    findings_add((walk)->findings, line, severity, code, __VA_ARGS__)

/* In any case, as the next two. */
static const struct attribute_rule *find_attribute(const struct element_rule *rule, const char *name)
{
    for (const struct attribute_rule *a = rule->attribute; a && a->name; a++)
        if (strcasecmp(a->name, name) == 0)
            return a;
    return NULL;
}

static const struct element_rule *find_child(int parent, const char *name)
{
    for (size_t i = 0; i < ELEMENTS; i++)
        if (elements[i].parent == parent && strcasecmp(elements[i].name, name) == 0)
            return &elements[i];
    return NULL;
}

static const struct element_rule *find_element(const char *name)
{
    for (size_t i = 0; i < ELEMENTS; i++)
        if (strcasecmp(elements[i].name, name) == 0)
            return &elements[i];
    return NULL;
}

static const char *name_of(int element)
{
    return element == IN_NOTHING ? "the file itself" : elements[element].name;
}

static void unknown_attribute(const struct walk *walk, const struct odt_attribute *attribute,
                              const struct element_rule *rule)
{
    AUTO_STRV right = {0};
    AUTO_BUF guess = {0};
    for (const struct attribute_rule *a = rule->attribute; a && a->name; a++)
        if (!a->instead)
            strv_add(&right, a->name);
    lint_guess(attribute->name, &right, &guess);
    FOUND(walk, attribute->line, FINDING_ERROR, "unknown-attribute", "%s has no attribute %.100s%s",
          rule->name, attribute->name, buf_text(&guess));
}

static void check_attribute(const struct walk *walk, const struct odt_element *element,
                            const struct odt_attribute *attribute, const struct element_rule *rule)
{
    const struct attribute_rule *known = find_attribute(rule, attribute->name);
    if (attribute->foreign)
        FOUND(walk, attribute->line, FINDING_ERROR, "namespace",
              "attribute %.100s is in a namespace, and setup knows none", attribute->name);
    else if (!known)
        unknown_attribute(walk, attribute, rule);
    else {
        if (strcmp(known->name, attribute->name) != 0)
            FOUND(walk, attribute->line, FINDING_ERROR, "wrong-case", "attribute %s of %s is written %s",
                  attribute->name, rule->name, known->name);
        if (known->instead && *known->instead)
            FOUND(walk, attribute->line, FINDING_WARNING, "old-attribute", "%s is an old name: write %s",
                  known->name, known->instead);
        else if (known->instead)
            FOUND(walk, attribute->line, FINDING_WARNING, "old-attribute",
                  "%s is of older tools and no longer documented: take it out", known->name);
        known->check(&(struct lint_value){element, attribute, known->words, walk->options, walk->findings});
    }
}

static void check_attributes(const struct walk *walk, const struct odt_element *element,
                             const struct element_rule *rule)
{
    for (size_t i = 0; i < element->attributes; i++)
        check_attribute(walk, element, &element->attribute[i], rule);
    for (const struct attribute_rule *a = rule->attribute; a && a->name; a++)
        if (a->is_required && !odt_attribute(element, a->name))
            FOUND(walk, element->line, FINDING_ERROR, "missing-attribute", "%s needs an attribute %s",
                  rule->name, a->name);
}

static void unknown_element(const struct walk *walk, const struct odt_element *element, int parent)
{
    const struct element_rule *there = find_element(element->name);
    AUTO_STRV right = {0};
    AUTO_BUF guess = {0};
    for (size_t i = 0; i < ELEMENTS; i++)
        if (elements[i].parent == parent)
            strv_add(&right, elements[i].name);
    lint_guess(element->name, &right, &guess);
    if (there)
        FOUND(walk, element->line, FINDING_ERROR, "misplaced-element", "%s does not stand in %s but in %s",
              there->name, name_of(parent), name_of(there->parent));
    else
        FOUND(walk, element->line, FINDING_ERROR, "unknown-element", "%s has no element %.100s%s",
              name_of(parent), element->name, buf_text(&guess));
}

static void check_once(const struct walk *walk, const struct odt_element *element,
                       const struct element_rule *rule)
{
    const struct odt_element *first = odt_child(element->parent, NULL, rule->name);
    if (!rule->may_repeat && first && first != element)
        FOUND(walk, element->line, FINDING_ERROR, "duplicate-element",
              "a second %s, the first being on line %u: only one can count", rule->name, first->line);
}

/* Nothing is said about what is in an element that is not known. */
static void check_element(const struct walk *walk, const struct odt_element *element,
                          const struct element_rule *rule)
{
    int self = (int)(rule - elements);
    if (self != CONFIGURATION && strcmp(element->name, rule->name) != 0)
        FOUND(walk, element->line, FINDING_ERROR, "wrong-case", "element %s is written %s", element->name,
              rule->name);
    if (element->foreign)
        FOUND(walk, element->line, FINDING_ERROR, "namespace",
              "%s is in a namespace, and setup knows none: take xmlns out", rule->name);
    if (element->text_line > 0)
        FOUND(walk, element->text_line, FINDING_WARNING, "stray-text", "%s holds text, which says nothing",
              rule->name);
    check_once(walk, element, rule);
    check_attributes(walk, element, rule);
    for (const struct odt_element *e = odt_child(element, NULL, NULL); e; e = odt_child(element, e, NULL)) {
        const struct element_rule *known = find_child(self, e->name);
        if (known)
            check_element(walk, e, known);
        else
            unknown_element(walk, e, self);
    }
}

/* What other files of this field are, by their outermost element; NULL of one that is not known. */
static const char *file_called(const char *root)
{
    static const struct {
        const char *root, *file;
    } known[] = {
        {"RegistrySettings", "a Registry.xml of Group Policy Preferences"},
        {"GroupPolicyBackupScheme", "the Backup.xml of a Group Policy backup"},
        {"Backups", "the manifest.xml of Group Policy backups"},
        {"BackupInst", "the bkupInfo.xml of a Group Policy backup"},
        {"GPO", "a report about a Group Policy object"},
        {"PolFile", "a Registry.pol that samba-tool has written as XML"},
        {"policyDefinitions", "an ADMX template"},
        {"policyDefinitionResources", "the ADML language file of a template"},
        {"html", "a web page"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(known[i].root, root) == 0)
            return known[i].file;
    return NULL;
}

static bool check_root(const struct walk *walk, const struct odt_element *root)
{
    const struct element_rule *rule = &elements[CONFIGURATION];
    const char *file = file_called(root->name);
    bool is_case = strcasecmp(root->name, rule->name) == 0;
    if (file)
        FOUND(walk, root->line, FINDING_ERROR, "wrong-root",
              "this is %s, which lint does not read; it reads configuration.xml, .reg files and Registry.pol",
              file);
    else if (!is_case)
        FOUND(walk, root->line, FINDING_ERROR, "wrong-root",
              "the outermost element is %.100s: that of a configuration.xml is %s", root->name, rule->name);
    else if (strcmp(root->name, rule->name) != 0)
        FOUND(walk, root->line, FINDING_ERROR, "wrong-case", "the outermost element is %s: it is written %s",
              root->name, rule->name);
    return is_case;
}

void lint_odt(const void *bytes, size_t len, const struct lint_options *options, struct findings *findings)
{
    AUTO(odt_tree_clear)
    struct odt_tree tree = {0};
    struct walk walk = {options, findings};
    if (!odt_tree_parse(bytes, len, &tree, findings) || !check_root(&walk, tree.item))
        return;
    check_element(&walk, tree.item, &elements[CONFIGURATION]);
    lint_odt_rules(tree.item, options, findings);
    if (options->ring)
        lint_odt_ring(tree.item, options->ring, findings);
}
