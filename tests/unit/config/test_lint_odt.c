/* Findings about a configuration.xml: seeded faults, encodings, real files. */
#include "lint_scene.h"

#include "ringmgr/base/limits.h"
#include <dirent.h>
#include <fcntl.h>
#include <time.h>

#define FAULTS TEST_SOURCE_DIR "/tests/golden/lint-faults"

/* ---- Files with one fault each ---------------------------------------------------------------------------
 */

/*
 * tests/golden/lint-faults/NAME.xml ends in "<!-- fault: LINE SEVERITY CODE, …; else clean-NAME.xml -->": all
 * findings that it must have, and the file that it is but for its fault. "fault of the ring": held against
 * one.
 */
struct fault {
    const char *name; /* borrowed */
    struct buf file;
    size_t body_len; /* without that comment */
    bool with_ring;
    char expected[256];
    char clean[128];
};

static void clear_fault(struct fault *fault)
{
    buf_clear(&fault->file);
}

static bool read_fault(int dir, const char *name, struct fault *fault)
{
    struct err err = {0};
    *fault = (struct fault){0};
    fault->name = name;
    assert_ok(fs_read_file(dir, name, 1 << 20, &fault->file, &err));
    const char *text = buf_text(&fault->file);
    const char *comment = strstr(text, "<!-- fault");
    if (!comment)
        return false;
    fault->body_len = (size_t)(comment - text);
    fault->with_ring = strncmp(comment, "<!-- fault of the ring: ", 24) == 0;
    if (sscanf(strchr(comment, ':') + 2, "%255[^;]; else %127s", fault->expected, fault->clean) != 2)
        fail_msg("%s: its comment cannot be read", name);
    return true;
}

static int is_xml(const struct dirent *entry)
{
    return strstr(entry->d_name, ".xml") != NULL;
}

/* Calls `each` with every file; returns how many were faults. */
static size_t for_each_file(void (*each)(const struct fault *fault, bool is_fault))
{
    struct err err = {0};
    struct dirent **entry;
    AUTO_FD dir = fs_open_dir(FAULTS, &err);
    size_t faults = 0;
    int count = scandir(FAULTS, &entry, is_xml, alphasort);
    assert_true(dir >= 0 && count > 0);
    for (int i = 0; i < count; i++) {
        AUTO(clear_fault)
        struct fault fault;
        bool is_fault = read_fault(dir, entry[i]->d_name, &fault);
        assert_true(is_fault == (strncmp(entry[i]->d_name, "clean-", 6) != 0));
        each(&fault, is_fault);
        faults += is_fault;
        free(entry[i]);
    }
    free(entry);
    return faults;
}

static void assert_codes(const char *name, const void *bytes, size_t len, bool with_ring,
                         const char *expected)
{
    char *found AUTO_FREE = lint_codes(bytes, len, with_ring);
    if (strcmp(found, expected) != 0)
        fail_msg("%s: wanted \"%s\", found \"%s\"", name, expected, found);
}

/* The bytes are those of the fault's file, or mean the same. */
static void assert_findings(const struct fault *fault, const struct buf *bytes)
{
    char *found AUTO_FREE = lint_list(bytes->data, bytes->len, fault->with_ring, true);
    if (strcmp(found, fault->expected) != 0)
        fail_msg("%s: wanted \"%s\", found \"%s\"", fault->name, fault->expected, found);
}

static void assert_fault(const struct fault *fault, bool is_fault)
{
    if (is_fault)
        assert_findings(fault, &fault->file);
}

static void every_seeded_fault_is_found_on_its_line(void **state)
{
    (void)state;
    assert_true(for_each_file(assert_fault) >= 60);
}

static void assert_clean(const struct fault *fault, bool is_fault)
{
    static const char *const of_ring[] = {"clean-full.xml", "clean-add-on.xml", "clean-download.xml",
                                          "clean-existing.xml", "clean-remove.xml"};
    if (is_fault)
        return;
    assert_codes(fault->name, fault->file.data, fault->file.len, false, "");
    for (size_t i = 0; i < sizeof of_ring / sizeof *of_ring; i++)
        if (strcmp(of_ring[i], fault->name) == 0)
            assert_codes(fault->name, fault->file.data, fault->file.len, true, "");
}

static void the_files_without_a_fault_are_clean(void **state)
{
    (void)state;
    for_each_file(assert_clean);
}

/* How many bytes of `a` lie between what it and `b` begin and end with alike. */
static size_t changed_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    size_t shorter = a_len < b_len ? a_len : b_len, head = 0, tail = 0;
    while (head < shorter && a[head] == b[head])
        head++;
    while (tail < shorter - head && a[a_len - 1 - tail] == b[b_len - 1 - tail])
        tail++;
    return a_len - head - tail;
}

static void assert_small(const struct fault *fault, bool is_fault)
{
    enum { CHANGE_BYTES = 200 };
    struct err err = {0};
    AUTO_BUF clean = {0};
    AUTO_FD dir = fs_open_dir(FAULTS, &err);
    if (!is_fault)
        return;
    assert_ok(fs_read_file(dir, fault->clean, 1 << 20, &clean, &err));
    size_t changed = changed_bytes(fault->file.data, fault->body_len, clean.data, clean.len);
    size_t lost = changed_bytes(clean.data, clean.len, fault->file.data, fault->body_len);
    assert_true(changed + lost > 0);
    if (changed > CHANGE_BYTES || lost > CHANGE_BYTES)
        fail_msg("%s differs from %s in more than its fault", fault->name, fault->clean);
}

static void a_fault_is_all_that_a_file_differs_in(void **state)
{
    (void)state;
    for_each_file(assert_small);
}

