/* [deploy] and what a ring says instead of it. */
#include "settings_outcome.h"

#define RING "[ring b]\nsource = origin\nchannel = Current\npath = /srv/b\n"

static void assert_list(const struct strv *list, const char *expected)
{
    char *text = strv_join(list, " | ");
    assert_string_equal(text, expected);
    free(text);
}

static void without_a_word_little_is_said(void **state)
{
    struct outcome outcome = read_more("");
    (void)state;
    assert_good(&outcome);
    const struct deploy *deploy = &outcome.settings.ring[0].deploy;
    assert_int_equal(deploy->products.len + deploy->exclude_apps.len + deploy->keep_msi.len, 0);
    assert_int_equal(deploy->properties.len, 0);
    assert_string_equal(deploy->display, "");
    assert_string_equal(deploy->company, "");
    assert_true(deploy->hide_switch && deploy->notifications);
    assert_false(deploy->remove_msi || deploy->migrate_arch);
    assert_int_equal(deploy->deadline_days, 0);
    assert_string_equal(outcome.settings.ring[0].dfs, "");
    clear(&outcome);
}

static const char everything[] =
    "products = o365PROPLUSretail, visiopro2024volume:AB12C-DE34F-GH56J-KL78M-NP90Q\n  LanguagePack\n"
    "exclude_apps = teams groove, OneDrive\nremove_msi = yes\nkeep_msi = vispro, PRJPRO\nmigrate_arch = yes\n"
    "display = none\ncompany = Büro & Co, \"Nord\"\n"
    "properties = autoactivate=1, forceappshutdown = true,\n  SCLCacheOverrideDirectory=C:\\Office cache\n"
    "hide_switch = no\nnotifications = no\ndeadline = 3 days\n";

static void assert_everything(const struct deploy *deploy)
{
    assert_list(&deploy->products, "O365ProPlusRetail | VisioPro2024Volume:AB12C-DE34F-GH56J-KL78M-NP90Q | "
                                   "LanguagePack");
    assert_list(&deploy->exclude_apps, "Teams | Groove | OneDrive");
    assert_list(&deploy->keep_msi, "VisPro | PrjPro");
    assert_list(&deploy->properties,
                "AUTOACTIVATE=1 | FORCEAPPSHUTDOWN=TRUE | SCLCacheOverrideDirectory=C:\\Office cache");
    assert_string_equal(deploy->display, "None");
    assert_string_equal(deploy->company, "Büro & Co, \"Nord\"");
    assert_true(deploy->remove_msi && deploy->migrate_arch);
    assert_false(deploy->hide_switch || deploy->notifications);
    assert_int_equal(deploy->deadline_days, 3);
}

static void every_key_of_deploy_reaches_every_ring(void **state)
{
    AUTO_BUF text = {0};
    (void)state;
    buf_printf(&text, RING "[deploy]\n%s", everything);
    struct outcome outcome = read_more(buf_text(&text));
    assert_good(&outcome);
    assert_everything(&outcome.settings.ring[0].deploy);
    assert_everything(&outcome.settings.ring[1].deploy);
    clear(&outcome);
}

static void every_key_of_a_ring_is_its_own(void **state)
{
    AUTO_BUF text = {0};
    (void)state;
    buf_printf(&text, RING "unc = \\\\files\\b\ndfs = \\\\ring.test\\office\\b\\\n%s", everything);
    struct outcome outcome = read_more(buf_text(&text));
    assert_good(&outcome);
    assert_everything(&outcome.settings.ring[1].deploy);
    assert_string_equal(outcome.settings.ring[1].dfs, "\\\\ring.test\\office\\b");
    assert_int_equal(outcome.settings.ring[0].deploy.products.len, 0);
    clear(&outcome);
}

