/* Reading files of support rules: what each cell may be, and what is said of one that it may not. */
#include "test.h"

#include "ringmgr/policy/support_rules.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define HEAD            "channel,rule,basis,source\n" /* line 1 */
#define WIDE            "channel,from_version,to_version,first_from,first_to,begins,rule,basis,warn,minimum,source\n"
#define GOOD            "Current,next-version+2,estimated,x\n"

static bool parse(const char *text, struct support_rules *rules, struct err *err)
{
    return support_rules_parse(text, strlen(text), "some.csv", rules, err);
}

/* ---- what is wrong, and where ---- */

static const struct {
    const char *text, *why; /* "some.csv:" goes before it */
} bad[] = {
    {"", " no line with the names of its columns"},
    {"\n\n  \n", " no line with the names of its columns"},
    {"# nothing\n", " no line with the names of its columns"},
    {"channel,rule,basis\n", "1: column \"source\" is missing"},
    {"rule,basis,source\n", "1: column \"channel\" is missing"},
    {"channel,basis,source\n", "1: column \"rule\" is missing"},
    {"channel,rule,source\n", "1: column \"basis\" is missing"},
    {"channel,rule,basis,source,colour\n", "1: there is no column \"colour\""},
    {"channel,rule,basis,source,\n", "1: there is no column \"\""},
    {"channel,rule,basis,source,rule\n", "1: column \"rule\" occurs twice"},
    {"channel;rule;basis;source\n", "1: there is no column \"channel;rule;basis;source\""},
    {GOOD HEAD, "1: there is no column \"Current\""},
    {HEAD "Current,next-version+2,estimated\n", "2: 3 cells, not 4 as the first line has"},
    {HEAD GOOD "Current,next-version+2,estimated,x,\n", "3: 5 cells, not 4 as the first line has"},
    {HEAD "\n# why\n\nCurrent\n", "5: 1 cells, not 4 as the first line has"},
    {HEAD "Nonsense,next-version+2,estimated,x\n", "2: there is no channel \"Nonsense\""},
    {HEAD ",next-version+2,estimated,x\n", "2: channel is empty"},
    {HEAD "Current,,estimated,x\n", "2: rule is empty"},
    {HEAD "Current,next-version+2,,x\n", "2: basis is empty"},
    {HEAD "Current,next-version+2,estimated,\n", "2: source is empty"},
    {HEAD "Current,next-version+2,estimated, \n", "2: source is empty"},
    {HEAD "Current,next-version+2,estimated,\"\"\n", "2: source is empty"},
    {HEAD "Current,next-version,estimated,x\n", "2: \"next-version\" is no rule"},
    {HEAD "Current,next-version+,estimated,x\n", "2: \"next-version+\" is no rule"},
    {HEAD "Current,next-version+-1,estimated,x\n", "2: \"next-version+-1\" is no rule"},
    {HEAD "Current,next-version+ 1,estimated,x\n", "2: \"next-version+ 1\" is no rule"},
    {HEAD "Current,next-version+1x,estimated,x\n", "2: \"next-version+1x\" is no rule"},
    {HEAD "Current,next-version+3651,estimated,x\n", "2: \"next-version+3651\" is no rule"},
    {HEAD "Current,next-version+99999999999999999999,estimated,x\n", "is no rule"},
    {HEAD "Current,second-tuesday+241,microsoft,x\n", "2: \"second-tuesday+241\" is no rule"},
    {HEAD "Current,third-tuesday+2,microsoft,x\n", "2: \"third-tuesday+2\" is no rule"},
    {HEAD "Current,Second-Tuesday+2,microsoft,x\n", "2: \"Second-Tuesday+2\" is no rule"},
    {HEAD "Current,none at all,microsoft,x\n", "2: \"none at all\" is no rule"},
    {HEAD "Current,date,microsoft,x\n", "2: \"date\" is no rule"},
    {HEAD "Current,date 2025-02-29,microsoft,x\n", "2: \"date 2025-02-29\" is no rule"},
    {HEAD "Current,date 1969-12-31,microsoft,x\n", "2: \"date 1969-12-31\" is no rule"},
    {HEAD "Current,date 2025-2-9,microsoft,x\n", "is no rule"},
    {HEAD "Current,date 2025-02-09T00:00:00Z,microsoft,x\n", "is no rule"},
    {HEAD "Current,date  2025-02-09,microsoft,x\n", "is no rule"},
    {HEAD "Current,build 2025-02-09,microsoft,x\n", "2: \"build 2025-02-09\" is no rule"},
    {HEAD "Current,build 16.0.1.2,microsoft,x\n", "2: \"build 16.0.1.2\" is no rule"},
    {HEAD "Current,build 15.0.1.2 2025-02-09,microsoft,x\n", "is no rule"},
    {HEAD "Current,product 2025-13-09,product,x\n", "2: \"product 2025-13-09\" is no rule"},
    {HEAD "Current,next-version+2,guessed,x\n",
     "2: basis \"guessed\" is neither microsoft nor estimated nor product"},
    {HEAD "Current,next-version+2,window,x\n", "2: basis \"window\" is neither"},
    {HEAD "Current,next-version+2,none,x\n", "2: basis \"none\" is neither"},
    {HEAD "Current,next-version+2,product,x\n", "2: rule product and basis product belong together"},
    {HEAD "Current,product 2025-10-14,microsoft,x\n", "2: rule product and basis product belong together"},
    {HEAD "Current,next-version+2,estimated,\"x\n", "2: a quotation mark that is not closed"},
    {HEAD "Current,next-version+2,estimated,\"x\"\"\n", "2: a quotation mark that is not closed"},
    {HEAD "Current,next-version+2,\"estimated\"x,y\n", "2: something behind a closed quotation mark"},
    {HEAD "Current,next-version+2,estimated,\"two\nlines\"\n", "2: a quotation mark that is not closed"},
    {WIDE "Current,26,,,,,none,microsoft,,,x\n", "2: \"26\" is no version (YYMM)"},
    {WIDE "Current,2613,,,,,none,microsoft,,,x\n", "2: \"2613\" is no version (YYMM)"},
    {WIDE "Current,2600,,,,,none,microsoft,,,x\n", "2: \"2600\" is no version (YYMM)"},
    {WIDE "Current,,LTSB2021,,,,none,microsoft,,,x\n", "2: \"LTSB2021\" is no version (YYMM)"},
    {WIDE "Current,2602,2601,,,,none,microsoft,,,x\n", "2: from_version is later than to_version"},
    {WIDE "Current,,,2026-02-30,,,none,microsoft,,,x\n", "2: \"2026-02-30\" is no date (YYYY-MM-DD)"},
    {WIDE "Current,,,,yesterday,,none,microsoft,,,x\n", "2: \"yesterday\" is no date (YYYY-MM-DD)"},
    {WIDE "Current,,,2026-02-02,2026-02-01,,none,microsoft,,,x\n", "2: first_from is later than first_to"},
    {WIDE "Current,,,,,two,none,microsoft,,,x\n", "2: begins \"two\" is no number of months (0 to 240)"},
    {WIDE "Current,,,,,241,none,microsoft,,,x\n", "2: begins \"241\" is no number of months (0 to 240)"},
    {WIDE "Current,,,,,,none,microsoft,soon,,x\n", "2: warn \"soon\" is no list of days (0 to 3650)"},
    {WIDE "Current,,,,,,none,microsoft,7 3651,,x\n", "2: warn \"7 3651\" is no list of days"},
    {WIDE "Current,,,,,,none,microsoft,1 2 3 4 5 6 7 8 9,,x\n", "2: warn has more than 8 numbers of days"},
    {WIDE "Current,,,,,,none,microsoft,,-1,x\n", "2: minimum \"-1\" is no number of days (0 to 3650)"},
    {WIDE "Current,,,,,,none,microsoft,,7 days,x\n", "2: minimum \"7 days\" is no number of days"},
};

