/* Lines of start tags and attributes. */
#include "test.h"

#include "config/xml_places.h"
#include "ringmgr/base/mem.h"

/* The places as "LINE(TEXT LINE):ATTRIBUTE LINE,…" a tag, blanks between them; "!LINE" for a document type.
 */
static char *scan(const void *bytes, size_t len)
{
    AUTO(xml_places_clear)
    struct xml_places places = {0};
    AUTO_BUF text = {0};
    xml_places_scan(bytes, len, &places);
    for (size_t i = 0; i < places.len; i++) {
        const struct xml_place *tag = &places.tag[i];
        assert_true(tag->parent <= i && tag->first + tag->attributes <= places.attributes);
        buf_printf(&text, "%s%u(%u)", i ? " " : "", tag->line, tag->text_line);
        for (size_t a = 0; a < tag->attributes; a++)
            buf_printf(&text, "%s%u", a ? "," : ":", places.attribute_line[tag->first + a]);
    }
    if (places.doctype_line)
        buf_printf(&text, "!%u", places.doctype_line);
    return mem_strdup(buf_text(&text));
}

static void each_tag_and_attribute_has_its_line(void **state)
{
    static const struct {
        const char *text, *places;
    } table[] = {
        {"", ""},
        {"<a/>", "1(0)"},
        {"\n\n<a\n>\n<b/></a>", "3(0) 5(0)"},
        {"<a b='1'\nc = \"2\"\n d\n=\n'3'/>", "1(0):1,2,3"},
        {"<a b='\n>\n'\nc=''/>", "1(0):1,4"},
        {"<a>\n x\n<b>y</b>z</a>", "1(2) 3(3)"},
        {"<a><b></b>\nx</a>", "1(2) 1(0)"},
        {"<a><b/>\nx</a>", "1(2) 1(0)"},
        {"<a xmlns='u' xmlns:p=''\nxmlnsx='' p:q=''/>", "1(0):2,2"},
        {"<?x <a>\n?><!-- <b>\n--><a><![CDATA[\n<c>]]></a>", "3(3)"},
        {"\r\r\n\n<a\rb=''/>", "4(0):5"},
        {"<!-- <!DOCTYPE x> -->\n<!DOCTYPE a [ <b> ]>\n<a/>", "!2"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *found AUTO_FREE = scan(table[i].text, strlen(table[i].text));
        if (strcmp(found, table[i].places) != 0)
            fail_msg("%s: wanted \"%s\", found \"%s\"", table[i].text, table[i].places, found);
    }
}

static void utf16_is_scanned_with_and_without_a_bom(void **state)
{
    static const char little[] = "<\0a\0\n\0b\0=\0'\0\0\x3c\x3e\x00'\0/\0>\0"; /* U+3C00 is no '<' */
    static const char little_bom[] = "\xff\xfe\n\0<\0a\0\n\0b\0=\0'\0'\0/\0>\0";
    static const char big[] = "\0<\0a\0\n\0b\0=\0'\0'\0/\0>";
    static const char big_bom[] = "\xfe\xff\0\n\0<\0a\0\n\0b\0=\0'\0'\0/\0>";
    static const struct {
        const char *bytes;
        size_t len;
        const char *places;
    } table[] = {
        {little, sizeof little - 1, "1(0):2"},
        {little_bom, sizeof little_bom - 1, "2(0):3"},
        {big, sizeof big - 1, "1(0):2"},
        {big_bom, sizeof big_bom - 1, "2(0):3"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *found AUTO_FREE = scan(table[i].bytes, table[i].len);
        assert_string_equal(found, table[i].places);
    }
}

/* Each in memory of its own size, so that a sanitizer sees a byte read too far. */
static void a_text_may_end_anywhere(void **state)
{
    static const char text[] =
        "<?x?><!-- --><a b='1' c=\"2\" xmlns='3'>t<![CDATA[u]]><b/></a></c><d =/><e '/>"
        "<f / g></><!DOCTYPE";
    (void)state;
    for (size_t len = 0; len < sizeof text; len++) {
        uint8_t *narrow AUTO_FREE = mem_new(len, 1);
        uint8_t *wide AUTO_FREE = mem_new(2 * len + 1, 1);
        memcpy(narrow, text, len);
        for (size_t i = 0; i < len; i++)
            wide[2 * i] = (uint8_t)text[i];
        free(scan(narrow, len));
        free(scan(wide, 2 * len + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tag_and_attribute_has_its_line),
        cmocka_unit_test(utf16_is_scanned_with_and_without_a_bom),
        cmocka_unit_test(a_text_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