/* ---- The same files in other line ends and encodings -----------------------------------------------------
 */

static void put_with_ends(const struct buf *file, const char *end, struct buf *out)
{
    for (size_t i = 0; i < file->len; i++)
        if (file->data[i] == '\n')
            buf_puts(out, end);
        else
            buf_append(out, &file->data[i], 1);
}

static void assert_other_ends(const struct fault *fault, bool is_fault)
{
    (void)is_fault; /* of a clean file nothing is expected */
    AUTO_BUF windows = {0};
    AUTO_BUF mac = {0};
    AUTO_BUF marked = {0};
    put_with_ends(&fault->file, "\r\n", &windows);
    put_with_ends(&fault->file, "\r", &mac);
    buf_puts(&marked, "\xef\xbb\xbf");
    buf_append(&marked, fault->file.data, fault->file.len);
    assert_findings(fault, &windows);
    assert_findings(fault, &mac);
    assert_findings(fault, &marked);
}

static void line_ends_and_a_bom_move_no_finding(void **state)
{
    (void)state;
    for_each_file(assert_other_ends);
}

/* ASCII as UTF-16 with a BOM, as PowerShell writes it. */
static void put_utf16(const struct buf *file, bool big, struct buf *out)
{
    buf_puts(out, big ? "\xfe\xff" : "\xff\xfe");
    for (size_t i = 0; i < file->len; i++) {
        uint8_t unit[2] = {file->data[i], 0};
        if (big)
            unit[1] = unit[0], unit[0] = 0;
        buf_append(out, unit, 2);
    }
}

static void assert_utf16(const struct fault *fault, bool is_fault)
{
    (void)is_fault;
    for (int big = 0; big < 2; big++) {
        AUTO_BUF wide = {0};
        put_utf16(&fault->file, big, &wide);
        assert_findings(fault, &wide);
    }
}

static void utf16_moves_no_finding(void **state)
{
    (void)state;
    for_each_file(assert_utf16);
}

/* ---- What is no configuration.xml ------------------------------------------------------------------------
 */

struct text_case {
    const char *text;
    const char *expected;
};

static void assert_texts(const struct text_case *table, size_t len)
{
    for (size_t i = 0; i < len; i++)
        assert_codes(table[i].text, table[i].text, strlen(table[i].text), false, table[i].expected);
}

#define assert_table(table) assert_texts(table, sizeof(table) / sizeof *(table))

static void what_is_no_xml_is_said_on_its_line(void **state)
{
    static const struct text_case table[] = {
        {"", "0 error empty-file"},
        {" \r\n\t\n", "0 error empty-file"},
        {"\xef\xbb\xbf\n", "0 error empty-file"},
        {"\xff\xfe", "0 error empty-file"},
        {"hello", "1 error not-xml"},
        {"<Configuration>\n<Add>\n</Configuration>\n", "3 error not-xml"},
        {"<Configuration>\n\n", "3 error not-xml"},
        {"<Configuration>\n<Add Channel=\"Current\" Channel=\"Current\" />\n</Configuration>\n",
         "2 error not-xml"},
        {"<Configuration>\n<Add Channel=Current />\n</Configuration>\n", "2 error not-xml"},
        {"<Configuration>\n<Info Description=\"a & b\" />\n</Configuration>\n", "2 error not-xml"},
        {"<Configuration />\n<Configuration />\n", "2 error not-xml"},
        {"<Configuration>\n<Info Description=\"\xe4\" />\n</Configuration>\n", "2 error not-xml"},
        {"<?xml version=\"1.0\"?>\n<!DOCTYPE Configuration>\n<Configuration />\n", "2 error doctype"},
        {"<!-- <!DOCTYPE a> -->\n\n<!DOCTYPE a [\n<!ENTITY e \"x\">\n]>\n<a>&e;</a>\n", "3 error doctype"},
        {"<html>\n</html>\n", "1 error wrong-root"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *found AUTO_FREE = lint_list(table[i].text, strlen(table[i].text), false, true);
        assert_string_equal(found, table[i].expected);
    }
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
    AUTO_BUF file = {0};
    (void)state;
    buf_puts(&file, "<Configuration>");
    while (file.len <= 1 << 20)
        buf_puts(&file, "                                                                \n");
    buf_puts(&file, "</Configuration>");
    assert_codes("large", file.data, file.len, false, "0 too-large");
}

static void too_many_elements_or_attributes_are_not_read(void **state)
{
    static const struct {
        const char *start, *part, *end;
        int parts; /* as many as are read */
    } table[] = {
        {"<Configuration><Remove All='TRUE'/>", "<a/>", "</Configuration>", LIMIT_ODT_ELEMENTS - 2},
        {"<Configuration ", "a='' ", "/>", LIMIT_ODT_ATTRIBUTES},
        {"<Configuration>", "<a xmlns='b'/>", "</Configuration>", LIMIT_ODT_NAMESPACES},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int more = 0; more < 2; more++) {
            AUTO_BUF file = {0};
            buf_puts(&file, table[i].start);
            for (int part = 0; part < table[i].parts + more; part++)
                buf_puts(&file, table[i].part);
            buf_puts(&file, table[i].end);
            char *found AUTO_FREE = lint_codes(file.data, file.len, false);
            assert_int_equal(strcmp(found, "0 too-large") == 0, more);
        }
}

/* What libxml2 would take the square of its length for. */
static void a_comment_of_comments_takes_no_time(void **state)
{
    AUTO_BUF file = {0};
    clock_t start = clock();
    (void)state;
    buf_puts(&file, "<Configuration>\n");
    while (file.len < LIMIT_CONFIG_BYTES - 10)
        buf_puts(&file, "<!-- ");
    assert_codes("comments", file.data, file.len, false, "2 not-xml");
    assert_true(clock() - start < CLOCKS_PER_SEC);
}

static void what_is_nested_too_deep_is_not_read(void **state)
{
    AUTO_BUF file = {0};
    (void)state;
    for (int i = 0; i < 40; i++)
        buf_puts(&file, "<a>");
    for (int i = 0; i < 40; i++)
        buf_puts(&file, "</a>");
    assert_codes("deep", file.data, file.len, false, "0 not-xml");
}

static void other_encodings_are_read(void **state)
{
    static const struct text_case table[] = {
        {"<?xml version=\"1.0\" encoding=\"windows-1252\"?>\n<Configuration>\n<Info "
         "Description=\"\x93\xe4\x94\""
         " x=\"\" />\n<Remove All=\"TRUE\" />\n</Configuration>\n",
         "3 unknown-attribute"},
        {"<Configuration>\n<Info Description=\"\xc3\xa4\xf0\x9f\x98\x80\" x=\"\" />\n<Remove All=\"TRUE\" "
         "/>\n"
         "</Configuration>\n",
         "2 unknown-attribute"},
    };
    (void)state;
    assert_table(table);
}

/* A BOM outweighs the declaration that PowerShell leaves in the text. */
static void utf16_that_declares_utf8_is_read(void **state)
{
    static const char text[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Configuration>\n<Ad />\n"
                               "</Configuration>\n";
    struct buf file = {.data = (uint8_t *)text, .len = sizeof text - 1};
    AUTO_BUF wide = {0};
    (void)state;
    put_utf16(&file, false, &wide);
    assert_codes("utf-16", wide.data, wide.len, false, "3 unknown-element");
}

/* ---- What stands on which line ---------------------------------------------------------------------------
 */

static void a_tag_over_several_lines_has_each_attribute_on_its_own(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration\n>\n<Updates\n a='1'\n\n b\n=\n'2' c=\"\n\n\" d='>'\n/><Add\ne=''/></Configuration>",
         "4 unknown-attribute, 6 unknown-attribute, 8 unknown-attribute, 10 unknown-attribute, "
         "12 unknown-attribute"},
        {"<Configuration xmlns:a=\"urn:a\"\n xmlns:b='urn:b' c=''\n "
         "a:d=''><Remove\nAll='TRUE'/></Configuration>",
         "2 unknown-attribute, 3 namespace"},
        {"<Configuration><!-- <Add x='1'>\n-->\n<?pi <Add x='1'> ?>\n<![CDATA[ <Add x='1'> ]]>\n<Addd/>"
         "</Configuration>",
         "4 stray-text, 5 unknown-element"},
        {"<Configuration><Remove All='TRUE'></Remove>\n\n<Display><!-- --></Display>\nx</Configuration>",
         "4 stray-text"},
    };
    (void)state;
    assert_table(table);
}

