/*
 * XML for reading (documents of Microsoft, without DTD, entities or network, under the bounds of limits.h)
 * and for writing (our own documents). The only file that knows libxml2 is xml.c.
 */
#ifndef RINGMGR_BASE_XML_H
#define RINGMGR_BASE_XML_H

#include "ringmgr/base/buf.h"

struct xml;
struct xml_node;

/*
 * Parses a whole document; a BOM is fine. `name` is what errors call it (with the line). Any DOCTYPE is
 * refused. *xml is owned by the caller (xml_free); on failure it is NULL.
 */
bool xml_parse(const void *bytes, size_t len, const char *name, struct xml **xml, struct err *err) MUST_CHECK;

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
/* Source line of an element, from 1. */
unsigned xml_line(const struct xml_node *node);

/* For new documents: the root for writing, a child at the end, an attribute (copied; escaped when written).
 */
struct xml_node *xml_root_edit(struct xml *xml);
struct xml_node *xml_add(struct xml_node *parent, const char *name);
void xml_set(struct xml_node *node, const char *name, const char *value);
void xml_comment(struct xml_node *parent, const char *text);

/* Appends the document as indented UTF-8 text without a declaration. */
void xml_write(const struct xml *xml, struct buf *out);

#endif
