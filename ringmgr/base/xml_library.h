/* Private to xml.c: the functions of libxml2, which load it (library.h). xmlFree is a variable. */
#ifndef RINGMGR_BASE_XML_LIBRARY_H
#define RINGMGR_BASE_XML_LIBRARY_H

#include "ringmgr/base/library.h"

#include <libxml/SAX2.h>
#include <libxml/chvalid.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#define xmlAddChild               LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlAddChild)
#define xmlBufferContent          LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlBufferContent)
#define xmlBufferCreate           LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlBufferCreate)
#define xmlBufferFree             LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlBufferFree)
#define xmlBufferLength           LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlBufferLength)
#define xmlCtxtReadMemory         LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlCtxtReadMemory)
#define xmlDocGetRootElement      LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlDocGetRootElement)
#define xmlDocSetRootElement      LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlDocSetRootElement)
#define xmlEncodeSpecialChars     LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlEncodeSpecialChars)
#define xmlFree                   LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlFree)
#define xmlFreeDoc                LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlFreeDoc)
#define xmlFreeParserCtxt         LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlFreeParserCtxt)
#define xmlGetLineNo              LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlGetLineNo)
#define xmlGetNoNsProp            LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlGetNoNsProp)
#define xmlGetUTF8Char            LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlGetUTF8Char)
#define xmlNewChild               LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlNewChild)
#define xmlNewDoc                 LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlNewDoc)
#define xmlNewDocComment          LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlNewDocComment)
#define xmlNewNode                LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlNewNode)
#define xmlNewParserCtxt          LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlNewParserCtxt)
#define xmlNodeDump               LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlNodeDump)
#define xmlNodeListGetString      LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlNodeListGetString)
#define xmlSAX2StartDocument      LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlSAX2StartDocument)
#define xmlSetProp                LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlSetProp)
#define xmlSetStructuredErrorFunc LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlSetStructuredErrorFunc)
#define xmlStopParser             LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlStopParser)
#define xmlStrdup                 LIBRARY_FUNCTION(LIBRARY_LIBXML_2_0, xmlStrdup)

#endif
