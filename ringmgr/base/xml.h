/*
 * XML for reading (documents of Microsoft, without DTD, entities or network, under the bounds of limits.h)
 * and for writing (our own documents). The only file that knows libxml2 is xml.c.
 */
#ifndef RINGMGR_BASE_XML_H
#define RINGMGR_BASE_XML_H

#include "ringmgr/base/buf.h"

/* Loads libxml2 (base/library.h). */
bool xml_load(struct err *err) MUST_CHECK;

struct xml;
struct xml_node;
struct xml_attribute;

/*
 * Parses a whole document up to its first fault; a BOM is fine. `name` is what errors call it (with the
 * line). Any DOCTYPE is refused, and namespaces that are wrong in more places than anybody would write. *xml
 * is owned by the caller (xml_free); on failure it is NULL.
 */
bool xml_parse(const void *bytes, size_t len, const char *name, struct xml **xml, struct err *err) MUST_CHECK;
/* The same of a file that a person wrote and the caller names: errors do not name it but say what to do about
 * the usual faults, and *line is where it is not well-formed, else 0. */
bool xml_parse_unnamed(const void *bytes, size_t len, unsigned *line, struct xml **xml,
                       struct err *err) MUST_CHECK;

/* A new document with an empty root element. */
struct xml *xml_new(const char *root);
void xml_free(struct xml *xml);
/* For AUTO. */
void xml_auto_free(struct xml **xml);

/* The root element; nodes live as long as the document. */
const struct xml_node *xml_root(const struct xml *xml);
/* Element name without prefix. */
const char *xml_name(const struct xml_node *node);
/* The value of an attribute, NULL if absent. Lives as long as the document. */
const char *xml_attr(const struct xml_node *node, const char *name);
/* First child element called `name` (NULL: any), NULL if none. */
const struct xml_node *xml_child(const struct xml_node *node, const char *name);
/* Next sibling element called `name` (NULL: any), NULL if none. */
const struct xml_node *xml_next(const struct xml_node *node, const char *name);
/* Source line of an element, from 1: where its start tag ends. */
unsigned xml_line(const struct xml_node *node);
/* The namespace that an element is in, NULL if in none. Lives as long as the document. */
const char *xml_namespace(const struct xml_node *node);

/* The attributes of an element in their order; declarations of namespaces are none. NULL behind the last. */
const struct xml_attribute *xml_attribute_first(const struct xml_node *node);
const struct xml_attribute *xml_attribute_next(const struct xml_attribute *attribute);
/* Name without prefix; lives as long as the document. */
const char *xml_attribute_name(const struct xml_attribute *attribute);
/* Lives as long as the document. */
const char *xml_attribute_value(const struct xml_attribute *attribute);
/* Whether it is in a namespace, as xml:lang is. */
bool xml_attribute_is_foreign(const struct xml_attribute *attribute);

/* For new documents: the root for writing, a child at the end, an attribute (copied; escaped when written).
 */
struct xml_node *xml_root_edit(struct xml *xml);
struct xml_node *xml_add(struct xml_node *parent, const char *name);
void xml_set(struct xml_node *node, const char *name, const char *value);
void xml_comment(struct xml_node *parent, const char *text);

/*
 * Appends a text as the content of an element or of an attribute in double quotes. Only ASCII is written, the
 * rest as character references: no reader's idea of the encoding matters then. `text` must be UTF-8 that XML
 * can hold; what is not becomes U+FFFD.
 */
void xml_escape(struct buf *out, const char *text);

/* Appends the document as indented UTF-8 text without a declaration. */
void xml_write(const struct xml *xml, struct buf *out);

#endif