static void each_problem_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct err err = {0};
        struct support_rules rules = {0};
        if (parse(bad[i].text, &rules, &err))
            fail_msg("case %zu was taken", i);
        assert_int_equal(err.code, ERR_USAGE);
        if (strncmp(err.msg, "some.csv:", 9) != 0 || !strstr(err.msg + 9, bad[i].why))
            fail_msg("case %zu: \"%s\", not \"%s\"", i, err.msg, bad[i].why);
        assert_int_equal(rules.len, 0);
        support_rules_clear(&rules);
    }
}

static void a_zero_byte_is_refused(void **state)
{
    static const char text[] = HEAD "Current,next-version+2,esti\0mated,x\n";
    struct err err = {0};
    struct support_rules rules = {0};
    (void)state;
    assert_fails(support_rules_parse(text, sizeof text - 1, "some.csv", &rules, &err), ERR_USAGE);
    assert_string_equal(err.msg, "some.csv:2: a byte that is zero");
}

static void after_an_error_the_rows_are_what_they_were(void **state)
{
    struct err err = {0};
    struct support_rules rules = {0};
    (void)state;
    assert_ok(parse(HEAD GOOD, &rules, &err));
    assert_fails(parse(HEAD GOOD GOOD "Current,x,estimated,x\n", &rules, &err), ERR_USAGE);
    assert_int_equal(rules.len, 1);
    assert_string_equal(rules.row[0].source, "x");
    assert_ok(parse(HEAD GOOD, &rules, &err));
    assert_int_equal(rules.len, 2);
    support_rules_clear(&rules);
    assert_null(rules.row);
    assert_int_equal(rules.len, 0);
}

