/* XML: reading under bounds, refusing what could do harm, writing. */
#include "test.h"

#include "ringmgr/base/limits.h"
#include "ringmgr/base/xml.h"

#include <time.h>

static bool parse(const char *text, struct xml **xml, struct err *err)
{
    return xml_parse(text, strlen(text), "x.xml", xml, err);
}

static void reads_elements_and_attributes_by_name(void **state)
{
    (void)state;
    struct err err = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(parse("<a v=\"1\"><!-- c --><b v=\"&lt;&#65;&amp;\"/>text<c/><b/></a>", &xml, &err));
    const struct xml_node *root = xml_root(xml);
    assert_string_equal(xml_name(root), "a");
    assert_string_equal(xml_attr(root, "v"), "1");
    assert_null(xml_attr(root, "w"));
    const struct xml_node *b = xml_child(root, "b");
    assert_string_equal(xml_attr(b, "v"), "<A&");
    assert_ptr_equal(xml_child(root, NULL), b);
    assert_string_equal(xml_name(xml_next(b, NULL)), "c");
    const struct xml_node *second = xml_next(b, "b");
    assert_non_null(second);
    assert_null(xml_attr(second, "v"));
    assert_null(xml_next(second, NULL));
    assert_null(xml_child(root, "text"));
    assert_null(xml_child(b, NULL));
}

static void values_live_as_long_as_the_document(void **state)
{
    (void)state;
    struct err err = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(parse("<a v=\"one\" w=\"two\"/>", &xml, &err));
    const char *first = xml_attr(xml_root(xml), "v");
    for (int i = 0; i < 1000; i++)
        assert_string_equal(xml_attr(xml_root(xml), "w"), "two");
    assert_string_equal(first, "one");
}

static void a_bom_and_a_declaration_are_fine(void **state)
{
    (void)state;
    static const char utf16[] = "\xff\xfe<\0a\0 \0v\0=\0\"\0x\0\"\0/\0>";
    static const char *const table[] = {
        "<a v=\"x\"/>", "\xef\xbb\xbf<a v=\"x\"/>",
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<a\r\n v=\"x\"/>\r\n",
        "<p:a xmlns:p=\"urn:p\" v=\"x\"/>"};
    struct err err = {0};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct xml *xml AUTO(xml_auto_free)
        = NULL;
        assert_ok(parse(table[i], &xml, &err));
        assert_string_equal(xml_name(xml_root(xml)), "a");
        assert_string_equal(xml_attr(xml_root(xml), "v"), "x");
    }
    struct xml *wide AUTO(xml_auto_free)
    = NULL;
    assert_ok(xml_parse(utf16, sizeof utf16, "x.xml", &wide, &err));
    assert_string_equal(xml_attr(xml_root(wide), "v"), "x");
}

static void a_document_type_is_refused(void **state)
{
    (void)state;
    static const char *const table[] = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a []><a/>",
        "<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/a.dtd\"><a/>",
        "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><a>&e;</a>",
        "<!DOCTYPE a [<!ENTITY e \"x\">]><a v=\"&e;\"/>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM \"file:///etc/hostname\"> %p;]><a/>",
        "<a>&undeclared;</a>",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct xml *xml = (struct xml *)state;
        if (parse(table[i], &xml, &err))
            fail_msg("%s was read", table[i]);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        assert_non_null(strstr(err.msg, "x.xml"));
        assert_null(xml);
    }
}

static void write_bomb(struct buf *text, const char *use)
{
    buf_puts(text, "<!DOCTYPE a [<!ENTITY e0 \"xxxxxxxxxx\">");
    for (int i = 1; i < 20; i++) {
        buf_printf(text, "<!ENTITY e%d \"", i);
        for (int j = 0; j < 10; j++)
            buf_printf(text, "&e%d;", i - 1);
        buf_puts(text, "\">");
    }
    buf_printf(text, "]>%s", use);
}

static void an_entity_bomb_does_not_go_off(void **state)
{
    (void)state;
    static const char *const uses[] = {"<a>&e19;</a>", "<a v=\"&e19;\"/>"};
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        struct err err = {0};
        struct xml *xml;
        AUTO_BUF text = {0};
        clock_t start = clock();
        write_bomb(&text, uses[i]);
        assert_fails(parse(buf_text(&text), &xml, &err), ERR_NOT_GENUINE);
        assert_null(xml);
        assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
    }
}

static void nest(struct buf *text, int levels)
{
    for (int i = 0; i < levels; i++)
        buf_puts(text, "<a>");
    for (int i = 0; i < levels; i++)
        buf_puts(text, "</a>");
}

