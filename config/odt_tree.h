/*
 * A configuration.xml that somebody has, as lint looks at it: elements and attributes, each with its line.
 * Pure.
 */
#ifndef CONFIG_ODT_TREE_H
#define CONFIG_ODT_TREE_H

#include "config/finding.h"
#include "ringmgr/base/xml.h"

struct odt_attribute {
    const char *name; /* without prefix */
    const char *value;
    unsigned line;
    bool foreign; /* in a namespace */
};

struct odt_element {
    const char *name; /* without prefix */
    unsigned line;
    unsigned text_line;               /* of its first text that is not blank; 0: it has none */
    bool foreign;                     /* in a namespace that the element around it is not in */
    const struct odt_element *parent; /* NULL: the root */
    const struct odt_element *end;    /* behind the last element in it */
    const struct odt_attribute *attribute;
    size_t attributes;
};

/* The elements in the order of the text, item[0] the root. Zero-initialised is empty. */
struct odt_tree {
    struct xml *xml;
    struct odt_element *item;
    size_t len;
    struct odt_attribute *attribute;
};

/*
 * Reads a whole file, in any encoding that XML has. Where it cannot be read, false: the reason is an error
 * among the findings and the tree is empty.
 */
bool odt_tree_parse(const void *bytes, size_t len, struct odt_tree *tree,
                    struct findings *findings) MUST_CHECK;
/* Frees everything; the tree is empty. */
void odt_tree_clear(struct odt_tree *tree);

/*
 * Names are found in any case, since a wrong one is said once, by whoever looks at each name.
 *
 * The first element called `name` (NULL: any) right in `parent`, or the next one behind `last` if that is not
 * NULL; NULL if there is none. Of a NULL parent, too.
 */
const struct odt_element *odt_child(const struct odt_element *parent, const struct odt_element *last,
                                    const char *name);
/* The attribute of that name, NULL if there is none. Of a NULL element, too. */
const struct odt_attribute *odt_attribute(const struct odt_element *element, const char *name);
/* Its value. */
const char *odt_value(const struct odt_element *element, const char *name);
/* Whether it is there and not empty. */
bool odt_has_text(const struct odt_element *element, const char *name);
/* Whether the element has an attribute with this value, whatever the case of the value. */
bool odt_has(const struct odt_element *element, const char *name, const char *value);
/* An earlier element of that name beside this one whose attribute has the same value, whatever its case; NULL
 * if there is none. */
const struct odt_element *odt_earlier(const struct odt_element *element, const char *attribute);
/* Attribute Channel, or Branch, as it was once called; NULL if there is neither. */
const struct odt_attribute *odt_channel(const struct odt_element *element);

#endif