/* ---- What may, must and may not stand there -------------------------------------------------------------
 */

static void what_may_stand_more_than_once_or_not_at_all(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration ID='{706cad84-fed5-4a17-b74b-ba1324e93e97}'><Info/><Logging/><Display/>"
         "<Remove><Product ID='LanguagePack'><Language ID='de-de'/><Language ID='fr-fr'/></Product></Remove>"
         "<RemoveMSI><IgnoreProduct ID='VisPro'/><IgnoreProduct ID='PrjPro'/></RemoveMSI>"
         "<AppSettings><Setup Name='Company' Value=''/><Setup Name='B' Value=''/>"
         "<User Key='k' Name='' Value='' Type='REG_SZ'/><User Key='k' Name='' Value='' Type='REG_SZ'/>"
         "</AppSettings><Property Name='AUTOACTIVATE' Value='1'/>"
         "<Property Name='PinIconsToTaskbar' Value='true'/><Updates UpdatePath='%SERVER%\\office'/>"
         "</Configuration>",
         ""},
        {"<Configuration><Remove All='TRUE'/></Configuration>", ""},
        {"<Configuration><Add OfficeClientEdition='64' MigrateArch='TRUE'/></Configuration>", ""},
    };
    (void)state;
    assert_table(table);
}

static void what_may_stand_once(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration><Add/><Updates/><Display/><Logging/><RemoveMSI/><AppSettings/><Info/>"
         "<Remove All='true'/>\n<Add/>\n<Updates/>\n<Display/>\n<Logging/>\n<RemoveMSI/>\n<AppSettings/>\n"
         "<Info/>\n<Remove All='true'/></Configuration>",
         "2 duplicate-element, 3 duplicate-element, 4 duplicate-element, 5 duplicate-element, "
         "6 duplicate-element, 7 duplicate-element, 8 duplicate-element, 9 duplicate-element"},
    };
    (void)state;
    assert_table(table);
}

static void what_must_stand_there(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration><Add Channel='Current'>\n<Product><Language ID='en-us'/></Product>\n</Add>"
         "</Configuration>",
         "2 missing-attribute"},
        {"<Configuration><Add Channel='Current'><Product ID='O365ProPlusRetail'>\n<Language/>\n<ExcludeApp/>"
         "</Product></Add></Configuration>",
         "2 missing-attribute, 3 missing-attribute"},
        {"<Configuration><Remove>\n<Product>\n<Language/></Product></Remove>\n<RemoveMSI><IgnoreProduct/>"
         "</RemoveMSI></Configuration>",
         "2 missing-attribute, 3 missing-attribute, 4 missing-attribute"},
        {"<Configuration><Property Name='AUTOACTIVATE'/>\n<Property Value='1'/></Configuration>",
         "1 missing-attribute, 2 missing-attribute"},
        {"<Configuration><AppSettings><Setup/>\n<User/></AppSettings></Configuration>",
         "1 missing-attribute, 1 missing-attribute, 2 missing-attribute, 2 missing-attribute, "
         "2 missing-attribute, 2 missing-attribute"},
    };
    (void)state;
    assert_table(table);
}

