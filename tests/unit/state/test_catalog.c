#include "world.h"

#include "ringmgr/state/catalog.h"
#include "ringmgr/state/db_private.h"

static const char *const NEW_BUILD = "16.0.10730.20102";
static const char *const OLD_BUILD = "16.0.9126.2116"; /* greater as text, smaller as a number */

/* Upstream. */

static struct upstream_file file_of(const char *content, int64_t signed_unix)
{
    struct upstream_file file = {.etag = strdup("\"e1\""), .signed_unix = signed_unix, .checked_unix = 500};
    if (content)
        buf_puts(&file.content, content);
    return file;
}

static void put_upstream(struct world *world, const char *address, const char *content, int64_t signed_unix)
{
    struct err err = {0};
    struct upstream_file file = file_of(content, signed_unix);
    begin(world);
    assert_ok(catalog_upstream_put(world->state, address, &file, &err));
    commit(world);
    upstream_file_clear(&file);
}

static int64_t newest_signed(struct world *world)
{
    struct err err = {0};
    int64_t signed_unix = 0;
    assert_ok(catalog_newest_signed(world->state, &signed_unix, &err));
    return signed_unix;
}

static void test_an_upstream_file_is_kept_with_its_signed_time(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct upstream_file file;
    assert_ok(catalog_upstream_get(world->state, "http://a/v64.cab", &file, &err));
    assert_int_equal(file.signed_unix, -1);
    assert_int_equal(file.content.len, 0);
    assert_int_equal(newest_signed(world), -1);
    put_upstream(world, "http://a/v64.cab", "cab", 1000);
    assert_ok(catalog_upstream_get(world->state, "http://a/v64.cab", &file, &err));
    assert_string_equal(file.etag, "\"e1\"");
    assert_null(file.last_modified);
    assert_int_equal(file.signed_unix, 1000);
    assert_int_equal(file.checked_unix, 500);
    assert_string_equal(buf_text(&file.content), "cab");
    upstream_file_clear(&file);
    put_upstream(world, "http://b/v64.cab", "cab", 3000);
    assert_int_equal(newest_signed(world), 3000);
}

static void test_the_signed_time_never_goes_back(void **out)
{
    struct world *world = *out;
    put_upstream(world, "http://a/v64.cab", "cab", 2000);
    put_upstream(world, "http://a/v64.cab", "older", 1000);
    assert_int_equal(newest_signed(world), 2000);
}

static void test_a_check_without_content_keeps_what_was_accepted(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct upstream_file file, check = {.last_modified = (char *)"Sat", .signed_unix = -1};
    put_upstream(world, "http://a/v64.cab", "cab", 2000);
    check.checked_unix = 900;
    begin(world);
    assert_ok(catalog_upstream_put(world->state, "http://a/v64.cab", &check, &err));
    assert_ok(catalog_upstream_put(world->state, "http://a/new.cab", &check, &err));
    commit(world);
    assert_ok(catalog_upstream_get(world->state, "http://a/v64.cab", &file, &err));
    assert_null(file.etag);
    assert_string_equal(file.last_modified, "Sat");
    assert_int_equal(file.checked_unix, 900);
    assert_int_equal(file.signed_unix, 2000);
    assert_string_equal(buf_text(&file.content), "cab");
    upstream_file_clear(&file);
    assert_ok(catalog_upstream_get(world->state, "http://a/new.cab", &file, &err));
    assert_int_equal(file.signed_unix, -1);
    assert_int_equal(file.checked_unix, 900);
    upstream_file_clear(&file);
}

/* Releases. */

static struct release row_of(const char *build, const char *version, int64_t released, bool latest)
{
    struct release row = {mec(), build_of(build), "", released, latest};
    strcpy(row.version, version);
    return row;
}

static void merge(struct world *world, struct release *rows, size_t len, int64_t published)
{
    struct err err = {0};
    struct releases releases = {rows, len, published};
    begin(world);
    assert_ok(catalog_releases_merge(world->state, &releases, 7000, &err));
    commit(world);
}