/* ---- what may be ---- */

static const char *const good[] = {
    HEAD,
    HEAD GOOD,
    HEAD "Current,next-version+2,estimated,x",
    "\xef\xbb\xbf" HEAD GOOD,
    "channel,rule,basis,source\r\nCurrent,next-version+2,estimated,x\r\n",
    "# a comment, with a comma\n\n \t# and one that is indented\n" HEAD "\n" GOOD "# \"\n",
    " channel , rule\t,basis,source \n Current , next-version+2 , estimated , x y \n",
    "\"channel\",rule,basis,source\n\"Current\" , \"next-version+2\",estimated,\"x, \"\"y\"\"\"\n",
    "source,basis,rule,channel\nx,estimated,next-version+2,Current\n",
};

static void forms_of_a_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct err err = {0};
        struct support_rules rules = {0};
        if (!parse(good[i], &rules, &err))
            fail_msg("case %zu: %s", i, err.msg);
        assert_int_equal(rules.len, i > 0);
        if (rules.len) {
            assert_ptr_equal(rules.row[0].channel, channel_find("Current"));
            assert_int_equal(rules.row[0].count, COUNT_NEXT_VERSION);
            assert_int_equal(rules.row[0].amount, 2);
            assert_int_equal(rules.row[0].basis, SUPPORT_ESTIMATED);
        }
        support_rules_clear(&rules);
    }
}

static void quotes_keep_commas_and_quotes(void **state)
{
    struct err err = {0};
    struct support_rules rules = {0};
    (void)state;
    assert_ok(parse(HEAD "Current,next-version+2,estimated,\" a, \"\"b\"\" # c \"\n", &rules, &err));
    assert_string_equal(rules.row[0].source, " a, \"b\" # c ");
    support_rules_clear(&rules);
}

static void every_cell_is_read(void **state)
{
    struct err err = {0};
    struct support_rules rules = {0};
    (void)state;
    assert_ok(parse(WIDE "Broad,2508,2605,2026-01-13,2026-06-30,5,second-tuesday+8,microsoft,45  14 7,21,x\n",
                    &rules, &err));
    const struct support_rule *row = &rules.row[0];
    assert_ptr_equal(row->channel, channel_find("SemiAnnual"));
    assert_int_equal(row->from_version, 2508);
    assert_int_equal(row->to_version, 2605);
    assert_int_equal(row->first_from_unix, 1768262400);
    assert_int_equal(row->first_until_unix, 1782864000); /* 1 July */
    assert_true(row->says_begins);
    assert_int_equal(row->begins_months, 5);
    assert_int_equal(row->count, COUNT_PATCH_DAY);
    assert_int_equal(row->amount, 8);
    assert_int_equal(row->basis, SUPPORT_MICROSOFT);
    assert_int_equal(row->warns, 3);
    assert_int_equal(row->warn_days[0], 45);
    assert_int_equal(row->warn_days[2], 7);
    assert_true(row->says_minimum);
    assert_int_equal(row->minimum_days, 21);
    support_rules_clear(&rules);
}

static void versions_are_four_digits_with_a_month(void **state)
{
    (void)state;
    assert_int_equal(support_version_number("2607"), 2607);
    assert_int_equal(support_version_number("2612"), 2612);
    assert_int_equal(support_version_number("2613"), 0);
    assert_int_equal(support_version_number("2600"), 0);
    assert_int_equal(support_version_number("LTSB2021"), 0);
    assert_int_equal(support_version_number(""), 0);
    assert_int_equal(support_version_number("26070"), 0);
}

static void the_shipped_file_says_where_each_row_is_from(void **state)
{
    struct err err = {0};
    struct support_rules rules = {0};
    AUTO_BUF text = {0};
    (void)state;
    assert_ok(fs_read_path(TEST_SOURCE_DIR "/config/support.csv", 1 << 20, &text, &err));
    assert_ok(support_rules_parse(text.data, text.len, "support.csv", &rules, &err));
    for (size_t i = 0; i < rules.len; i++)
        if (!strstr(rules.row[i].source, ".csv") &&
            !strstr(rules.row[i].source, "https://learn.microsoft.com/"))
            fail_msg("row %zu: \"%s\" is neither a file nor a page", i, rules.row[i].source);
    support_rules_clear(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_problem_has_its_line),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(after_an_error_the_rows_are_what_they_were),
        cmocka_unit_test(forms_of_a_file),
        cmocka_unit_test(quotes_keep_commas_and_quotes),
        cmocka_unit_test(every_cell_is_read),
        cmocka_unit_test(versions_are_four_digits_with_a_month),
        cmocka_unit_test(the_shipped_file_says_where_each_row_is_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