static void the_old_and_the_new_name_of_a_channel_may_not_differ(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration><Add Channel='Current' Branch='current'/></Configuration>",
         "1 old-attribute, 1 spelling"},
        {"<Configuration><Add Channel='Current' Branch='SemiAnnual'/></Configuration>",
         "1 two-channels, 1 old-attribute"},
        {"<Configuration><Updates Channel='Current' Branch='SemiAnnual'/></Configuration>",
         "1 two-channels, 1 old-attribute"},
        {"<Configuration><Add Branch='Current'/><Updates Branch='SemiAnnual'/></Configuration>",
         "1 old-attribute, 1 old-attribute, 1 two-channels"},
    };
    (void)state;
    assert_table(table);
}

static void a_guid_has_braces_on_both_sides_or_none(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration ID='{706cad84-fed5-4a17-b74b-ba1324e93e97'><Info/></Configuration>", "1 bad-guid"},
        {"<Configuration ID='706cad84-fed5-4a17-b74b-ba1324e93e97}'><Info/></Configuration>", "1 bad-guid"},
        {"<Configuration ID='{706cad84-fed5-4a17-b74b-ba1324e93e977'><Info/></Configuration>", "1 bad-guid"},
        {"<Configuration ID='706cad84-fed5-4a17-b74b-ba1324e93e9g'><Info/></Configuration>", "1 bad-guid"},
        {"<Configuration ID='706cad84xfed5-4a17-b74b-ba1324e93e97'><Info/></Configuration>", "1 bad-guid"},
        {"<Configuration ID='#ID'><Info/></Configuration>", "1 placeholder"},
    };
    (void)state;
    assert_table(table);
}

static void a_download_goes_to_a_share(void **state)
{
    static const char *const bad[] = {
        "", "C:\\office", "\\\\server", "\\\\server\\", "\\\\\\share", "http://server/x"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *text AUTO_FREE = mem_printf("<Configuration><Add Version='16.0.20326.20100' Channel='Current' "
                                          "DownloadPath='%s'/></Configuration>",
                                          bad[i]);
        assert_codes(bad[i], text, strlen(text), false, "1 bad-path");
    }
}

/* ---- What is said ----------------------------------------------------------------------------------------
 */

static void assert_said(const char *text, const char *expected)
{
    struct buf file = {.data = (uint8_t *)text, .len = strlen(text)};
    struct lint_options options = {.now_unix = lint_now_unix};
    AUTO_BUF found = {0};
    lint_print("x", &file, &options, &found);
    if (!strstr(buf_text(&found), expected))
        fail_msg("wanted …%s…: %s", expected, buf_text(&found));
}

