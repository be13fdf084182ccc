/* Links of DFS namespaces: what they lead to where a ring has sites. */
#include "test.h"

#include "config/dfs.h"
#include "ringmgr/base/mem.h"

/* A ring that is nobody's but for these tests. */
static struct ring ring_of(const char *name, const char *unc, const char *dfs)
{
    return (struct ring){
        .name = (char *)(uintptr_t)name, .unc = (char *)(uintptr_t)unc, .dfs = (char *)(uintptr_t)dfs};
}

static struct site site_of(const char *name, const char *rings, const char *unc)
{
    struct site site = {.name = mem_strdup(name), .unc = mem_strdup(unc)};
    strv_split(&site.rings, rings);
    return site;
}

/* tokyo shows both rings, lima pilot only; oslo has no share of its own. */
enum { SITES = 4 };
static void make_sites(struct site sites[SITES])
{
    sites[0] = site_of("tokyo", "pilot production", "\\\\fs-tokyo\\office-%ring%");
    sites[1] = site_of("lima", "pilot", "\\\\fs-lima\\office");
    sites[2] = site_of("oslo", "pilot production", "");
    sites[3] = site_of("oslo-2", "pilot", "\\\\FILES\\Office-Pilot"); /* a second way to the first */
}

static void clear_sites(struct site sites[SITES])
{
    for (size_t i = 0; i < SITES; i++)
        site_clear(&sites[i]);
}

static void a_link_leads_to_the_ring_and_to_its_sites(void **state)
{
    struct site sites[SITES];
    const struct ring pilot = ring_of("pilot", "\\\\files\\office-pilot", "\\\\corp\\office\\pilot");
    const struct ring production = ring_of("production", "", NULL);
    const struct ring *const rings[] = {&pilot, &production};
    AUTO_BUF out = {0};
    struct err err = {0};
    (void)state;
    make_sites(sites);
    buf_puts(&out, "before\n");
    assert_ok(dfs_write(rings, 2, sites, SITES, &out, &err));
    const char *body = strstr(buf_text(&out), "\n\n");
    assert_non_null(body);
    assert_memory_equal(buf_text(&out), "before\n# Links of DFS", 21);
    assert_string_equal(
        body, "\n\n# Ring pilot: \\\\corp\\office\\pilot\n"
              "msdfs:files\\office-pilot,fs-tokyo\\office-pilot,fs-lima\\office\n"
              "#   New-DfsnFolder -Path '\\\\corp\\office\\pilot' -TargetPath '\\\\files\\office-pilot'\n"
              "#   New-DfsnFolderTarget -Path '\\\\corp\\office\\pilot' -TargetPath "
              "'\\\\fs-tokyo\\office-pilot'\n"
              "#   New-DfsnFolderTarget -Path '\\\\corp\\office\\pilot' -TargetPath "
              "'\\\\fs-lima\\office'\n"
              "\n# Ring production\nmsdfs:fs-tokyo\\office-production\n");
    clear_sites(sites);
}

static void assert_refused(const struct ring *ring, const struct site *sites, size_t len, const char *part)
{
    const struct ring *const rings[] = {ring};
    AUTO_BUF out = {0};
    struct err err = {0};
    assert_fails(dfs_write(rings, 1, sites, len, &out, &err), ERR_USAGE);
    if (!strstr(err.msg, part))
        fail_msg("wanted …%s…: %s", part, err.msg);
    assert_int_equal(out.len, 0);
}

static void what_no_link_can_lead_to_is_refused(void **state)
{
    const struct ring nowhere = ring_of("pilot", "", ""), web = ring_of("pilot", "http://x", "");
    const struct ring comma = ring_of("pilot", "\\\\files\\a,b", ""),
                      quote = ring_of("pilot", "\\\\f\\a'b", "");
    const struct ring link = ring_of("pilot", "\\\\f\\a", "\\\\corp\\it's\\x");
    (void)state;
    assert_refused(&nowhere, NULL, 0, "has no unc, nor has one of its sites");
    assert_refused(&web, NULL, 0, "has no unc");
    assert_refused(&comma, NULL, 0, "a,b");
    assert_refused(&quote, NULL, 0, "a'b");
    assert_refused(&link, NULL, 0, "it's");
}

/* Samba reads 256 shares of a link, and a symbolic link has 4095 bytes. */
static void more_sites_than_a_link_holds_are_told(void **state)
{
    enum { MANY = 300 };
    struct site *sites = mem_new(MANY, sizeof *sites);
    const struct ring ring = ring_of("pilot", "\\\\f\\p", "");
    const struct ring *const rings[] = {&ring};
    AUTO_BUF out = {0};
    struct err err = {0};
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        char unc[32];
        snprintf(unc, sizeof unc, "\\\\f%zu\\p", i);
        sites[i] = site_of("x", "pilot", unc);
    }
    assert_ok(dfs_write(rings, 1, sites, 255, &out, &err));
    assert_refused(&ring, sites, 256, "257 shares");
    for (size_t i = 0; i < MANY; i++) {
        free(sites[i].unc);
        sites[i].unc = mem_printf("\\\\fileserver-%zu.branch.example.com\\office-%%ring%%", i);
    }
    buf_clear(&out);
    assert_ok(dfs_write(rings, 1, sites, 80, &out, &err));
    assert_refused(&ring, sites, 100, "more than one DFS link holds");
    for (size_t i = 0; i < MANY; i++)
        site_clear(&sites[i]);
    free(sites);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_leads_to_the_ring_and_to_its_sites),
        cmocka_unit_test(what_no_link_can_lead_to_is_refused),
        cmocka_unit_test(more_sites_than_a_link_holds_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