static void test_a_merge_keeps_rows_that_the_new_history_lacks(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct releases all;
    struct release first[] = {row_of(OLD_BUILD, "1803", 100, true), row_of("16.0.1.1", "1701", 10, false)};
    struct release second[] = {row_of(NEW_BUILD, "1808", 200, true), row_of("16.0.1.1", "1702", 20, false)};
    merge(world, first, 2, 1000);
    merge(world, second, 2, 2000);
    assert_ok(catalog_releases(world->state, mec(), &all, &err));
    assert_int_equal(all.len, 3);
    assert_int_equal(all.published_unix, 2000);
    assert_int_equal(build_compare(&all.row[0].build, &second[0].build), 0); /* newest first, by number */
    assert_int_equal(build_compare(&all.row[1].build, &first[0].build), 0);
    assert_true(all.row[0].latest);
    assert_false(all.row[1].latest);
    assert_string_equal(all.row[1].version, "1803");
    assert_string_equal(all.row[2].version, "1702");
    assert_int_equal(all.row[2].released_unix, 20);
    releases_clear(&all);
    merge(world, NULL, 0, 1500); /* no rows are no news, and an older history is not newer */
    assert_ok(catalog_releases(world->state, mec(), &all, &err));
    assert_int_equal(all.len, 3);
    assert_int_equal(all.published_unix, 2000);
    assert_true(all.row[0].latest);
    releases_clear(&all);
}

static void test_a_release_is_found_by_channel_and_build(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct release row = row_of(NEW_BUILD, "1808", 200, true), found_row;
    struct build other = build_of(OLD_BUILD);
    bool found;
    merge(world, &row, 1, -1);
    assert_ok(catalog_release_find(world->state, mec(), &row.build, &found_row, &found, &err));
    assert_true(found);
    assert_ptr_equal(found_row.channel, mec());
    assert_string_equal(found_row.version, "1808");
    assert_int_equal(found_row.released_unix, 200);
    assert_ok(catalog_release_find(world->state, current(), &row.build, &found_row, &found, &err));
    assert_false(found);
    assert_ok(catalog_release_find(world->state, mec(), &other, &found_row, &found, &err));
    assert_false(found);
}

static void test_a_recall_is_for_ever(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build builds[] = {build_of(NEW_BUILD), build_of(OLD_BUILD)}, *list;
    int64_t seen;
    size_t len;
    begin(world);
    assert_ok(catalog_recalls_add(world->state, mec(), builds, 2, 1000, &err));
    assert_ok(catalog_recalls_add(world->state, mec(), builds, 1, 2000, &err));
    assert_ok(catalog_recalls_add(world->state, mec(), NULL, 0, 3000, &err));
    commit(world);
    assert_ok(catalog_recalled(world->state, mec(), &builds[0], &seen, &err));
    assert_int_equal(seen, 1000);
    assert_ok(catalog_recalled(world->state, current(), &builds[0], &seen, &err));
    assert_int_equal(seen, -1);
    assert_ok(catalog_recalls(world->state, mec(), &list, &len, &err));
    assert_int_equal(len, 2);
    assert_int_equal(build_compare(&list[0], &builds[1]), 0);
    free(list);
    assert_ok(catalog_recalls(world->state, current(), &list, &len, &err));
    assert_int_equal(len, 0);
}

/* Builds and their files. */

static void stage(struct world *world, const char *build, int64_t now)
{
    struct err err = {0};
    struct build number = build_of(build);
    begin(world);
    assert_ok(catalog_build_put(world->state, mec(), &number, -1, &err));
    if (now >= 0)
        assert_ok(catalog_build_staged(world->state, mec(), &number, now, &err));
    commit(world);
}

static void test_newest_is_by_number_not_by_text(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build newest = build_of(NEW_BUILD);
    struct catalog_build build;
    bool found;
    stage(world, OLD_BUILD, 1000);
    stage(world, NEW_BUILD, 2000);
    stage(world, "16.0.20326.20100", -1); /* not complete yet */
    assert_ok(catalog_build_newest(world->state, mec(), NULL, &build, &found, &err));
    assert_true(found);
    assert_int_equal(build_compare(&build.build, &newest), 0);
    assert_int_equal(build.staged_unix, 2000);
    assert_ok(catalog_build_newest(world->state, mec(), &newest, &build, &found, &err));
    assert_true(found);
    assert_int_equal(build.staged_unix, 1000);
    assert_ok(catalog_build_newest(world->state, mec(), &build.build, &build, &found, &err));
    assert_false(found);
    assert_ok(catalog_build_newest(world->state, current(), NULL, &build, &found, &err));
    assert_false(found);
}