static void a_finding_says_what_is_right(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration><add/></Configuration>", "x:1: error: wrong-case: element add is written Add"},
        {"<Configuration><Updates updatepath=''/></Configuration>",
         "attribute updatepath of Updates is written UpdatePath"},
        {"<Configuration><Updates UpdatPath=''/></Configuration>", "did you mean UpdatePath?"},
        {"<Configuration><Product/></Configuration>",
         "misplaced-element: Product does not stand in Configuration but in Add"},
        {"<Configuration><Updates Branch='Current'/></Configuration>",
         "warning: old-attribute: Branch is an old "
         "name: write Channel"},
        {"<Configuration><Updates Channel='FirstReleaseCurrent'/></Configuration>",
         "warning: old-name: Channel=\"FirstReleaseCurrent\" is an old name: write CurrentPreview"},
        {"<Configuration><Updates Channel='SemiAnual'/></Configuration>", "did you mean SemiAnnual?"},
        {"<Configuration><Dispay/></Configuration>", "did you mean Display?"},
        {"<Configuration><Info/><RemoveMSI><IgnorProduct/></RemoveMSI></Configuration>",
         "RemoveMSI has no element IgnorProduct: did you mean IgnoreProduct?"},
        {"<Configuration ID='#x'/>", "x:1: warning: placeholder: ID=\"#x\""},
        {"<Configuration><Display Level='Basic'/></Configuration>", "write None or Full"},
        {"<Configuration><Updates Deadline='24/12/2026 18:00'/></Configuration>", "as in 12/24/2026 18:00"},
        {"<Configuration><Add Version='20326.20100' Channel='Current'/></Configuration>",
         "write 16.0.20326.20100"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_said(table[i].text, table[i].expected);
}

static void a_fault_of_xml_says_what_to_do(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration><Info Description='a & b'/></Configuration>", ": write &amp; for &"},
        {"<Configuration><Info Description='a&b'/></Configuration>", ": write &amp; for &"},
        {"<Configuration><Info Description='&nbsp;'/></Configuration>", ": write &amp; for &"},
        {"<Configuration><Info Description='\xe4'/></Configuration>", ": save the file as UTF-8"},
        {"<Configuration><Info Description='a < b'/></Configuration>", ": write &lt; for <"},
        {"<Configuration>\n<Add>\n</Configuration>", ": write </Add> before </Configuration>, or name both"},
        {"<Configuration>\n<Add/>\n", ": the end tag </Configuration> is missing"},
        {"<Configuration>\n<Add>\n", ": the end tag </Add> is missing"},
        {"<Configuration><Add Channel=Current/></Configuration>", ": write each value in quotes"},
        {"<Configuration><Add Channel/></Configuration>", ": write each attribute as NAME=\"VALUE\""},
        {"<Configuration><Add Channel='a' Channel='b'/></Configuration>", "Channel redefined: take one"},
        {"<Configuration/><Configuration/>", ": take out what stands behind the end tag"},
        {"My file: <Configuration/>", ": take out what stands before the first tag"},
        {"\n<?xml version='1.0'?><Configuration/>", ": put <?xml ...?> at the very start of the file"},
        {"<?xml version='1.0' encoding='klingon'?><Configuration/>", ": save the file as UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_said(table[i].text, table[i].expected);
}

static void a_file_that_lint_does_not_read_is_called_so(void **state)
{
    static const char none[] = "x:1: error: not-xml: lint reads configuration.xml, .reg files and "
                               "Registry.pol; this is none of them";
    static const struct text_case table[] = {
        {"{\"Add\": \"<b>\"}", none},
        {"[\n{\"keyname\": \"a\"}]", none},
        {"; LGPO\r\nComputer\r\nsoftware\\a\r\nb\r\nDWORD:1\r\n", none},
        {"[global]\n\tworkgroup = X\n", none},
        {"\xef\xbb\xbf\n hello", none},
        {"; Samba\n[global]\n\tworkgroup = X\n", none},
        {"[HKEY_LOCAL_MACHINE\\a]\n", "bad-reg-header: regedit imports nothing"},
        {"; for you\n[HKEY_LOCAL_MACHINE\\a]\n", "bad-reg-header: regedit imports nothing"},
        {"<RegistrySettings clsid='x'/>", "wrong-root: this is a Registry.xml of Group Policy Preferences"},
        {"<b:GroupPolicyBackupScheme xmlns:b='urn:b'/>", "this is the Backup.xml of a Group Policy backup"},
        {"<PolFile/>", "this is a Registry.pol that samba-tool has written as XML, which lint does not read"},
        {"<Config><Add/></Config>", "the outermost element is Config: that of a configuration.xml is"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_said(table[i].text, table[i].expected);
}

/* What is below an element of wrong case is checked as if it were written right. */
static void a_wrong_case_hides_nothing(void **state)
{
    static const struct text_case table[] = {
        {"<configuration><add channel='Curent'>\n<product id='O365ProPlusRetail'>\n"
         "<language id='de-de'/><language id='de-de'/></product>\n</add></configuration>",
         "1 wrong-case, 1 wrong-case, 1 wrong-case, 1 unknown-channel, 2 wrong-case, 2 wrong-case, "
         "3 wrong-case, 3 wrong-case, 3 wrong-case, 3 wrong-case, 3 duplicate-language"},
        {"<Configuration><Updates/>\n<updates/></Configuration>", "2 wrong-case, 2 duplicate-element"},
        {"<Configuration><Info/>\n<product/></Configuration>", "2 misplaced-element"},
    };
    (void)state;
    assert_table(table);
}

/* Words of daily life have the right answer; where none is near, none is named. */
static void a_guess_is_right_or_none(void **state)
{
#define IN_ADD(attributes, inner)                                                                            \
    "<Configuration><Add Channel='Current' " attributes "><Product ID='O365ProPlusRetail'>" inner            \
    "</Product></Add></Configuration>"
    static const struct text_case table[] = {
        {IN_ADD("", "<ExcludeApp ID='Skype'/>"), "is no app that is known here: write Lync\n"},
        {IN_ADD("", "<ExcludeApp ID='skype for business'/>"), "is no app that is known here: write Lync\n"},
        {IN_ADD("", "<ExcludeApp ID='Notepad'/>"), "ID=\"Notepad\" is no app that is known here\n"},
        {IN_ADD("", "<ExcludeApp ID='Powerpiont'/>"), "did you mean PowerPoint?\n"},
        {IN_ADD("", "<Language ID='en'/>"), "is no language that is known here: write en-us or en-gb\n"},
        {IN_ADD("", "<Language ID='DE'/>"), "is no language that is known here: write de-de\n"},
        {IN_ADD("", "<Language ID='pt_XX'/>"), ": write pt-br or pt-pt\n"},
        {IN_ADD("", "<Language ID='klingon'/>"), "ID=\"klingon\" is no language that is known here\n"},
        {IN_ADD("OfficeClientEdition='X64'", ""), "is not what setup knows: write 64\n"},
        {IN_ADD("OfficeClientEdition='x86'", ""), "is not what setup knows: write 32\n"},
        {IN_ADD("OfficeClientEdition='arm'", ""), "is not what setup knows: write 64 or 32\n"},
        {IN_ADD("Zebra=''", ""), "Add has no attribute Zebra: write SourcePath, Version, "},
        {IN_ADD("ID=''", ""), "Add has no attribute ID: write SourcePath, "},
        {IN_ADD("", "<Zebra/>"), "Product has no element Zebra: write Language or ExcludeApp\n"},
        {"<Configuration><Add><Product ID='O365ProPlus'/></Add></Configuration>",
         ": write O365ProPlusRetail\n"},
        {"<Configuration><Add><Product ID='Word'/></Add></Configuration>",
         "ID=\"Word\" is no product that is known here\n"},
        {"<Configuration><Updates Channel='Monthly Enterprise'/></Configuration>",
         ": write MonthlyEnterprise\n"},
        {"<Configuration><Updates Channel='semi-annual'/></Configuration>", ": write SemiAnnual\n"},
        {"<Configuration><Updates Channel='Semi-Annual Enterprise'/></Configuration>",
         ": write SemiAnnual\n"},
        {"<Configuration><Updates Channel='Current Channel (Preview)'/></Configuration>",
         ": write CurrentPreview\n"},
        {"<Configuration><Updates Channel='Stable'/></Configuration>",
         "is no channel that is known here: write BetaChannel, CurrentPreview, "},
        {"<Configuration><Updates Channel=''/></Configuration>",
         "is no channel that is known here: write Beta"},
        {"<Configuration><Updates Channel='--'/></Configuration>",
         "is no channel that is known here: write Beta"},
        {"<Configuration><Property Name='OfficeMgmtCOM' Value='TRUE'/></Configuration>",
         "is no property but an attribute of Add\n"},
        {"<Configuration><Property Name='Zebra' Value='1'/></Configuration>",
         "Name=\"Zebra\" is no property: write AUTOACTIVATE, "},
        {"<Configuration><Info/><RemoveMSI><IgnoreProduct ID='Word'/></RemoveMSI></Configuration>",
         "is no product of Windows Installer that is known here: write InfoPath, "},
    };
#undef IN_ADD
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_said(table[i].text, table[i].expected);
}

static void what_is_said_of_channels_and_updates_without_a_ring(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration><Updates Enabled='false'/></Configuration>", "1 updates-off"},
        {"<Configuration><Updates Enabled='FALSE' TargetVersion=''/></Configuration>", "1 updates-off"},
        {"<Configuration><Add><Product ID='O365ProPlusRetail'><Language ID='en-us'/></Product></Add>"
         "</Configuration>",
         "1 no-channel"},
        {"<Configuration><Add Version='MatchInstalled'><Product ID='O365ProPlusRetail'><Language ID='en-us'/>"
         "</Product></Add></Configuration>",
         ""},
        {"<Configuration><Add><Product ID='ProPlus2024Volume'><Language ID='en-us'/></Product></Add>"
         "</Configuration>",
         "1 no-channel"},
        {"<Configuration><Add/></Configuration>", ""},
        {"<Configuration><Remove All='TRUE'/><Add MigrateArch='TRUE' "
         "OfficeClientEdition='64'/></Configuration>",
         ""},
    };
    (void)state;
    assert_table(table);
}

static void an_add_on_from_a_source_moves_the_office_that_is_there(void **state)
{
#define ADD(id, source, version)                                                                             \
    "<Configuration><Add Channel='Current' SourcePath='" source "'" version "><Product ID='" id              \
    "'><Language ID='en-us'/></Product></Add>"
    static const struct {
        const char *text, *found;
    } table[] = {
        {ADD("VisioProRetail", "\\\\a\\b", ""), "1 warning add-on-moves-office"},
        {ADD("ProjectProRetail", "\\\\a\\b", "") "<Updates/>", "1 warning add-on-moves-office"},
        {ADD("LanguagePack", "\\\\a\\b", ""), "1 warning add-on-moves-office"},
        {ADD("LanguagePack", "\\\\a\\b", "") "<Updates UpdatePath='\\\\a\\b'/>",
         "1 warning add-on-moves-office"},
        {ADD("VisioProRetail", "\\\\a\\b", "") "<Updates UpdatePath='\\\\A\\b\\'/>", ""},
        {ADD("VisioProRetail", "\\\\a\\b", "") "<Updates UpdatePath='\\\\a\\c'/>",
         "1 note add-on-moves-office"},
        {ADD("VisioProRetail", "\\\\a\\b", " Version='MatchInstalled'"), ""},
        {ADD("O365ProPlusRetail", "\\\\a\\b", ""), ""},
    };
#undef ADD
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *text AUTO_FREE = mem_printf("%s</Configuration>", table[i].text);
        char *found AUTO_FREE = lint_list(text, strlen(text), false, true);
        assert_string_equal(found, table[i].found);
    }
}

static void a_users_setting_does_not_steer_updates(void **state)
{
#define USER(key, name)                                                                                      \
    "<Configuration><AppSettings><User Key='" key "' Name='" name                                            \
    "' Value='1' Type='REG_SZ'/></AppSettings></Configuration>"
    static const struct text_case table[] = {
        {USER("software\\policies\\microsoft\\office\\16.0\\common\\officeupdate", "updatepath"),
         "1 user-key"},
        {USER("SOFTWARE\\Microsoft\\Office\\16.0\\Common\\OfficeUpdate", "UpdateBranch"), "1 user-key"},
        {USER("HKLM\\software\\policies\\microsoft\\office\\16.0\\common\\officeupdate", "updatepath"),
         "1 user-key"},
        {USER("software\\microsoft\\office\\16.0\\common", "updatereliabilitydata"), ""},
        {USER("software\\microsoft\\office\\16.0\\excel\\options", "defaultformat"), ""},
    };
#undef USER
    (void)state;
    assert_table(table);
}

static void control_characters_are_in_no_path(void **state)
{
    static const struct text_case table[] = {
        {"<Configuration><Updates UpdatePath='\\\\a\\b&#10;'/></Configuration>", "1 bad-path"},
        {"<Configuration><Add SourcePath='\\\\a&#9;\\b'/></Configuration>", "1 bad-path"},
        {"<Configuration><Add Version='16.0.1.2' Channel='Current' DownloadPath='\\\\a\\b&#13;c'/>"
         "</Configuration>",
         "1 bad-path"},
        {"<Configuration><Logging Path='C:\\a&#10;b'/></Configuration>", "1 bad-path"},
        {"<Configuration><Property Name='SCLCacheOverride' Value='1'/>\n"
         "<Property Name='SCLCacheOverrideDirectory' Value='C:\\a&#10;b'/></Configuration>",
         "2 bad-path"},
    };
    (void)state;
    assert_table(table);
}

static void a_product_key_is_never_shown(void **state)
{
    static const char text[] = "<Configuration><Add Channel='Current'><Product ID='O365ProPlusRetail' "
                               "PIDKEY='12345-12345'><Language ID='en-us'/></Product></Add></Configuration>";
    struct buf file = {.data = (uint8_t *)text, .len = sizeof text - 1};
    struct lint_options options = {.now_unix = lint_now_unix};
    AUTO_BUF found = {0};
    (void)state;
    lint_print("x", &file, &options, &found);
    assert_non_null(strstr(buf_text(&found), "bad-key"));
    assert_non_null(strstr(buf_text(&found), "useless-key"));
    assert_null(strstr(buf_text(&found), "12345"));
}

static void a_long_value_is_cut_between_characters(void **state)
{
    AUTO_BUF text = {0};
    AUTO_BUF shown = {0};
    (void)state;
    buf_puts(&text, "<Configuration><Display Level='x");
    for (int i = 0; i < 5000; i++)
        buf_puts(&text, "ä");
    buf_puts(&text, "'/></Configuration>");
    buf_puts(&shown, "Level=\"x");
    for (int i = 0; i < 49; i++)
        buf_puts(&shown, "ä");
    buf_puts(&shown, "…\" is not");
    assert_said(buf_text(&text), buf_text(&shown));
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    (void)state;
    assert_said("<Configuration><Display Level='a&#10;b&#x9b;c&#x7f;'/></Configuration>",
                "Level=\"a?b??c?\"");
}

/* ---- With a ring of which less is known ------------------------------------------------------------------
 */

static void assert_with(const struct lint_ring *ring, const char *text, const char *expected)
{
    struct lint_options options = {.now_unix = lint_now_unix, .ring = ring};
    AUTO(findings_clear)
    struct findings findings = {0};
    AUTO_BUF found = {0};
    lint_file(text, strlen(text), &options, &findings);
    for (size_t i = 0; i < findings.len; i++)
        buf_printf(&found, "%s%s", i ? ", " : "", findings.item[i].code);
    assert_string_equal(buf_text(&found), expected);
}

static const char ordinary[] = "<Configuration><Add SourcePath='\\\\files\\office-pilot' "
                               "Channel='MonthlyEnterprise' OfficeClientEdition='32'>"
                               "<Product ID='O365ProPlusRetail'><Language ID='sv-se'/></Product></Add>"
                               "<Updates UpdatePath='\\\\files\\office-pilot'/></Configuration>";

static void a_ring_that_offers_nothing_yet_asks_for_no_languages(void **state)
{
    struct lint_scene scene;
    (void)state;
    lint_scene_set(&scene);
    assert_with(&scene.ring, ordinary, "ring-architecture, ring-language");
    scene.ring.offered = NULL;
    assert_with(&scene.ring, ordinary, "");
    lint_scene_clear(&scene);
}

static void a_build_that_stands_nowhere_cannot_be_installed(void **state)
{
    struct lint_scene scene;
    (void)state;
    lint_scene_set(&scene);
    scene.ring.standing_len = 0;
    assert_with(
        &scene.ring,
        "<Configuration><Add Version='16.0.20326.20100' Channel='MonthlyEnterprise'/></Configuration>",
        "not-on-share");
    lint_scene_clear(&scene);
}

static void a_bad_build_is_not_to_be_installed(void **state)
{
    struct lint_scene scene;
    (void)state;
    lint_scene_set(&scene);
    scene.ring.bad = &scene.standing;
    scene.ring.bad_len = 1;
    assert_with(
        &scene.ring,
        "<Configuration><Add Version='16.0.20326.20100' Channel='MonthlyEnterprise'/></Configuration>",
        "bad-target");
    assert_with(&scene.ring,
                "<Configuration><Updates UpdatePath='\\\\files\\office-pilot' "
                "TargetVersion='16.0.20326.20100'/></Configuration>",
                "bad-target");
    lint_scene_clear(&scene);
}

static void the_share_of_another_ring_is_an_error(void **state)
{
    static const char *const attributes[] = {
        "Add SourcePath='\\\\files\\office'", "Updates UpdatePath='\\\\FILES\\office\\x'",
        "Add Version='16.0.20326.20100' Channel='MonthlyEnterprise' DownloadPath='\\\\files\\office'"};
    struct lint_scene scene;
    AUTO_STRV others = {0};
    (void)state;
    lint_scene_set(&scene);
    strv_add(&others, "\\\\files\\office");
    scene.ring.others = &others;
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        char *text AUTO_FREE = mem_printf("<Configuration><%s/></Configuration>", attributes[i]);
        struct findings findings = {0};
        struct lint_options options = {.now_unix = lint_now_unix, .ring = &scene.ring};
        lint_file(text, strlen(text), &options, &findings);
        assert_int_equal(findings.len, 1);
        assert_string_equal(findings.item[0].code, "not-the-ring");
        assert_int_equal(findings.item[0].severity, FINDING_ERROR);
        assert_non_null(strstr(findings.item[0].text, "another ring's share, \\\\files\\office:"));
        findings_clear(&findings);
    }
    lint_scene_clear(&scene);
}

static void a_ring_without_a_share_is_no_path_to_compare_with(void **state)
{
    static const struct strv none = {0};
    struct lint_scene scene;
    (void)state;
    lint_scene_set(&scene);
    scene.ring.shares = &none;
    assert_with(&scene.ring, "<Configuration><Updates/></Configuration>", "no-update-path");
    assert_with(&scene.ring, "<Configuration><Updates UpdatePath='\\\\a\\b'/></Configuration>",
                "ring-without-share");
    lint_scene_clear(&scene);
}

static void any_share_of_the_ring_will_do(void **state)
{
    static const char *const paths[] = {"\\\\files\\office-pilot", "\\\\FILES\\OFFICE-PILOT\\",
                                        "\\\\corp.example\\office\\pilot"};
    struct lint_scene scene;
    (void)state;
    lint_scene_set(&scene);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *text AUTO_FREE =
            mem_printf("<Configuration><Updates UpdatePath='%s'/></Configuration>", paths[i]);
        assert_with(&scene.ring, text, "");
    }
    lint_scene_clear(&scene);
}