static void a_ring_overrides_key_by_key(void **state)
{
    struct outcome outcome =
        read_more(RING "exclude_apps = Word\ndisplay = Full\nremove_msi = no\n"
                       "[deploy]\nproducts = O365BusinessRetail\nexclude_apps = Teams, Bing\n"
                       "display = None\nremove_msi = yes\ndeadline = 1 day\n");
    (void)state;
    assert_good(&outcome);
    const struct deploy *all = &outcome.settings.ring[0].deploy, *own = &outcome.settings.ring[1].deploy;
    assert_list(&all->exclude_apps, "Teams | Bing");
    assert_list(&own->exclude_apps, "Word");
    assert_list(&own->products, "O365BusinessRetail");
    assert_string_equal(all->display, "None");
    assert_string_equal(own->display, "Full");
    assert_true(all->remove_msi && !own->remove_msi);
    assert_int_equal(own->deadline_days, 1);
    clear(&outcome);
}

/* Each stands behind [deploy] in line 11 and is the only problem. */
static const struct {
    const char *line, *code, *part;
} cases[] = {
    {"products = O365ProPlusRetial", "bad-product",
     "[deploy] products: \"O365ProPlusRetial\" is no product that is known here; the nearest one is "
     "O365ProPlusRetail"},
    {"products = VisioProRetail:AB12C-DE34F-GH56J-KL78M-NP90Q", "bad-product", "takes no product key"},
    {"products = ProPlus2024Volume:AB12C", "bad-product", "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX"},
    {"products = O365ProPlusRetail, o365proplusretail", "duplicate-item",
     "\"O365ProPlusRetail\" is there twice"},
    {"products = ProPlus2024Volume ProPlus2024Volume:AB12C-DE34F-GH56J-KL78M-NP90Q", "duplicate-item",
     "\"ProPlus2024Volume\" is there twice"},
    {"exclude_apps = Team", "unknown-app", "the nearest one is Teams"},
    {"exclude_apps = Outlook OutlookForWindows outlook", "duplicate-item", "\"Outlook\" is there twice"},
    {"keep_msi = Visio", "unknown-msi-product", "the nearest one is VisPro"},
    {"keep_msi = InfoPath InfoPathR infopath", "duplicate-item", "\"InfoPath\" is there twice"},
    {"properties = AUTOACTIVATE", "bad-property", "the property takes 0 or 1"},
    {"properties = AUTOACTIVATE=1 PinIconsToTaskbar=TRUE", "bad-property", "a comma before the next one"},
    {"properties = SCLCacheOverride=1, SCLCacheOverrideDirectory=C:\\x, SCLCacheOverride=0", "duplicate-item",
     "\"SCLCacheOverride\" is there twice"},
    {"properties = OfficeMgmtCOM=TRUE", "bad-property", "hands updates to Configuration Manager"},
    {"display = Quiet", "bad-choice", "write None or Full"},
    {"remove_msi = TRUE", "bad-choice", "is not no or yes"},
    {"deadline = 3", "bad-days", "\"3\" is no number of whole days from 1 to 99"},
    {"deadline = 0 days", "bad-days", "0 days"},
    {"deadline = 100 days", "bad-days", "1 to 99"},
    {"deadline = 36h", "bad-days", "36h"},
    {"product = O365ProPlusRetail", "unknown-key", "the nearest known one is products"},
};

static void what_is_wrong_is_said_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUF text = {0};
        buf_printf(&text, "[deploy]\n%s\n", cases[i].line);
        struct outcome outcome = read_more(buf_text(&text));
        assert_only_problem(&outcome, BASE_LINES + 2, cases[i].code, cases[i].part);
    }
}

static void the_most_days_and_hours_that_are_days_are_fine(void **state)
{
    struct outcome outcome = read_more("deadline = 99 days\n" RING "deadline = 48h\n");
    (void)state;
    assert_good(&outcome);
    assert_int_equal(outcome.settings.ring[0].deploy.deadline_days, 99);
    assert_int_equal(outcome.settings.ring[1].deploy.deadline_days, 2);
    clear(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_word_little_is_said),
        cmocka_unit_test(every_key_of_deploy_reaches_every_ring),
        cmocka_unit_test(every_key_of_a_ring_is_its_own),
        cmocka_unit_test(a_ring_overrides_key_by_key),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(the_most_days_and_hours_that_are_days_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
