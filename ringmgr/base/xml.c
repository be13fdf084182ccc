#include "ringmgr/base/xml.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml_library.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* The first thing that is wrong, of which all that follow are often but consequences. */
struct complaint {
    xmlParserCtxtPtr parser;
    unsigned namespace_errors;
    unsigned line; /* 0: there is none */
    char text[256];
    char advice[256]; /* "" where nothing more can be said */
};

static const struct {
    int code; /* xmlParserErrors */
    const char *advice;
} faults[] = {
    {XML_ERR_ENTITYREF_SEMICOL_MISSING, "write &amp; for &"},
    {XML_ERR_UNDECLARED_ENTITY, "write &amp; for &, and other letters as they are"},
    {XML_ERR_LT_IN_ATTRIBUTE, "write &lt; for <, or close the quotes before it"},
    {XML_ERR_INVALID_ENCODING, "save the file as UTF-8"},
    {XML_ERR_INVALID_CHAR, "save the file as UTF-8, without control characters"},
    {XML_ERR_UNKNOWN_ENCODING, "save the file as UTF-8"},
    {XML_ERR_UNSUPPORTED_ENCODING, "save the file as UTF-8 and take encoding out of its first line"},
    {XML_I18N_CONV_FAILED, "save the file as UTF-8"},
    {XML_ERR_ATTRIBUTE_NOT_STARTED, "write each value in quotes, NAME=\"VALUE\""},
    {XML_ERR_ATTRIBUTE_NOT_FINISHED, "close the quotes of the value"},
    {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "write each attribute as NAME=\"VALUE\""},
    {XML_ERR_ATTRIBUTE_REDEFINED, "take one of the two out"},
    {XML_ERR_SPACE_REQUIRED, "put a blank between attributes, and look for a quote too many"},
    {XML_ERR_GT_REQUIRED, "end the tag with > or />"},
    {XML_ERR_DOCUMENT_EMPTY, "take out what stands before the first tag"},
    {XML_ERR_RESERVED_XML_NAME, "put <?xml ...?> at the very start of the file, or take it out"},
    {XML_ERR_DOCUMENT_END, "take out what stands behind the end tag of the outermost element"},
};

/* The names in mismatched tags are the beginning and the end of an element; an end that is missing has one.
 */
static void advise(struct complaint *complaint, const xmlError *error)
{
    size_t size = sizeof complaint->advice;
    if (error->code == XML_ERR_TAG_NAME_MISMATCH && error->str1 && error->str2)
        snprintf(complaint->advice, size, "write </%.80s> before </%.80s>, or name both alike", error->str1,
                 error->str2);
    else if (error->code == XML_ERR_TAG_NOT_FINISHED && error->str1)
        snprintf(complaint->advice, size, "the end tag </%.80s> is missing", error->str1);
    else if (error->code == XML_ERR_NAME_REQUIRED)
        snprintf(complaint->advice, size, "%s",
                 strstr(complaint->text, "EntityRef") ? "write &amp; for &" : "write &lt; for < in a text");
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].code == error->code)
            snprintf(complaint->advice, size, "%s", faults[i].advice);
}

/* Namespaces are no matter of being well-formed, but nobody gets so many of them wrong. */
enum { NAMESPACE_ERRORS_MAX = 100 };

/*
 * libxml2 goes on behind errors and copies what it has read so far for each of them: a comment of nothing but
 * "<!-- " takes the square of its length. Here in the midst of it xmlStopParser() would free what is read.
 */
static void stop(xmlParserCtxtPtr parser)
{
    parser->wellFormed = 0;
    parser->disableSAX = 1;
    parser->instate = XML_PARSER_EOF;
}

static void keep_first(void *ctx, xmlErrorPtr error)
{
    struct complaint *first = ctx;
    bool is_last = error->domain == XML_FROM_PARSER && error->level == XML_ERR_FATAL;
    if (error->domain == XML_FROM_NAMESPACE && ++first->namespace_errors > NAMESPACE_ERRORS_MAX)
        is_last = true;
    if (is_last)
        stop(first->parser);
    if (first->line > 0 || (error->level != XML_ERR_FATAL && !is_last) || !error->message)
        return;
    first->line = error->line > 0 ? (unsigned)error->line : 1;
    snprintf(first->text, sizeof first->text, "%.*s", (int)strcspn(error->message, "\n"), error->message);
    advise(first, error);
}