/* ---- Real files ------------------------------------------------------------------------------------------
 */

static void lint_real(const struct lint_options *options, struct buf *found)
{
    char folder[4200];
    struct dirent **entry;
    if (!test_real_dir())
        test_missing("the folder of real files (RINGMGR_REAL)");
    snprintf(folder, sizeof folder, "%s/odt-configs", test_real_dir());
    int count = scandir(folder, &entry, is_xml, alphasort);
    assert_int_equal(count, 27);
    for (int i = 0; i < count; i++) {
        AUTO_BUF file = {0};
        char *path AUTO_FREE = mem_printf("odt-configs/%s", entry[i]->d_name);
        test_read_real(path, &file);
        lint_print(entry[i]->d_name, &file, options, found);
        free(entry[i]);
    }
    free(entry);
}

static void assert_golden(const struct lint_options *options, const char *name)
{
    struct err err = {0};
    AUTO_BUF found = {0};
    AUTO_BUF golden = {0};
    AUTO_FD dir = fs_open_dir(TEST_SOURCE_DIR "/tests/golden/lint", &err);
    assert_true(dir >= 0);
    lint_real(options, &found);
    assert_ok(fs_read_file(dir, name, 1 << 20, &golden, &err));
    assert_string_equal(buf_text(&found), buf_text(&golden));
}

