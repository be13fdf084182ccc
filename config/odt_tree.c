#include "config/odt_tree.h"
#include "config/xml_places.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How far the tree is built. */
struct build_up {
    struct odt_tree *tree;
    const struct xml_places *places;
    size_t attributes;
};

static size_t count_attributes(const struct xml_node *node)
{
    size_t count = 0;
    for (const struct xml_attribute *a = xml_attribute_first(node); a; a = xml_attribute_next(a))
        count++;
    return count;
}

static void count(const struct xml_node *node, size_t *elements, size_t *attributes)
{
    ++*elements;
    *attributes += count_attributes(node);
    for (const struct xml_node *child = xml_child(node, NULL); child; child = xml_next(child, NULL))
        count(child, elements, attributes);
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void add_attributes(struct build_up *up, const struct xml_node *node, const struct xml_place *place,
                           struct odt_element *element)
{
    const unsigned *line = place && place->attributes > 0 ? &up->places->attribute_line[place->first] : NULL;
    element->attribute = up->tree->attribute + up->attributes;
    for (const struct xml_attribute *a = xml_attribute_first(node); a; a = xml_attribute_next(a)) {
        up->tree->attribute[up->attributes++] =
            (struct odt_attribute){.name = xml_attribute_name(a),
                                   .value = xml_attribute_value(a),
                                   .line = line ? line[element->attributes] : element->line,
                                   .foreign = xml_attribute_is_foreign(a)};
        element->attributes++;
    }
}

static void add_element(struct build_up *up, const struct xml_node *node, const char *namespace_around,
                        const struct odt_element *parent)
{
    struct odt_tree *tree = up->tree;
    struct odt_element *element = &tree->item[tree->len];
    const struct xml_place *place = tree->len < up->places->len ? &up->places->tag[tree->len] : NULL;
    if (place && place->attributes != count_attributes(node))
        place = NULL; /* an encoding that the scanner does not know */
    tree->len++;
    *element = (struct odt_element){.name = xml_name(node),
                                    .line = place ? place->line : xml_line(node),
                                    .text_line = place ? place->text_line : 0,
                                    .foreign = xml_namespace(node) &&
                                               !is_same(xml_namespace(node), namespace_around),
                                    .parent = parent};
    add_attributes(up, node, place, element);
    for (const struct xml_node *child = xml_child(node, NULL); child; child = xml_next(child, NULL))
        add_element(up, child, xml_namespace(node), element);
    element->end = tree->item + tree->len;
}

static void build(struct odt_tree *tree, const struct xml_places *places)
{
    struct build_up up = {.tree = tree, .places = places};
    size_t elements = 0;
    size_t attributes = 0;
    count(xml_root(tree->xml), &elements, &attributes);
    tree->item = mem_new(elements, sizeof *tree->item);
    tree->attribute = mem_new(attributes, sizeof *tree->attribute);
    add_element(&up, xml_root(tree->xml), NULL, NULL);
}

/* Where something stands that is neither blank nor a byte order mark; `len` if nothing does. */
static size_t first_letter(const char *text, size_t len)
{
    static const char blank[] = {' ', '\t', '\r', '\n', '\0', '\xef', '\xbb', '\xbf', '\xfe', '\xff'};
    size_t at = 0;
    while (at < len && memchr(blank, text[at], sizeof blank))
        at++;
    return at;
}

/* Whether it is no XML at all, and not one behind a few words either. */
static bool begins_otherwise(const void *bytes, size_t len)
{
    static const char root[] = "<Configuration";
    size_t at = first_letter(bytes, len);
    return at < len && ((const char *)bytes)[at] != '<' && !memmem(bytes, len, root, strlen(root));
}

/* What can be told before it is parsed, which takes long where there are many attributes. */
static bool is_readable(const void *bytes, size_t len, const struct xml_places *places,
                        struct findings *findings)
{
    if (first_letter(bytes, len) == len)
        findings_add(findings, 0, FINDING_ERROR, "empty-file", "the file is empty");
    else if (begins_otherwise(bytes, len))
        findings_add(findings, 1, FINDING_ERROR, "not-xml",
                     "lint reads configuration.xml, .reg files and Registry.pol; this is none of them");
    else if (places->doctype_line > 0)
        findings_add(findings, places->doctype_line, FINDING_ERROR, "doctype",
                     "a document type declaration does not belong into a configuration.xml: remove it");
    else if (places->namespaces > LIMIT_ODT_NAMESPACES)
        findings_add(findings, 0, FINDING_ERROR, "too-large", "%zu namespaces are no configuration.xml",
                     places->namespaces);
    else if (places->len > LIMIT_ODT_ELEMENTS || places->attributes > LIMIT_ODT_ATTRIBUTES)
        findings_add(findings, 0, FINDING_ERROR, "too-large",
                     "%zu elements with %zu attributes are no configuration.xml", places->len,
                     places->attributes);
    else
        return true;
    return false;
}

bool odt_tree_parse(const void *bytes, size_t len, struct odt_tree *tree, struct findings *findings)
{
    struct err err = {0};
    unsigned line = 0;
    AUTO(xml_places_clear)
    struct xml_places places = {0};
    *tree = (struct odt_tree){0};
    if (len > LIMIT_CONFIG_BYTES) {
        findings_add(findings, 0, FINDING_ERROR, "too-large",
                     "%zu bytes are no configuration.xml: at most %d", len, LIMIT_CONFIG_BYTES);
        return false;
    }
    xml_places_scan(bytes, len, &places);
    if (!is_readable(bytes, len, &places, findings))
        return false;
    if (!xml_parse_unnamed(bytes, len, &line, &tree->xml, &err)) {
        findings_add(findings, line, FINDING_ERROR, "not-xml", "%s", err.msg);
        return false;
    }
    build(tree, &places);
    return true;
}

void odt_tree_clear(struct odt_tree *tree)
{
    xml_free(tree->xml);
    free(tree->item);
    free(tree->attribute);
    *tree = (struct odt_tree){0};
}

const struct odt_element *odt_child(const struct odt_element *parent, const struct odt_element *last,
                                    const char *name)
{
    if (!parent)
        return NULL;
    for (const struct odt_element *e = last ? last->end : parent + 1; e < parent->end; e = e->end)
        if (!name || strcasecmp(e->name, name) == 0)
            return e;
    return NULL;
}

const struct odt_attribute *odt_attribute(const struct odt_element *element, const char *name)
{
    for (size_t i = 0; element && i < element->attributes; i++)
        if (!element->attribute[i].foreign && strcasecmp(element->attribute[i].name, name) == 0)
            return &element->attribute[i];
    return NULL;
}

const char *odt_value(const struct odt_element *element, const char *name)
{
    const struct odt_attribute *attribute = odt_attribute(element, name);
    return attribute ? attribute->value : NULL;
}

bool odt_has_text(const struct odt_element *element, const char *name)
{
    const char *value = odt_value(element, name);
    return value && *value;
}

bool odt_has(const struct odt_element *element, const char *name, const char *value)
{
    const struct odt_attribute *attribute = odt_attribute(element, name);
    return attribute && strcasecmp(attribute->value, value) == 0;
}

const struct odt_element *odt_earlier(const struct odt_element *element, const char *attribute)
{
    const char *value = odt_value(element, attribute);
    const struct odt_element *other = value ? odt_child(element->parent, NULL, element->name) : NULL;
    for (; other && other != element; other = odt_child(element->parent, other, element->name))
        if (odt_has(other, attribute, value))
            return other;
    return NULL;
}

const struct odt_attribute *odt_channel(const struct odt_element *element)
{
    const struct odt_attribute *channel = odt_attribute(element, "Channel");
    return channel ? channel : odt_attribute(element, "Branch");
}