static void test_a_build_keeps_its_first_staging_and_last_throttle(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build number = build_of(NEW_BUILD);
    struct catalog_build build;
    bool found;
    begin(world);
    assert_ok(catalog_build_put(world->state, mec(), &number, 250, &err));
    assert_ok(catalog_build_staged(world->state, mec(), &number, 1000, &err));
    assert_ok(catalog_build_staged(world->state, mec(), &number, 2000, &err));
    assert_ok(catalog_build_put(world->state, mec(), &number, -1, &err));
    commit(world);
    assert_ok(catalog_build_find(world->state, mec(), &number, &build, &found, &err));
    assert_true(found);
    assert_int_equal(build.staged_unix, 1000);
    assert_int_equal(build.throttle, 250);
    begin(world);
    assert_ok(catalog_build_put(world->state, mec(), &number, 0, &err));
    commit(world);
    assert_ok(catalog_build_find(world->state, mec(), &number, &build, &found, &err));
    assert_int_equal(build.throttle, 0);
    assert_ok(catalog_build_find(world->state, current(), &number, &build, &found, &err));
    assert_false(found);
}

static void drop(struct world *world, const char *build)
{
    struct err err = {0};
    struct build number = build_of(build);
    begin(world);
    AUTO_STMT stmt = stmt_make(world->state, "UPDATE build SET dropped_unix = 9000 WHERE build = ?");
    stmt_put_build(&stmt, &number);
    assert_ok(stmt_run(&stmt, &err));
    stmt_clear(&stmt);
    commit(world);
}

static struct catalog_build_list builds_after(struct world *world, const struct channel *channel,
                                              const char *after)
{
    struct err err = {0};
    struct build number = {{0}};
    struct catalog_build_list list;
    if (after)
        number = build_of(after);
    assert_ok(catalog_builds_after(world->state, channel, &number, &list, &err));
    return list;
}

static void test_builds_after_another_are_staged_and_newest_first(void **out)
{
    struct world *world = *out;
    struct build newest = build_of(NEW_BUILD);
    struct catalog_build_list list;
    stage(world, "16.0.1.1", 3000);
    stage(world, NEW_BUILD, 2000);
    stage(world, OLD_BUILD, 1000);
    stage(world, "16.0.20326.20100", -1);
    list = builds_after(world, mec(), NULL);
    assert_int_equal(list.len, 3);
    assert_int_equal(build_compare(&list.item[0].build, &newest), 0);
    assert_ptr_equal(list.item[0].channel, mec());
    assert_int_equal(list.item[0].staged_unix, 2000);
    assert_int_equal(list.item[0].throttle, -1);
    assert_int_equal(list.item[1].staged_unix, 1000);
    assert_int_equal(list.item[2].staged_unix, 3000);
    free(list.item);
    list = builds_after(world, mec(), OLD_BUILD);
    assert_int_equal(list.len, 1);
    assert_int_equal(build_compare(&list.item[0].build, &newest), 0);
    free(list.item);
    assert_int_equal(builds_after(world, mec(), NEW_BUILD).len, 0);
    assert_int_equal(builds_after(world, current(), NULL).len, 0);
}

static void test_a_dropped_build_is_passed_over_until_it_is_staged_again(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build number = build_of(NEW_BUILD);
    struct digest digest = digest_of_text("x");
    struct catalog_build_list list;
    struct catalog_build build;
    bool found;
    stage(world, NEW_BUILD, 2000);
    drop(world, NEW_BUILD);
    assert_int_equal(builds_after(world, mec(), NULL).len, 0);
    begin(world); /* a file comes back: the build is not complete by that */
    assert_ok(catalog_file_put(world->state, mec(), &number, "s640.cab", &digest, 1, &err));
    commit(world);
    assert_int_equal(builds_after(world, mec(), NULL).len, 0);
    assert_ok(catalog_build_newest(world->state, mec(), NULL, &build, &found, &err));
    assert_true(found); /* whether upstream went back is judged by all that ever was here */
    stage(world, NEW_BUILD, 5000);
    list = builds_after(world, mec(), NULL);
    assert_int_equal(list.len, 1);
    assert_int_equal(list.item[0].staged_unix, 2000);
    free(list.item);
}