/* No error: the files are Microsoft's own samples and what others use. */
static void real_files_have_the_expected_findings(void **state)
{
    struct lint_options options = {.now_unix = lint_now_unix};
    AUTO_BUF found = {0};
    (void)state;
    lint_real(&options, &found);
    assert_null(strstr(buf_text(&found), ": error: "));
    assert_golden(&options, "odt-configs.txt");
}

static void real_files_held_against_a_ring(void **state)
{
    struct lint_scene scene;
    (void)state;
    lint_scene_set(&scene);
    assert_golden(&scene.options, "odt-configs-ring.txt");
    lint_scene_clear(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_seeded_fault_is_found_on_its_line),
        cmocka_unit_test(the_files_without_a_fault_are_clean),
        cmocka_unit_test(a_fault_is_all_that_a_file_differs_in),
        cmocka_unit_test(line_ends_and_a_bom_move_no_finding),
        cmocka_unit_test(utf16_moves_no_finding),
        cmocka_unit_test(what_is_no_xml_is_said_on_its_line),
        cmocka_unit_test(a_file_that_is_too_large_is_not_read),
        cmocka_unit_test(too_many_elements_or_attributes_are_not_read),
        cmocka_unit_test(a_comment_of_comments_takes_no_time),
        cmocka_unit_test(what_is_nested_too_deep_is_not_read),
        cmocka_unit_test(other_encodings_are_read),
        cmocka_unit_test(utf16_that_declares_utf8_is_read),
        cmocka_unit_test(a_tag_over_several_lines_has_each_attribute_on_its_own),
        cmocka_unit_test(what_may_stand_more_than_once_or_not_at_all),
        cmocka_unit_test(what_may_stand_once),
        cmocka_unit_test(what_must_stand_there),
        cmocka_unit_test(the_old_and_the_new_name_of_a_channel_may_not_differ),
        cmocka_unit_test(a_guid_has_braces_on_both_sides_or_none),
        cmocka_unit_test(a_download_goes_to_a_share),
        cmocka_unit_test(a_finding_says_what_is_right),
        cmocka_unit_test(a_fault_of_xml_says_what_to_do),
        cmocka_unit_test(a_file_that_lint_does_not_read_is_called_so),
        cmocka_unit_test(a_wrong_case_hides_nothing),
        cmocka_unit_test(a_guess_is_right_or_none),
        cmocka_unit_test(what_is_said_of_channels_and_updates_without_a_ring),
        cmocka_unit_test(an_add_on_from_a_source_moves_the_office_that_is_there),
        cmocka_unit_test(a_users_setting_does_not_steer_updates),
        cmocka_unit_test(control_characters_are_in_no_path),
        cmocka_unit_test(a_product_key_is_never_shown),
        cmocka_unit_test(a_long_value_is_cut_between_characters),
        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(a_ring_that_offers_nothing_yet_asks_for_no_languages),
        cmocka_unit_test(a_build_that_stands_nowhere_cannot_be_installed),
        cmocka_unit_test(a_bad_build_is_not_to_be_installed),
        cmocka_unit_test(the_share_of_another_ring_is_an_error),
        cmocka_unit_test(a_ring_without_a_share_is_no_path_to_compare_with),
        cmocka_unit_test(any_share_of_the_ring_will_do),
        cmocka_unit_test(real_files_have_the_expected_findings),
        cmocka_unit_test(real_files_held_against_a_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