static void depth_has_a_bound(void **state)
{
    (void)state;
    static const struct {
        int levels;
        bool fine;
    } table[] = {{1, true}, {LIMIT_XML_DEPTH, true}, {LIMIT_XML_DEPTH + 1, false}, {100000, false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct xml *xml AUTO(xml_auto_free)
        = NULL;
        AUTO_BUF text = {0};
        nest(&text, table[i].levels);
        assert_int_equal(parse(buf_text(&text), &xml, &err), table[i].fine);
        assert_int_equal(err.code, table[i].fine ? ERR_NONE : ERR_NOT_GENUINE);
    }
}

static void the_number_of_nodes_has_a_bound(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct err err = {0};
        struct xml *xml AUTO(xml_auto_free)
        = NULL;
        AUTO_BUF text = {0};
        buf_puts(&text, "<a>");
        for (int i = 1; i < LIMIT_XML_NODES + more; i++)
            buf_puts(&text, "<b/>");
        buf_puts(&text, "</a>");
        assert_int_equal(parse(buf_text(&text), &xml, &err), !more);
        assert_int_equal(err.code, more ? ERR_NOT_GENUINE : ERR_NONE);
    }
}

static void the_size_has_a_bound(void **state)
{
    (void)state;
    struct err err = {0};
    struct xml *xml;
    AUTO_BUF text = {0};
    buf_puts(&text, "<a/>");
    while (text.len <= LIMIT_METADATA_BYTES)
        buf_puts(&text, "                                                                ");
    assert_fails(xml_parse(text.data, text.len, "x.xml", &xml, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "too many"));
}

/* libxml2 copies the comment so far for each of them, were it not for the first error being the last. */
static void errors_without_end_take_no_time(void **state)
{
    static const struct {
        const char *start, *part;
    } table[] = {{"", "<!-- "}, {"<a><!--", "--"}, {"<a ", "b b "}, {"<a>", "&x;"}, {"<a>", "<"}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_BUF text = {0};
        struct err err = {0};
        struct xml *xml;
        clock_t start = clock();
        buf_puts(&text, table[i].start);
        while (text.len < 1 << 20)
            buf_puts(&text, table[i].part);
        assert_false(xml_parse(text.data, text.len, "x.xml", &xml, &err));
        assert_null(xml);
        assert_true(clock() - start < CLOCKS_PER_SEC);
    }
}

/* Each error copies the name of the element. */
/* What libxml2 would take the square of: minutes for each of these. */
static void attributes_and_namespaces_without_end_take_no_time(void **state)
{
    static const struct {
        const char *start, *part, *part_end, *end, *rest;
    } table[] = {
        {"<v", " a", "=''", "/>", ""},
        {"<v", " xmlns:a", "='u'", ">", "<a1:b/>"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_BUF text = {0};
        struct xml *xml = NULL;
        struct err err = {0};
        clock_t start = clock();
        buf_puts(&text, table[i].start);
        for (unsigned n = 0; n < (*table[i].rest ? 39000 : 300000); n++)
            buf_printf(&text, "%s%u%s", table[i].part, n, table[i].part_end);
        buf_puts(&text, table[i].end);
        while (*table[i].rest && text.len < LIMIT_METADATA_BYTES - 10)
            buf_puts(&text, table[i].rest);
        assert_fails(xml_parse(text.data, text.len, "v.xml", &xml, &err), ERR_NOT_GENUINE);
        assert_non_null(strstr(err.msg, "v.xml: "));
        assert_non_null(strstr(err.msg, "too many"));
        assert_true(clock() - start < CLOCKS_PER_SEC);
    }
}

/* In which '=' would not be counted: EBCDIC, from the first byte on or from the declaration on. */
static void encodings_that_hide_are_not_read(void **state)
{
    static const char *const texts[] = {
        "<?xml version=\"1.0\" encoding=\"IBM037\"\x6f\x6e\x4c\xa5\x61\x6e",
        "<?xml version=\"1.0\" encoding=\"UTF-7\"?><v/>",
        "\x4c\x6f\xa7\x94\x93\x40\xa5\x61\x6e",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct xml *xml = NULL;
        struct err err = {0};
        assert_fails(xml_parse(texts[i], strlen(texts[i]), "v.xml", &xml, &err), ERR_NOT_GENUINE);
        assert_non_null(strstr(err.msg, i < 2 ? "is not read" : "begins with no tag"));
    }
}

static void wrong_namespaces_without_end_take_no_time(void **state)
{
    AUTO_BUF text = {0};
    struct err err = {0};
    struct xml *xml;
    clock_t start = clock();
    (void)state;
    buf_puts(&text, "<");
    for (int i = 0; i < 49000; i++)
        buf_puts(&text, "C");
    for (int i = 0; i < 24000; i++)
        buf_printf(&text, " a:b%d=''", i);
    buf_puts(&text, "/>");
    assert_false(xml_parse(text.data, text.len, "x.xml", &xml, &err));
    assert_non_null(strstr(err.msg, "line 1: not well-formed XML: Namespace prefix a"));
    assert_true(clock() - start < CLOCKS_PER_SEC);
}

static void a_wrong_namespace_is_no_fault_of_form(void **state)
{
    struct err err = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    (void)state;
    assert_ok(parse("<p:a q:b=''><r:c/></p:a>", &xml, &err));
}

static void errors_name_document_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *line;
    } table[] = {
        {"<a>\n<b>\n</a>", "x.xml line 3:"}, {"<a>\n<b v=1/></a>", "x.xml line 2:"}, {"<a", "x.xml line 1:"},
        {"plain", "x.xml line 1:"},          {"<a/>\n\n<b/>", "x.xml line 3:"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct xml *xml;
        assert_fails(parse(table[i].text, &xml, &err), ERR_NOT_GENUINE);
        if (!strstr(err.msg, table[i].line))
            fail_msg("\"%s\" does not say \"%s\"", err.msg, table[i].line);
        assert_null(strchr(err.msg, '\n'));
    }
}

