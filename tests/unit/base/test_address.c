/* Addresses of this machine's own files. */
#include "test.h"

#include "ringmgr/base/address.h"
#include "ringmgr/base/mem.h"

static void a_path_loses_its_percent_encoding(void **state)
{
    static const struct {
        const char *address, *path;
    } table[] = {
        {"file:///srv/pr", "/srv/pr"}, {"file:///a%20b/%c3%A9", "/a b/\xc3\xa9"},
        {"file:///50%", "/50%"},       {"file:///50%2", "/50%2"},
        {"file:///50%zz", "/50%zz"},   {"http://host/pr", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *path AUTO_FREE = address_path(table[i].address);
        if (table[i].path)
            assert_string_equal(path, table[i].path);
        else
            assert_null(path);
    }
}

static void a_folder_is_looked_for_on_this_machine_only(void **state)
{
    (void)state;
    assert_true(address_has_folder("http://host/pr"));
    assert_true(address_has_folder("file:///"));
    assert_true(address_has_folder("file:///proc/self"));
    assert_false(address_has_folder("file:///no-such-folder"));
    assert_false(address_has_folder("file:///proc/self/status"));
    assert_false(address_has_folder("file:///proc/self/status/pr"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_loses_its_percent_encoding),
        cmocka_unit_test(a_folder_is_looked_for_on_this_machine_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
