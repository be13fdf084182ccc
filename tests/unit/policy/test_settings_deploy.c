#include "test.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/policy/settings.h"

static void clients_use_dfs_then_unc_then_http(void **state)
{
    static const struct {
        const char *unc, *dfs, *http, *share;
    } cases[] = {
        {"\\\\a\\b", "\\\\c\\d", "http://e/f", "\\\\c\\d"},
        {"\\\\a\\b", "", "http://e/f", "\\\\a\\b"},
        {"\\\\a\\b", NULL, NULL, "\\\\a\\b"},
        {"", "\\\\c\\d", "", "\\\\c\\d"},
        {NULL, "\\\\c\\d", NULL, "\\\\c\\d"},
        {"", "", "http://e/f", "http://e/f"},
        {"", "", "", ""},
        {NULL, NULL, NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ring ring = {
            .unc = (char *)cases[i].unc, .dfs = (char *)cases[i].dfs, .http = (char *)cases[i].http};
        assert_string_equal(ring_share(&ring), cases[i].share);
    }
}

static void a_path_is_in_the_ring_whose_it_is(void **state)
{
    static const struct {
        const char *path, *ring;
    } cases[] = {
        {"\\\\files\\a", "a"},
        {"\\\\FILES\\A\\x", "a"},
        {"\\\\files\\ab", NULL},
        {"http://e/a", "a"},
        {"http://e/a/Office", "a"},
        {"http://e/ab", NULL},
        {"\\\\dfs\\office\\b\\x", "b"},
        {"http://e", NULL},
        {"", NULL},
    };
    struct ring rings[] = {
        {.name = (char *)"a", .unc = (char *)"\\\\files\\a", .dfs = (char *)"", .http = (char *)"http://e/a"},
        {.name = (char *)"b", .unc = (char *)"\\\\files\\b", .dfs = (char *)"\\\\dfs\\office\\b"}};
    const struct settings settings = {.ring = rings, .rings = 2};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ring *found = settings_ring_at(&settings, cases[i].path);
        assert_string_equal(found ? found->name : "", cases[i].ring ? cases[i].ring : "");
    }
}

static void fill(struct deploy *deploy)
{
    strv_split(&deploy->products, "O365ProPlusRetail VisioProRetail");
    strv_split(&deploy->exclude_apps, "Teams");
    strv_split(&deploy->keep_msi, "VisPro");
    strv_split(&deploy->properties, "AUTOACTIVATE=1");
    deploy->remove_msi = deploy->migrate_arch = deploy->hide_switch = deploy->notifications = true;
    deploy->display = mem_strdup("None");
    deploy->company = mem_strdup("Co");
    deploy->deadline_days = 3;
}

static void a_copy_is_equal_and_its_own(void **state)
{
    struct deploy from = {0}, to = {0};
    (void)state;
    fill(&from);
    strv_add(&to.products, "ProPlus2024Volume"); /* goes */
    to.display = mem_strdup("Full");
    deploy_copy(&to, &from);
    strv_clear(&from.products);
    from.display[0] = 'X';
    deploy_clear(&from);
    assert_int_equal(to.products.len, 2);
    assert_string_equal(to.products.item[1], "VisioProRetail");
    assert_string_equal(to.exclude_apps.item[0], "Teams");
    assert_string_equal(to.keep_msi.item[0], "VisPro");
    assert_string_equal(to.properties.item[0], "AUTOACTIVATE=1");
    assert_true(to.remove_msi && to.migrate_arch && to.hide_switch && to.notifications);
    assert_string_equal(to.display, "None");
    assert_string_equal(to.company, "Co");
    assert_int_equal(to.deadline_days, 3);
    deploy_clear(&to);
}

static void cleared_is_empty_and_usable_again(void **state)
{
    struct deploy deploy = {0}, empty = {0};
    (void)state;
    fill(&deploy);
    deploy_clear(&deploy);
    assert_memory_equal(&deploy, &empty, sizeof empty);
    deploy_copy(&deploy, &empty);
    assert_null(deploy.display);
    deploy_clear(&deploy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_use_dfs_then_unc_then_http),
        cmocka_unit_test(a_path_is_in_the_ring_whose_it_is),
        cmocka_unit_test(a_copy_is_equal_and_its_own),
        cmocka_unit_test(cleared_is_empty_and_usable_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