static void nothing_and_bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct xml *xml;
    assert_fails(xml_parse("", 0, "x.xml", &xml, &err), ERR_NOT_GENUINE);
    assert_fails(xml_parse(NULL, 0, "x.xml", &xml, &err), ERR_NOT_GENUINE);
    assert_fails(xml_parse("<a>\0</a>", 8, "x.xml", &xml, &err), ERR_NOT_GENUINE);
    assert_fails(xml_parse("<a>\xff</a>", 8, "x.xml", &xml, &err), ERR_NOT_GENUINE);
    assert_fails(parse("<a>\x01</a>", &xml, &err), ERR_NOT_GENUINE);
}

static void elements_know_their_line(void **state)
{
    (void)state;
    struct err err = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(parse("<a>\n\n<b/>\n<b/></a>", &xml, &err));
    const struct xml_node *b = xml_child(xml_root(xml), "b");
    assert_int_equal(xml_line(xml_root(xml)), 1);
    assert_int_equal(xml_line(b), 3);
    assert_int_equal(xml_line(xml_next(b, "b")), 4);
}

static void writes_indented_and_escaped_text_that_reads_back(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_BUF text = {0};
    struct xml *xml AUTO(xml_auto_free)
    = xml_new("Configuration");
    struct xml *again AUTO(xml_auto_free)
    = NULL;
    struct xml_node *add = xml_add(xml_root_edit(xml), "Add");
    xml_set(add, "Channel", "Current");
    xml_comment(xml_root_edit(xml), " made by hand ");
    xml_set(xml_add(add, "Product"), "ID", "<\"&'\n>");
    xml_set(add, "Channel", "SemiAnnual");
    xml_write(xml, &text);
    assert_string_equal(buf_text(&text), "<Configuration>\n"
                                         "  <Add Channel=\"SemiAnnual\">\n"
                                         "    <Product ID=\"&lt;&quot;&amp;'&#10;&gt;\"/>\n"
                                         "  </Add>\n"
                                         "  <!-- made by hand -->\n"
                                         "</Configuration>\n");
    assert_ok(parse(buf_text(&text), &again, &err));
    const struct xml_node *product = xml_child(xml_child(xml_root(again), "Add"), "Product");
    assert_string_equal(xml_attr(product, "ID"), "<\"&'\n>");
}

static void attributes_come_in_their_order(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        bool is_foreign;
    } wanted[] = {{"b", "1", false}, {"a", "<\xc3\xa4 x", false}, {"c", "", false}, {"a", "2", true}};
    struct err err = {0};
    size_t seen = 0;
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(parse("<r b='1' xmlns:p='urn:p' a='&lt;\xc3\xa4\nx' c='' p:a='2'><s/></r>", &xml, &err));
    const struct xml_attribute *a = xml_attribute_first(xml_root(xml));
    for (; a; a = xml_attribute_next(a), seen++) {
        assert_true(seen < sizeof wanted / sizeof *wanted);
        assert_string_equal(xml_attribute_name(a), wanted[seen].name);
        assert_string_equal(xml_attribute_value(a), wanted[seen].value);
        assert_int_equal(xml_attribute_is_foreign(a), wanted[seen].is_foreign);
    }
    assert_int_equal(seen, sizeof wanted / sizeof *wanted);
    assert_null(xml_attribute_first(xml_child(xml_root(xml), "s")));
}