/* Of which every '=' and '<' is one byte of that value, so that they can be counted before they are read. */
static bool is_countable(const char *encoding)
{
    static const char *const known[] = {"utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-", "windows-125"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncasecmp(encoding, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

/* libxml2 calls it behind the declaration, and before it reads anything in the declared encoding. */
static void check_encoding(void *ctx)
{
    xmlParserCtxtPtr parser = ctx;
    struct complaint *first = parser->_private;
    const xmlChar *declared =
        parser->input && parser->input->encoding ? parser->input->encoding : parser->encoding;
    xmlSAX2StartDocument(ctx);
    if (!declared || is_countable((const char *)declared))
        return;
    if (first->line == 0)
        snprintf(first->text, sizeof first->text, "the encoding %.40s is not read", (const char *)declared);
    if (first->line == 0)
        snprintf(first->advice, sizeof first->advice, "save the file as UTF-8");
    first->line = first->line ? first->line : 1;
    stop(parser);
}

/* What libxml2 would take the square of its number for. An encoding in which '<' is another byte begins with
 * 'L' (EBCDIC; XML 1.0, appendix F). */
static bool is_parsable(const char *bytes, size_t len, struct err *err)
{
    size_t equals = 0, brackets = 0;
    for (size_t i = 0; i < len; i++) {
        equals += bytes[i] == '=';
        brackets += bytes[i] == '<';
    }
    if (len && *bytes == 'L')
        return err_set(err, ERR_NOT_GENUINE, "not well-formed XML: it begins with no tag");
    if (equals > LIMIT_XML_EQUALS || (uint64_t)equals * brackets > LIMIT_XML_COMPARISONS)
        return err_set(err, ERR_NOT_GENUINE, "%zu attributes and tags are too many", equals + brackets);
    return true;
}

static bool refuse(const struct complaint *first, bool with_advice, unsigned *line, struct err *err)
{
    const char *advice = with_advice ? first->advice : "";
    *line = first->line;
    return err_set(err, ERR_NOT_GENUINE, "not well-formed XML%s%s%s%s", first->line > 0 ? ": " : "",
                   first->text, *advice ? ": " : "", advice);
}

static bool check(xmlDocPtr doc, struct err *err)
{
    int left = LIMIT_XML_NODES;
    if (doc->intSubset || doc->extSubset)
        return err_set(err, ERR_NOT_GENUINE, "a document type declaration is not accepted");
    if (!xmlDocGetRootElement(doc) || !count_nodes(doc->children, 0, &left))
        return err_set(err, ERR_NOT_GENUINE, "more than %d elements or %d levels", LIMIT_XML_NODES,
                       LIMIT_XML_DEPTH);
    return true;
}

static bool parse(const void *bytes, size_t len, bool with_advice, unsigned *line, struct xml **xml,
                  struct err *err)
{
    *xml = NULL;
    *line = 0;
    if (len > INT_MAX || len > LIMIT_METADATA_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "%zu bytes of XML are too many", len);
    if (!is_parsable(bytes, len, err))
        return false;
    xmlParserCtxtPtr ctx = xmlNewParserCtxt();
    if (!ctx)
        abort();
    struct complaint first = {.parser = ctx};
    ctx->_private = &first;
    ctx->sax->startDocument = check_encoding;
    xmlSetStructuredErrorFunc(&first, keep_first);
    xmlDocPtr doc = xmlCtxtReadMemory(ctx, bytes, (int)len, NULL, NULL,
                                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    bool ok = doc ? check(doc, err) : refuse(&first, with_advice, line, err);
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

bool xml_parse_unnamed(const void *bytes, size_t len, unsigned *line, struct xml **xml, struct err *err)
{
    return parse(bytes, len, true, line, xml, err);
}

bool xml_parse(const void *bytes, size_t len, const char *name, struct xml **xml, struct err *err)
{
    unsigned line;
    if (parse(bytes, len, false, &line, xml, err))
        return true;
    return line > 0 ? err_prefix(err, "%s line %u", name, line) : err_prefix(err, "%s", name);
}

bool xml_load(struct err *err)
{
    return library_load(LIBRARY_LIBXML_2_0, err);
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

/* A value that libxml2 made for us, or NULL. */
static const char *keep(xmlDocPtr doc, xmlChar *value)
{
    struct xml *xml = doc->_private;
    if (!value)
        return NULL;
    struct kept *kept = mem_new(1, sizeof *kept);
    *kept = (struct kept){xml->kept, value};
    xml->kept = kept;
    return (const char *)value;
}

const char *xml_attr(const struct xml_node *node, const char *name)
{
    return keep(node_of(node)->doc, xmlGetNoNsProp(node_of(node), BAD_CAST name));
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

const char *xml_namespace(const struct xml_node *node)
{
    xmlNsPtr ns = node_of(node)->ns;
    return ns ? (const char *)ns->href : NULL;
}

static xmlAttrPtr attr_of(const struct xml_attribute *attribute)
{
    return (xmlAttrPtr)(uintptr_t)attribute;
}

static const struct xml_attribute *public_attribute(xmlAttrPtr attr)
{
    return (const struct xml_attribute *)(uintptr_t)attr;
}

const struct xml_attribute *xml_attribute_first(const struct xml_node *node)
{
    return public_attribute(node_of(node)->properties);
}

const struct xml_attribute *xml_attribute_next(const struct xml_attribute *attribute)
{
    return public_attribute(attr_of(attribute)->next);
}

const char *xml_attribute_name(const struct xml_attribute *attribute)
{
    return (const char *)attr_of(attribute)->name;
}

const char *xml_attribute_value(const struct xml_attribute *attribute)
{
    xmlAttrPtr attr = attr_of(attribute);
    const char *value = keep(attr->doc, xmlNodeListGetString(attr->doc, attr->children, 1));
    return value ? value : "";
}

bool xml_attribute_is_foreign(const struct xml_attribute *attribute)
{
    return attr_of(attribute)->ns != NULL;
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

/* The character that begins at *text; *text is moved behind it. U+FFFD where XML knows none there. */
static unsigned next_char(const xmlChar **text)
{
    int len = 4, code = xmlGetUTF8Char(*text, &len);
    *text += code < 0 ? 1 : len;
    return code < 0 || !xmlIsCharQ((unsigned)code) ? 0xfffd : (unsigned)code;
}

void xml_escape(struct buf *out, const char *text)
{
    xmlChar *escaped = xmlEncodeSpecialChars(NULL, BAD_CAST text);
    const xmlChar *at = escaped;
    if (!escaped)
        abort();
    while (*at) {
        unsigned code = next_char(&at);
        if (code < 0x80)
            buf_append(out, at - 1, 1);
        else
            buf_printf(out, "&#x%X;", code);
    }
    xmlFree(escaped);
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
