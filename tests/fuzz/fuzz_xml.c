/*
 * Any bytes as XML: an error with a message, or a tree under the bounds of limits.h, which written anew is
 * read as the same tree.
 */
#include "fuzz.h"

#include "ringmgr/base/buf.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/xml.h"

static void copy_attributes(const struct xml_node *from, struct xml_node *to)
{
    const struct xml_attribute *attribute = xml_attribute_first(from);
    for (; attribute; attribute = xml_attribute_next(attribute))
        xml_set(to, xml_attribute_name(attribute), xml_attribute_value(attribute));
}

static void copy_children(const struct xml_node *from, struct xml_node *to, unsigned depth)
{
    must(depth < LIMIT_XML_DEPTH);
    copy_attributes(from, to);
    for (const struct xml_node *child = xml_child(from, NULL); child; child = xml_next(child, NULL)) {
        must(xml_line(child) > 0);
        copy_children(child, xml_add(to, xml_name(child)), depth + 1);
    }
}

static void write_copy(const struct xml *xml, struct buf *out)
{
    const struct xml_node *root = xml_root(xml);
    struct xml *copy AUTO(xml_auto_free)
    = xml_new(xml_name(root));
    copy_children(root, xml_root_edit(copy), 0);
    xml_write(copy, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF once = {0}, twice = {0};
    struct err err = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL, *again AUTO(xml_auto_free)
    = NULL;
    unsigned line;
    if (!xml_parse(data, size, "fuzz.xml", &xml, &err)) {
        must(!xml && err.code == ERR_NOT_GENUINE && strncmp(err.msg, "fuzz.xml", 8) == 0);
        return 0;
    }
    write_copy(xml, &once);
    must(xml_parse_unnamed(once.data, once.len, &line, &again, &err) && line == 0);
    write_copy(again, &twice);
    must(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    return 0;
}
