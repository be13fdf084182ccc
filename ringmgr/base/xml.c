#include "ringmgr/base/xml.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* One attribute value read out of libxml2, kept for the life of the document. */
struct kept {
    struct kept *next;
    xmlChar *value;
};

struct xml {
    xmlDocPtr doc;
    struct kept *kept;
};

static xmlNodePtr node_of(const struct xml_node *node)
{
    return (xmlNodePtr)(uintptr_t)node;
}

static const struct xml_node *public_of(xmlNodePtr node)
{
    return (const struct xml_node *)(uintptr_t)node;
}

static bool count_nodes(xmlNodePtr node, int depth, int *left)
{
    if (depth > LIMIT_XML_DEPTH)
        return false;
    for (; node; node = node->next)
        if (--*left < 0 || (node->type == XML_ELEMENT_NODE && !count_nodes(node->children, depth + 1, left)))
            return false;
    return true;
}

static void quiet(void *ctx, xmlErrorPtr error)
{
    (void)ctx;
    (void)error;
}

static bool refuse(xmlParserCtxtPtr ctx, const char *name, struct err *err)
{
    xmlErrorPtr last = xmlCtxtGetLastError(ctx);
    if (!last || !last->message)
        return err_set(err, ERR_NOT_GENUINE, "%s: not well-formed XML", name);
    return err_set(err, ERR_NOT_GENUINE, "%s line %d: not well-formed XML: %.*s", name, last->line,
                   (int)strcspn(last->message, "\n"), last->message);
}

static bool check(xmlDocPtr doc, const char *name, struct err *err)
{
    int left = LIMIT_XML_NODES;
    if (doc->intSubset || doc->extSubset)
        return err_set(err, ERR_NOT_GENUINE, "%s: a document type declaration is not accepted", name);
    if (!xmlDocGetRootElement(doc) || !count_nodes(doc->children, 0, &left))
        return err_set(err, ERR_NOT_GENUINE, "%s: more than %d elements or %d levels", name, LIMIT_XML_NODES,
                       LIMIT_XML_DEPTH);
    return true;
}

bool xml_parse(const void *bytes, size_t len, const char *name, struct xml **xml, struct err *err)
{
    *xml = NULL;
    if (len > INT_MAX || len > LIMIT_METADATA_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "%s: %zu bytes of XML are too many", name, len);
    xmlParserCtxtPtr ctx = xmlNewParserCtxt();
    if (!ctx)
        abort();
    xmlSetStructuredErrorFunc(ctx, quiet);
    xmlDocPtr doc = xmlCtxtReadMemory(ctx, bytes, (int)len, NULL, NULL,
                                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    bool ok = doc ? check(doc, name, err) : refuse(ctx, name, err);
    xmlSetStructuredErrorFunc(NULL, NULL);
    xmlFreeParserCtxt(ctx);
    if (!doc || !ok) {
        xmlFreeDoc(doc);
        return false;
    }
    *xml = mem_new(1, sizeof **xml);
    (*xml)->doc = doc;
    doc->_private = *xml;
    return true;
}

struct xml *xml_new(const char *root)
{
    struct xml *xml = mem_new(1, sizeof *xml);
    xml->doc = xmlNewDoc(BAD_CAST "1.0");
    if (!xml->doc)
        abort();
    xml->doc->_private = xml;
    xml->doc->encoding = xmlStrdup(BAD_CAST "UTF-8"); /* else libxml2 writes other letters as references */
    xmlDocSetRootElement(xml->doc, xmlNewNode(NULL, BAD_CAST root));
    return xml;
}

void xml_free(struct xml *xml)
{
    if (!xml)
        return;
    while (xml->kept) {
        struct kept *next = xml->kept->next;
        xmlFree(xml->kept->value);
        free(xml->kept);
        xml->kept = next;
    }
    xmlFreeDoc(xml->doc);
    free(xml);
}

void xml_auto_free(struct xml **xml)
{
    xml_free(*xml);
}

const struct xml_node *xml_root(const struct xml *xml)
{
    return public_of(xmlDocGetRootElement(xml->doc));
}

const char *xml_name(const struct xml_node *node)
{
    return (const char *)node_of(node)->name;
}

const char *xml_attr(const struct xml_node *node, const char *name)
{
    struct xml *xml = node_of(node)->doc->_private;
    xmlChar *value = xmlGetNoNsProp(node_of(node), BAD_CAST name);
    if (!value)
        return NULL;
    struct kept *kept = mem_new(1, sizeof *kept);
    *kept = (struct kept){xml->kept, value};
    xml->kept = kept;
    return (const char *)value;
}

static const struct xml_node *element_from(xmlNodePtr node, const char *name)
{
    for (; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && (!name || strcmp((const char *)node->name, name) == 0))
            return public_of(node);
    return NULL;
}

const struct xml_node *xml_child(const struct xml_node *node, const char *name)
{
    return element_from(node_of(node)->children, name);
}

const struct xml_node *xml_next(const struct xml_node *node, const char *name)
{
    return element_from(node_of(node)->next, name);
}

unsigned xml_line(const struct xml_node *node)
{
    return (unsigned)xmlGetLineNo(node_of(node));
}

struct xml_node *xml_root_edit(struct xml *xml)
{
    return (struct xml_node *)xmlDocGetRootElement(xml->doc);
}

struct xml_node *xml_add(struct xml_node *parent, const char *name)
{
    return (struct xml_node *)xmlNewChild(node_of(parent), NULL, BAD_CAST name, NULL);
}

void xml_set(struct xml_node *node, const char *name, const char *value)
{
    xmlSetProp(node_of(node), BAD_CAST name, BAD_CAST value);
}

void xml_comment(struct xml_node *parent, const char *text)
{
    xmlAddChild(node_of(parent), xmlNewDocComment(node_of(parent)->doc, BAD_CAST text));
}

void xml_write(const struct xml *xml, struct buf *out)
{
    xmlBufferPtr text = xmlBufferCreate();
    if (!text)
        abort();
    xmlNodeDump(text, xml->doc, xmlDocGetRootElement(xml->doc), 0, 1);
    buf_append(out, xmlBufferContent(text), (size_t)xmlBufferLength(text));
    buf_puts(out, "\n");
    xmlBufferFree(text);
}
