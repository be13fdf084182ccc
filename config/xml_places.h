/*
 * On which line each start tag and attribute of an XML text begins, which libxml2 does not tell: it knows
 * the line on which a tag ends. Pure.
 */
#ifndef CONFIG_XML_PLACES_H
#define CONFIG_XML_PLACES_H

#include <stdbool.h>
#include <stddef.h>

struct xml_place {
    unsigned line;      /* from 1, of its '<' */
    unsigned text_line; /* of the first text right in the element that is not blank; 0: it has none */
    size_t parent;      /* index of the start tag around it; itself for the root */
    size_t first;       /* index in attribute_line of its first attribute */
    size_t attributes;  /* without the declarations of namespaces */
};

/* Start tags and attributes in the order of the text. Zero-initialised is empty. */
struct xml_places {
    struct xml_place *tag;
    size_t len;
    unsigned *attribute_line;
    size_t attributes;
    size_t namespaces;     /* how many are declared */
    unsigned doctype_line; /* 0: there is none. Nothing behind one is scanned. */
};

/*
 * Scans a text in UTF-8 or any code page above ASCII, or in UTF-16 with or without BOM. Lines end in LF, CRLF
 * or CR. Only of well-formed XML without a document type the places are right; of other bytes they are any.
 */
void xml_places_scan(const void *bytes, size_t len, struct xml_places *places);
/* Frees everything; the list is empty and usable again. */
void xml_places_clear(struct xml_places *places);

#endif
