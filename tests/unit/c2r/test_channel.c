/* The table of channels against the real one. */
#include "csv.h"

#include "ringmgr/c2r/channel.h"

#include <ctype.h>
#include <strings.h>

static void other_case(const char *text, char *out, size_t size)
{
    size_t i = 0;
    for (; text[i] && i + 1 < size; i++)
        out[i] = (char)(isupper((unsigned char)text[i]) ? tolower((unsigned char)text[i])
                                                        : toupper((unsigned char)text[i]));
    out[i] = 0;
}

static void every_alias_leads_to(const char *aliases, const struct channel *channel)
{
    char copy[256];
    char swapped[256];
    char *rest = copy;
    snprintf(copy, sizeof copy, "%s", aliases);
    for (char *alias; (alias = strsep(&rest, "|"));) {
        char *remark = strstr(alias, "(doc typo)");
        if (remark)
            *remark = 0;
        if (*alias == 0)
            continue;
        other_case(alias, swapped, sizeof swapped);
        if (channel_find(alias) != channel || channel_find(swapped) != channel)
            fail_msg("%s is not an alias of %s", alias, channel->id);
    }
}

static void equals_the_real_table(void **state)
{
    (void)state;
    AUTO_BUF csv = {0};
    const char *field[CSV_FIELDS];
    size_t seen = 0;
    test_read_real("channels.csv", &csv);
    char *rest = (char *)csv.data;
    assert_true(csv_next(&rest, field));
    while (csv_next(&rest, field)) {
        const struct channel *channel = channel_find(field[0]);
        if (strcmp(field[5], "not for customers") == 0) {
            assert_null(channel);
            assert_null(channel_find_guid(field[1]));
            continue;
        }
        assert_non_null(channel);
        assert_string_equal(channel->id, field[0]);
        assert_string_equal(channel->guid, field[1]);
        assert_string_equal(channel->display_name, field[3]);
        assert_int_equal(channel->perpetual, strncmp(channel->id, "PerpetualVL", 11) == 0);
        every_alias_leads_to(field[2], channel);
        seen++;
    }
    assert_int_equal(seen, 9);
    assert_non_null(channel_at(seen - 1));
    assert_null(channel_at(seen));
    assert_null(channel_at(SIZE_MAX));
}

static void finds_the_old_names_of_the_format_page(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"Monthly", "Current"},
        {"Deferred", "SemiAnnual"},
        {"Broad", "SemiAnnual"},
        {"Targeted", "SemiAnnualPreview"},
        {"FirstReleaseDeferred", "SemiAnnualPreview"},
        {"Insiders", "CurrentPreview"},
        {"InsiderSlow", "CurrentPreview"},
        {"FirstReleaseCurrent", "CurrentPreview"},
        {"InsiderFast", "BetaChannel"},
        {"Perpetual2019", "PerpetualVL2019"},
        {"Perpetual2021", "PerpetualVL2021"},
        {"Perpetual2024", "PerpetualVL2024"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_non_null(channel_find(table[i][0]));
        assert_string_equal(channel_find(table[i][0])->id, table[i][1]);
    }
}

static void finds_guids_of_either_case(void **state)
{
    (void)state;
    char upper[64];
    for (size_t i = 0; channel_at(i); i++) {
        other_case(channel_at(i)->guid, upper, sizeof upper);
        assert_ptr_equal(channel_find_guid(channel_at(i)->guid), channel_at(i));
        assert_ptr_equal(channel_find_guid(upper), channel_at(i));
    }
}

static void finds_nothing_else(void **state)
{
    (void)state;
    static const char *const table[] = {
        "", " Current", "Current ", "Curren", "Currents", "DevMain", "492350f6-3a01-4f97-b9c0-c7c6ddf67d60"};
    static const char *const guids[] = {"", "492350f6-3a01-4f97-b9c0-c7c6ddf67d6",
                                        "{492350f6-3a01-4f97-b9c0-c7c6ddf67d60}",
                                        "00000000-0000-0000-0000-000000000000"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_null(channel_find(table[i]));
    for (size_t i = 0; i < sizeof guids / sizeof *guids; i++)
        assert_null(channel_find_guid(guids[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_real_table),
        cmocka_unit_test(finds_the_old_names_of_the_format_page),
        cmocka_unit_test(finds_guids_of_either_case),
        cmocka_unit_test(finds_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