static void elements_know_their_namespace(void **state)
{
    (void)state;
    struct err err = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(parse("<r xmlns:p='urn:p'><s/><p:s/><s xmlns='urn:s'><t/></s></r>", &xml, &err));
    const struct xml_node *node = xml_child(xml_root(xml), NULL);
    assert_null(xml_namespace(xml_root(xml)));
    assert_null(xml_namespace(node));
    node = xml_next(node, NULL);
    assert_string_equal(xml_namespace(node), "urn:p");
    node = xml_next(node, NULL);
    assert_string_equal(xml_namespace(xml_child(node, NULL)), "urn:s");
}

/* The first error and its line: what follows is often but its consequence. */
static void an_unnamed_document_has_the_line_of_its_error(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *part;
    } table[] = {
        {"<a>\n<b>\n</a>\n", 3, "mismatch"},
        {"<a>\n\n<b c=d/>\n<e f=g/>\n</a>", 3, "AttValue"},
        {"<!DOCTYPE a>\n<a/>", 0, "document type"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct xml *xml;
        unsigned line = 99;
        assert_fails(xml_parse_unnamed(table[i].text, strlen(table[i].text), &line, &xml, &err),
                     ERR_NOT_GENUINE);
        assert_null(xml);
        assert_int_equal(line, table[i].line);
        if (!strstr(err.msg, table[i].part))
            fail_msg("wanted %s: %s", table[i].part, err.msg);
    }
}

/* To the one who wrote the file; of Microsoft's documents nobody can save another. */
static void only_an_unnamed_document_has_advice(void **state)
{
    struct err err = {0};
    struct xml *xml;
    unsigned line;
    (void)state;
    assert_fails(xml_parse_unnamed("<a b='&'/>", 10, &line, &xml, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "write &amp;"));
    err = (struct err){0};
    assert_fails(xml_parse("<a b='&'/>", 10, "x", &xml, &err), ERR_NOT_GENUINE);
    assert_null(strstr(err.msg, "write &amp;"));
}

static void escaped_text_is_ascii_for_elements_and_attributes(void **state)
{
    static const struct {
        const char *text, *escaped;
    } cases[] = {
        {"", ""},
        {"a 'b' ~", "a 'b' ~"},
        {"<a b=\"&amp;\">]]>", "&lt;a b=&quot;&amp;amp;&quot;&gt;]]&gt;"},
        {"\u00a0\u00fc\u20ac\U0001f600\U0010ffff", "&#xA0;&#xFC;&#x20AC;&#x1F600;&#x10FFFF;"},
        {"\xff|\xc3|\xef\xbf\xbf|\x01", "&#xFFFD;|&#xFFFD;|&#xFFFD;|&#xFFFD;"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUF out = {0};
        xml_escape(&out, cases[i].text);
        assert_string_equal(buf_text(&out), cases[i].escaped);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_elements_and_attributes_by_name),
        cmocka_unit_test(values_live_as_long_as_the_document),
        cmocka_unit_test(a_bom_and_a_declaration_are_fine),
        cmocka_unit_test(a_document_type_is_refused),
        cmocka_unit_test(an_entity_bomb_does_not_go_off),
        cmocka_unit_test(depth_has_a_bound),
        cmocka_unit_test(the_number_of_nodes_has_a_bound),
        cmocka_unit_test(the_size_has_a_bound),
        cmocka_unit_test(errors_without_end_take_no_time),
        cmocka_unit_test(attributes_and_namespaces_without_end_take_no_time),
        cmocka_unit_test(encodings_that_hide_are_not_read),
        cmocka_unit_test(wrong_namespaces_without_end_take_no_time),
        cmocka_unit_test(a_wrong_namespace_is_no_fault_of_form),
        cmocka_unit_test(errors_name_document_and_line),
        cmocka_unit_test(only_an_unnamed_document_has_advice),
        cmocka_unit_test(nothing_and_bytes_that_are_no_text_are_refused),
        cmocka_unit_test(elements_know_their_line),
        cmocka_unit_test(writes_indented_and_escaped_text_that_reads_back),
        cmocka_unit_test(attributes_come_in_their_order),
        cmocka_unit_test(elements_know_their_namespace),
        cmocka_unit_test(an_unnamed_document_has_the_line_of_its_error),
        cmocka_unit_test(escaped_text_is_ascii_for_elements_and_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
