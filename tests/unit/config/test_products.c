#include "test.h"

#include "config/products.h"
#include "ringmgr/c2r/channel.h"

static void products_are_found_in_any_case(void **state)
{
    (void)state;
    assert_string_equal(product_find("o365PROPLUSretail")->id, "O365ProPlusRetail");
    assert_null(product_find("O365ProPlus"));
    assert_null(product_find(""));
    assert_string_equal(product_app("outlookforwindows"), "OutlookForWindows");
    assert_null(product_app("Skype"));
}

/* The year in a volume product's name is that of its channel; no other product has one. */
static void volume_products_belong_to_the_channel_of_their_year(void **state)
{
    size_t volumes = 0;
    (void)state;
    for (size_t i = 0; product_at(i); i++) {
        const struct product *product = product_at(i);
        bool volume = strlen(product->id) > 6 && strcmp(product->id + strlen(product->id) - 6, "Volume") == 0;
        volumes += volume;
        assert_int_equal(product_is_volume(product), volume);
        assert_int_equal(product->channel != NULL, volume);
        if (!volume)
            continue;
        assert_true(channel_find(product->channel)->perpetual);
        assert_non_null(strstr(product->id, product->channel + strlen("PerpetualVL")));
        assert_int_equal(product_is_suite(product),
                         strncmp(product->id, "ProPlus", 7) == 0 || strncmp(product->id, "Standard", 8) == 0);
    }
    assert_int_equal(volumes, 18);
}

static void each_product_and_app_is_known_once(void **state)
{
    (void)state;
    for (size_t i = 0; product_at(i); i++)
        assert_ptr_equal(product_find(product_at(i)->id), product_at(i));
    for (size_t i = 0; product_app_at(i); i++)
        assert_ptr_equal(product_app(product_app_at(i)), product_app_at(i));
}

static void a_product_may_have_its_key(void **state)
{
    struct err err = {0};
    struct product_choice choice;
    (void)state;
    assert_ok(product_parse("visiopro2024volume:ab12C-DE34F-GH56J-KL78M-NP90Q", &choice, &err));
    assert_string_equal(choice.product->id, "VisioPro2024Volume");
    assert_string_equal(choice.pidkey, "ab12C-DE34F-GH56J-KL78M-NP90Q");
    assert_ok(product_parse("VisioPro2024Volume", &choice, &err));
    assert_null(choice.pidkey);
}

/* A key is a secret: no message has it. */
static void what_is_wrong_with_a_product_is_said_without_its_key(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"Visio2024Volume:SECRE-SECRE-SECRE-SECRE-SECRE", "\"Visio2024Volume\" is no product"},
        {"VisioPro2042Volume", "the nearest one is VisioPro20"},
        {"VisioProRetail:SECRE-SECRE-SECRE-SECRE-SECRE", "VisioProRetail takes no product key"},
        {"VisioProRetail:", "VisioProRetail takes no product key"},
        {"VisioPro2024Volume:", "has not the form"},
        {"VisioPro2024Volume:SECRE", "has not the form"},
        {"VisioPro2024Volume:SECRE-SECRE-SECRE-SECRE-SECRE-", "has not the form"},
        {"VisioPro2024Volume:SECRE-SECRE-SECRE-SECRESSECRE", "has not the form"},
        {"VisioPro2024Volume:SECRE-SECRE-SECRE-SECRE-SECR#", "has not the form"},
        {"VisioPro2024Volume:SECRE-SECRE-SECRE-SECRE-SECR\xc3\xa9", "has not the form"},
        {"", "\"\" is no product"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct product_choice choice;
        assert_fails(product_parse(cases[i].text, &choice, &err), ERR_USAGE);
        if (!strstr(err.msg, cases[i].part) || strstr(err.msg, "SECRE"))
            fail_msg("wanted …%s…: %s", cases[i].part, err.msg);
    }
}

static void the_nearest_app_is_named(void **state)
{
    struct err err = {0};
    const char *app;
    (void)state;
    assert_ok(product_parse_app("TEAMS", &app, &err));
    assert_string_equal(app, "Teams");
    assert_fails(product_parse_app("Powerpiont", &app, &err), ERR_USAGE);
    assert_non_null(
        strstr(err.msg, "\"Powerpiont\" is no app that can be left out; the nearest one is PowerPoint"));
}

static void words_of_daily_life_are_understood(void **state)
{
    static const struct {
        const char *text, *product; /* NULL: nobody can tell */
    } cases[] = {
        {"O365ProPlus", "O365ProPlusRetail"},
        {"office365proplus", "O365ProPlusRetail"},
        {"M365Apps", "O365ProPlusRetail"},
        {"O365Business", "O365BusinessRetail"},
        {"VisioPro", "VisioProRetail"},
        {"ProPlus2024", "ProPlus2024Volume"},
        {"ProPlus2021Retail", "ProPlus2021Volume"},
        {"Retail", NULL},
        {"Word", NULL},
        {"", NULL},
    };
    struct err err = {0};
    const char *app;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct product *meant = product_meant(cases[i].text);
        if (meant && cases[i].product)
            assert_string_equal(meant->id, cases[i].product);
        else
            assert_true(!meant && !cases[i].product);
    }
    assert_fails(product_parse_app("Skype for Business", &app, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "the nearest one is Lync"));
}

static void nothing_far_away_is_called_the_nearest(void **state)
{
    struct err err = {0};
    struct product_choice choice;
    const char *app;
    (void)state;
    assert_fails(product_parse_app("Notepad", &app, &err), ERR_USAGE);
    assert_string_equal(err.msg, "\"Notepad\" is no app that can be left out");
    assert_fails(product_parse("Word", &choice, &err), ERR_USAGE);
    assert_string_equal(err.msg, "\"Word\" is no product that is known here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_found_in_any_case),
        cmocka_unit_test(volume_products_belong_to_the_channel_of_their_year),
        cmocka_unit_test(each_product_and_app_is_known_once),
        cmocka_unit_test(a_product_may_have_its_key),
        cmocka_unit_test(what_is_wrong_with_a_product_is_said_without_its_key),
        cmocka_unit_test(the_nearest_app_is_named),
        cmocka_unit_test(words_of_daily_life_are_understood),
        cmocka_unit_test(nothing_far_away_is_called_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