static int64_t dispute(struct world *world, const char *build, int64_t now)
{
    struct err err = {0};
    struct build number = build_of(build);
    struct catalog_build known = {.disputed_unix = -2};
    bool found;
    begin(world);
    assert_ok(catalog_build_dispute(world->state, mec(), &number, now, &err));
    commit(world);
    assert_ok(catalog_build_find(world->state, mec(), &number, &known, &found, &err));
    return found ? known.disputed_unix : -2;
}

static void test_a_build_is_disputed_until_that_is_taken_back(void **out)
{
    struct world *world = *out;
    assert_int_equal(dispute(world, OLD_BUILD, -1), -2); /* unknown, and stays so */
    assert_int_equal(dispute(world, NEW_BUILD, 1000), 1000);
    assert_int_equal(dispute(world, NEW_BUILD, 2000), 1000);
    stage(world, NEW_BUILD, 2500);
    assert_int_equal(dispute(world, NEW_BUILD, -1), -1);
    assert_int_equal(dispute(world, NEW_BUILD, 3000), 3000);
    stage(world, OLD_BUILD, 2500);
    assert_int_equal(dispute(world, OLD_BUILD, -1), -1);
}

static void put_file(struct world *world, const char *build, const char *path, const char *content)
{
    struct err err = {0};
    struct build number = build_of(build);
    struct digest digest = digest_of_text(content);
    begin(world);
    assert_ok(catalog_file_put(world->state, mec(), &number, path, &digest, (uint64_t)strlen(content), &err));
    commit(world);
}

static int64_t put_absent(struct world *world, const char *build, const char *path, int64_t now, bool stands)
{
    struct err err = {0};
    struct build number = build_of(build);
    int64_t since = 0;
    begin(world);
    assert_ok(catalog_file_absent(world->state, mec(), &number, path, now, stands, &since, &err));
    commit(world);
    return since;
}

static struct catalog_files files_of(struct world *world, const char *build)
{
    struct err err = {0};
    struct build number = build_of(build);
    struct catalog_files files;
    assert_ok(catalog_files_get(world->state, mec(), &number, &files, &err));
    return files;
}

static void test_files_belong_to_channel_and_build(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build number = build_of(NEW_BUILD);
    struct catalog_files files;
    put_file(world, NEW_BUILD, "b/s640.cab", "content");
    put_file(world, NEW_BUILD, "a/i640.cab", "other");
    put_file(world, OLD_BUILD, "b/s640.cab", "old");
    files = files_of(world, NEW_BUILD);
    assert_int_equal(files.len, 2);
    assert_string_equal(files.file[0].path, "a/i640.cab");
    const struct catalog_file *file = catalog_files_find(&files, "b/s640.cab");
    struct digest digest = digest_of_text("content");
    assert_true(digest_equal(&file->digest, &digest));
    assert_int_equal(file->bytes, 7);
    assert_false(file->absent);
    assert_int_equal(file->absent_unix, -1);
    assert_null(catalog_files_find(&files, "c"));
    catalog_files_clear(&files);
    assert_null(catalog_files_find(&files, "a/i640.cab"));
    assert_ok(catalog_files_get(world->state, current(), &number, &files, &err));
    assert_int_equal(files.len, 0);
}

static void test_an_absence_counts_once_it_stands(void **out)
{
    struct world *world = *out;
    struct catalog_files files;
    assert_int_equal(put_absent(world, NEW_BUILD, "x.cat", 1000, false), 1000);
    files = files_of(world, NEW_BUILD);
    assert_int_equal(files.len, 0);
    assert_int_equal(put_absent(world, NEW_BUILD, "x.cat", 2000, true), 1000);
    files = files_of(world, NEW_BUILD);
    assert_int_equal(files.len, 1);
    assert_true(files.file[0].absent);
    assert_int_equal(files.file[0].absent_unix, 1000);
    catalog_files_clear(&files);
    put_absent(world, NEW_BUILD, "x.cat", 3000, false);
    files = files_of(world, NEW_BUILD);
    assert_int_equal(files.len, 1);
    catalog_files_clear(&files);
}

