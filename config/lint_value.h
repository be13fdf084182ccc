/*
 * What an attribute of a configuration.xml may hold (formats/deployment.md, section 1), value by value: a
 * table in lint_odt.c says which of these functions looks at which attribute. Pure.
 */
#ifndef CONFIG_LINT_VALUE_H
#define CONFIG_LINT_VALUE_H

#include "config/lint.h"
#include "config/odt_tree.h"

/* One attribute of an element, and where findings about it go. Everything is borrowed. */
struct lint_value {
    const struct odt_element *element;
    const struct odt_attribute *attribute;
    const char *const *words; /* of lint_words(): what is accepted, NULL behind the last */
    const struct lint_options *options;
    struct findings *findings;
};

typedef void lint_check(const struct lint_value *value);

/*
 * Appends a finding about an attribute, on its line: NAME="VALUE", a blank and the formatted rest of the
 * sentence. A long value is cut short, and a product key is not shown.
 */
void lint_say(struct findings *findings, const struct odt_attribute *attribute,
              enum finding_severity severity, const char *code, const char *format, ...) PRINTF_LIKE(5, 6);

/* Appends a warning where an element beside this one, and before it, has the same ID. */
void lint_twice(struct findings *findings, const struct odt_element *element, const char *code);

/* Whether an attribute says TRUE; not of a NULL one. */
bool lint_is_true(const struct odt_attribute *attribute);
/* Whether a Language/@ID stands for a language that is found out on the machine. */
bool lint_is_match(const char *language);
/* Whether a product key is not filled in yet: "#####-…", "XXXXX-…". */
bool lint_is_placeholder(const char *text);

/* Each appends what is wrong with one value. */
lint_check lint_anything, lint_something, lint_folder, lint_words, lint_edition, lint_boolean, lint_guid,
    lint_channel, lint_version, lint_target, lint_source, lint_update, lint_download, lint_due, lint_product,
    lint_app, lint_language, lint_culture, lint_target_product, lint_pidkey, lint_msi_product;

#endif