static void test_a_proven_file_replaces_an_absence_and_stays(void **out)
{
    struct world *world = *out;
    put_absent(world, NEW_BUILD, "x.cat", 1000, true);
    put_file(world, NEW_BUILD, "x.cat", "there now");
    assert_int_equal(put_absent(world, NEW_BUILD, "x.cat", 2000, true), -1);
    struct catalog_files files = files_of(world, NEW_BUILD);
    assert_int_equal(files.len, 1);
    assert_false(files.file[0].absent);
    assert_int_equal(files.file[0].bytes, 9);
    catalog_files_clear(&files);
}

/* The digest of a file list by its formula, with the tools that an auditor has. */
static void sha256sum_of_sorted(const struct world *world, const char *lines, char hex[65])
{
    char path[128], command[256], line[128] = "";
    snprintf(path, sizeof path, "%s/lines", world->path);
    FILE *file = fopen(path, "w");
    fputs(lines, file);
    fclose(file);
    snprintf(command, sizeof command, "LC_ALL=C sort %s | sha256sum", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(fgets(line, sizeof line, pipe));
    pclose(pipe);
    line[64] = 0;
    strcpy(hex, line);
}

static void test_a_selection_has_the_digest_of_its_sorted_lines(void **out)
{
    struct world *world = *out;
    /* in the order in which they are proven, not that of their names */
    struct build_file listed[] = {{.path = (char *)"b/s640.cab"},
                                  {.path = (char *)"a/stream.dat"},
                                  {.path = (char *)"optional.cat"},
                                  {.path = (char *)"later.cab"}};
    struct filelist list = {listed, 4};
    struct catalog_files files, selected;
    struct digest digest, s640 = digest_of_text("one"), stream = digest_of_text("three");
    AUTO_STRV missing = {0};
    char hex[65], wanted[65], text[2][65], lines[512];
    put_file(world, NEW_BUILD, "b/s640.cab", "one");
    put_file(world, NEW_BUILD, "a/stream.dat", "three");
    put_file(world, NEW_BUILD, "unwanted.cab", "of another language");
    put_absent(world, NEW_BUILD, "optional.cat", 1000, true);
    files = files_of(world, NEW_BUILD);
    catalog_files_select(&files, &list, &selected, &digest, &missing);
    assert_int_equal(selected.len, 2);
    assert_string_equal(selected.file[0].path, "a/stream.dat");
    assert_string_equal(selected.file[1].path, "b/s640.cab");
    assert_int_equal(missing.len, 1);
    assert_string_equal(missing.item[0], "later.cab");
    digest_format(&s640, text[0]);
    digest_format(&stream, text[1]);
    snprintf(lines, sizeof lines, "%s 3 b/s640.cab\n%s 5 a/stream.dat\n", text[0], text[1]);
    sha256sum_of_sorted(world, lines, wanted);
    digest_format(&digest, hex);
    assert_string_equal(hex, wanted);
    catalog_files_clear(&selected);
    list.len = 0;
    catalog_files_select(&files, &list, &selected, &digest, &missing);
    digest_format(&digest, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    catalog_files_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_an_upstream_file_is_kept_with_its_signed_time),
        world_test(test_the_signed_time_never_goes_back),
        world_test(test_a_check_without_content_keeps_what_was_accepted),
        world_test(test_a_merge_keeps_rows_that_the_new_history_lacks),
        world_test(test_a_release_is_found_by_channel_and_build),
        world_test(test_a_recall_is_for_ever),
        world_test(test_newest_is_by_number_not_by_text),
        world_test(test_a_build_keeps_its_first_staging_and_last_throttle),
        world_test(test_builds_after_another_are_staged_and_newest_first),
        world_test(test_a_dropped_build_is_passed_over_until_it_is_staged_again),
        world_test(test_a_build_is_disputed_until_that_is_taken_back),
        world_test(test_files_belong_to_channel_and_build),
        world_test(test_an_absence_counts_once_it_stands),
        world_test(test_a_proven_file_replaces_an_absence_and_stays),
        world_test(test_a_selection_has_the_digest_of_its_sorted_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
