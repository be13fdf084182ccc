#include "world.h"

#include "ringmgr/state/catalog.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/decision.h"
#include "ringmgr/state/journal.h"

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

/* Offers. */

static struct offer start(struct world *world, const char *build, int64_t now, const char *ended)
{
    struct err err = {0};
    struct catalog_file file = {.path = (char *)build, .digest = digest_of_text(build), .bytes = 5};
    struct catalog_file absent = {.path = (char *)"none", .absent = true};
    struct catalog_file both[] = {file, absent};
    struct catalog_files files = {both, 2};
    struct offer offer = {.ring = (char *)"pilot",
                          .channel = mec(),
                          .build = build_of(build),
                          .content = (char *)"x64 en-us proofing= arm64=no",
                          .files_digest = digest_of_text("list"),
                          .live_since = now,
                          .by = (char *)"anna"};
    begin(world);
    assert_ok(catalog_offer_start(world->state, &offer, &files, ended, &err));
    commit(world);
    return offer;
}

static struct offer live(struct world *world, const char *ring)
{
    struct err err = {0};
    struct offer offer;
    bool found;
    assert_ok(catalog_offer_live(world->state, ring, &offer, &found, &err));
    assert_int_equal(found, offer.id != 0);
    return offer;
}

static void test_an_offer_is_live_until_the_next_one(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer first, second, read;
    bool found;
    assert_int_equal(live(world, "pilot").id, 0);
    first = start(world, OLD_BUILD, 1000, "promote");
    read = live(world, "pilot");
    assert_int_equal(read.id, first.id);
    assert_string_equal(read.ring, "pilot");
    assert_ptr_equal(read.channel, mec());
    assert_int_equal(build_compare(&read.build, &first.build), 0);
    assert_string_equal(read.content, first.content);
    assert_true(digest_equal(&read.files_digest, &first.files_digest));
    assert_int_equal(read.live_since, 1000);
    assert_int_equal(read.live_until, -1);
    assert_int_equal(read.removed_unix, -1);
    assert_string_equal(read.by, "anna");
    assert_null(read.ended);
    offer_clear(&read);
    second = start(world, NEW_BUILD, 2000, "promote");
    read = live(world, "pilot");
    assert_int_equal(read.id, second.id);
    offer_clear(&read);
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), &first.build, &read, &found, &err));
    assert_true(found);
    assert_int_equal(read.live_until, 2000);
    assert_string_equal(read.ended, "promote");
    offer_clear(&read);
    assert_int_equal(live(world, "production").id, 0);
}

static void test_a_clock_that_went_back_ends_no_offer_before_it_began(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer first = start(world, OLD_BUILD, 5000, "promote"), read;
    bool found;
    start(world, NEW_BUILD, 4000, "promote");
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), &first.build, &read, &found, &err));
    assert_int_equal(read.live_until, 5000);
    offer_clear(&read);
}

static void test_the_newest_offer_of_a_build_is_found(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer read;
    bool found;
    struct offer again, first = start(world, OLD_BUILD, 1000, "promote");
    start(world, NEW_BUILD, 2000, "promote");
    again = start(world, OLD_BUILD, 3000, "rollback");
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), &first.build, &read, &found, &err));
    assert_int_equal(read.id, again.id);
    offer_clear(&read);
    assert_ok(catalog_offer_find(world->state, "pilot", current(), &first.build, &read, &found, &err));
    assert_false(found);
}

static void test_standing_offers_have_their_folder(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offers offers;
    struct offer first = start(world, "16.0.1.1", 1000, "promote");
    struct offer second = start(world, OLD_BUILD, 2000, "promote");
    struct offer third = start(world, NEW_BUILD, 3000, "rollback");
    assert_ok(catalog_offers_standing(world->state, "pilot", &offers, &err));
    assert_int_equal(offers.len, 3);
    assert_int_equal(offers.item[0].id, third.id);
    assert_int_equal(offers.item[1].id, second.id);
    assert_string_equal(offers.item[1].ended, "rollback");
    assert_int_equal(offers.item[2].id, first.id);
    offers_clear(&offers);
    begin(world);
    assert_ok(catalog_offer_removed(world->state, "pilot", mec(), &second.build, 4000, &err));
    commit(world);
    assert_ok(catalog_offers_standing(world->state, "pilot", &offers, &err));
    assert_int_equal(offers.len, 2);
    assert_int_equal(offers.item[1].id, first.id);
    offers_clear(&offers);
    begin(world); /* what is live cannot have left */
    assert_fails(catalog_offer_removed(world->state, "pilot", mec(), &third.build, 4000, &err), ERR_FAILED);
    state_abort(world->state);
}

static void test_an_offer_remembers_its_files(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct catalog_files files;
    struct digest digest = digest_of_text(OLD_BUILD);
    struct offer offer = start(world, OLD_BUILD, 1000, "promote");
    start(world, NEW_BUILD, 2000, "promote");
    assert_ok(catalog_offer_files(world->state, offer.id, &files, &err));
    assert_int_equal(files.len, 1);
    assert_string_equal(files.file[0].path, OLD_BUILD);
    assert_true(digest_equal(&files.file[0].digest, &digest));
    assert_int_equal(files.file[0].bytes, 5);
    assert_false(files.file[0].absent);
    catalog_files_clear(&files);
}

static void test_an_extended_offer_is_live_since_before(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer offer = start(world, OLD_BUILD, 1000, "promote"), read;
    struct catalog_file grown[] = {{.path = (char *)"a", .digest = digest_of_text("a"), .bytes = 1},
                                   {.path = (char *)"b", .digest = digest_of_text("b"), .bytes = 1}};
    struct catalog_files files = {grown, 2}, got;
    int64_t id = offer.id;
    offer.id = 0;
    offer.content = (char *)"x64 en-us,fr-fr proofing= arm64=no";
    offer.files_digest = digest_of_text("longer list");
    offer.live_since = 9000;
    begin(world);
    assert_ok(catalog_offer_extend(world->state, &offer, &files, &err));
    commit(world);
    assert_int_equal(offer.id, id);
    read = live(world, "pilot");
    assert_int_equal(read.id, id);
    assert_int_equal(read.live_since, 1000);
    assert_string_equal(read.content, offer.content);
    assert_true(digest_equal(&read.files_digest, &offer.files_digest));
    offer_clear(&read);
    assert_ok(catalog_offer_files(world->state, id, &got, &err));
    assert_int_equal(got.len, 2);
    catalog_files_clear(&got);
    start(world, NEW_BUILD, 2000, "promote");
    begin(world);
    assert_fails(catalog_offer_extend(world->state, &offer, &files, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "pilot"));
    state_abort(world->state);
}

/* For people. */

static void test_the_last_sync_is_kept_for_each_ring(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct last_sync last = {1000, "failed", "no route"}, read;
    assert_ok(catalog_last_sync_get(world->state, "pilot", &read, &err));
    assert_int_equal(read.at_unix, -1);
    assert_null(read.result);
    assert_ok(catalog_last_sync_put(world->state, "pilot", &last, &err));
    assert_ok(catalog_last_sync_get(world->state, "pilot", &read, &err));
    assert_int_equal(read.at_unix, 1000);
    assert_string_equal(read.result, "failed");
    assert_string_equal(read.error, "no route");
    last_sync_clear(&read);
    last = (struct last_sync){2000, "new", NULL};
    begin(world); /* within a transaction too */
    assert_ok(catalog_last_sync_put(world->state, "pilot", &last, &err));
    commit(world);
    assert_ok(catalog_last_sync_get(world->state, "pilot", &read, &err));
    assert_int_equal(read.at_unix, 2000);
    assert_string_equal(read.result, "new");
    assert_null(read.error);
    last_sync_clear(&read);
    assert_ok(catalog_last_sync_get(world->state, "production", &read, &err));
    assert_int_equal(read.at_unix, -1);
}

static void raise_attention(struct world *world, const char *severity, const char *ring, const char *subject,
                            int64_t now)
{
    struct err err = {0};
    struct attention attention = {.severity = severity,
                                  .ring = ring,
                                  .code = "share-foreign",
                                  .subject = subject,
                                  .text = severity,
                                  .since_unix = now};
    assert_ok(catalog_attention_raise(world->state, &attention, &err));
}

static struct attentions attentions_of(struct world *world)
{
    struct err err = {0};
    struct attentions all;
    assert_ok(catalog_attentions(world->state, &all, &err));
    return all;
}

static void test_an_attention_is_renewed_where_it_stands(void **out)
{
    struct world *world = *out;
    struct attentions all;
    raise_attention(world, "warning", "pilot", "x", 1000);
    all = attentions_of(world);
    assert_int_equal(all.len, 1);
    int64_t id = all.item[0].id;
    assert_string_equal(all.item[0].ring, "pilot");
    assert_string_equal(all.item[0].code, "share-foreign");
    assert_string_equal(all.item[0].subject, "x");
    assert_null(all.item[0].command);
    attentions_clear(&all);
    raise_attention(world, "critical", "pilot", "x", 2000);
    all = attentions_of(world);
    assert_int_equal(all.len, 1);
    assert_int_equal(all.item[0].id, id);
    assert_int_equal(all.item[0].since_unix, 1000);
    assert_string_equal(all.item[0].text, "critical");
    assert_string_equal(all.item[0].severity, "critical");
    attentions_clear(&all);
}

static void test_attentions_are_ordered_most_severe_then_oldest(void **out)
{
    struct world *world = *out;
    struct attentions all;
    static const int64_t order[] = {300, 900, 200, 800, 100};
    raise_attention(world, "info", NULL, "", 100);
    raise_attention(world, "warning", NULL, "b", 800);
    raise_attention(world, "critical", "a", "", 900);
    raise_attention(world, "warning", "a", "b", 200);
    raise_attention(world, "critical", "b", "", 300);
    all = attentions_of(world);
    assert_int_equal(all.len, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(all.item[i].since_unix, order[i]);
    assert_null(all.item[4].ring);
    attentions_clear(&all);
}

static size_t clear_and_count(struct world *world, const char *code, const char *ring, const char *except)
{
    struct err err = {0};
    assert_ok(catalog_attention_clear(world->state, code, ring, except, &err));
    struct attentions all = attentions_of(world);
    size_t len = all.len;
    attentions_clear(&all);
    return len;
}

static void test_attentions_are_cleared_by_code_and_ring(void **out)
{
    struct world *world = *out;
    raise_attention(world, "info", NULL, "x", 1);
    raise_attention(world, "info", "pilot", "x", 2);
    raise_attention(world, "info", "pilot", "y", 3);
    raise_attention(world, "info", "production", "x", 4);
    assert_int_equal(clear_and_count(world, "another-code", "pilot", NULL), 4);
    assert_int_equal(clear_and_count(world, "share-foreign", "pilot", "y"), 3);
    assert_int_equal(clear_and_count(world, "share-foreign", NULL, NULL), 2);
    assert_int_equal(clear_and_count(world, "share-foreign", "pilot", NULL), 1);
    assert_int_equal(clear_and_count(world, "share-foreign", "production", NULL), 0);
}

/* Queries stay flat: 1,000 builds of 60 files, and no statement walks through a table. */

static int64_t steps_of_scans;

static int count_scans(unsigned what, void *context, void *stmt, void *nanoseconds)
{
    (void)what;
    (void)context;
    (void)nanoseconds;
    int steps = sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
    if (steps > 1) {
        fprintf(stderr, "%d steps of a full scan: %s\n", steps, sqlite3_sql(stmt));
        steps_of_scans += steps;
    }
    return 0;
}

static void fill_state(struct world *world)
{
    raw_sql(world,
            "BEGIN;"
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
            " INSERT INTO build (id, channel, build, staged_unix) SELECT i, 'MonthlyEnterprise',"
            " printf('0000000016.0000000000.00000%05d.0000020100', 10000 + i), i FROM n;"
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
            " INSERT INTO build_file SELECT build.id, printf('folder/stream.%03d.dat', i), zeroblob(32), i,"
            " NULL, 0 FROM build, n;"
            "INSERT INTO release SELECT channel, build, '2607', id, 0, id FROM build;"
            "INSERT INTO recall SELECT channel, build, id FROM build;"
            "INSERT INTO offer (ring, channel, build, content, sha256, live_since, live_until, by, ended,"
            " removed_unix) SELECT 'pilot', channel, build, 'x64', zeroblob(32), id, id + 1, 'anna',"
            " 'promote', id FROM build;"
            "INSERT INTO offer_file SELECT offer.id, path, build_file.sha256, bytes FROM offer, build_file"
            " WHERE build_id = offer.id;"
            "INSERT INTO approval (ring, channel, build, sha256, account, at_unix) SELECT 'pilot', channel,"
            " build, zeroblob(32), 'anna', id FROM build;"
            "INSERT INTO block (ring, channel, build, by, at_unix) SELECT 'pilot', channel, build, 'anna', id"
            " FROM build;"
            "INSERT INTO intent SELECT lower(hex(zeroblob(14))) || printf('%04d', id), 'pilot', channel,"
            " NULL, build, 'publish', 'x64', zeroblob(32), 'anna', 'x', NULL, id, id, 'done' FROM build;"
            "INSERT INTO history SELECT id, id, 'anna', 'x', 'promote', 'pilot', channel, build, NULL, NULL,"
            " NULL, lower(hex(zeroblob(32))), lower(hex(zeroblob(32))) FROM build ORDER BY id;"
            "COMMIT;");
}

static void ask_everything(struct world *world, const struct build *build)
{
    struct err err = {0};
    struct catalog_build found_build;
    struct catalog_files files;
    struct release release;
    struct offers offers;
    struct offer offer;
    struct block block;
    struct intent intent;
    struct approvals approvals;
    struct approval_key key = {"pilot", mec(), *build, {{0}}};
    char hash[DIGEST_TEXT_SIZE];
    int64_t when;
    bool found;
    assert_ok(catalog_build_find(world->state, mec(), build, &found_build, &found, &err) && found);
    assert_ok(catalog_build_newest(world->state, mec(), NULL, &found_build, &found, &err) && found);
    assert_ok(catalog_build_newest(world->state, mec(), build, &found_build, &found, &err) && found);
    assert_ok(catalog_files_get(world->state, mec(), build, &files, &err) && files.len == 60);
    catalog_files_clear(&files);
    assert_ok(catalog_release_find(world->state, mec(), build, &release, &found, &err) && found);
    assert_ok(catalog_recalled(world->state, mec(), build, &when, &err) && when > 0);
    assert_ok(catalog_newest_signed(world->state, &when, &err));
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), build, &offer, &found, &err) && found);
    offer_clear(&offer);
    assert_ok(catalog_offer_live(world->state, "pilot", &offer, &found, &err) && !found);
    assert_ok(catalog_offer_files(world->state, 500, &files, &err) && files.len == 60);
    catalog_files_clear(&files);
    assert_ok(catalog_offers_standing(world->state, "pilot", &offers, &err) && offers.len == 0);
    assert_ok(decision_approvals(world->state, &key, &approvals, &err) && approvals.len == 1);
    approvals_clear(&approvals);
    assert_ok(decision_blocked(world->state, "pilot", mec(), build, &block, &found, &err) && found);
    block_clear(&block);
    assert_ok(journal_head(world->state, hash, &when, &err));
    assert_ok(journal_intent_find(world->state, "pilot", &intent, &found, &err) && !found);
}

static void write_everything(struct world *world, const struct build *build)
{
    struct err err = {0};
    struct approval_key key = {"pilot", mec(), *build, {{0}}};
    struct block block = {.channel = mec(), .build = *build, .by = "anna", .at_unix = 1};
    struct entry entry = {.time_unix = 5000, .actor = "anna", .identity = "x", .action = "promote"};
    struct digest digest = {{0}};
    bool flag;
    int64_t since;
    begin(world);
    assert_ok(catalog_build_staged(world->state, mec(), build, 1, &err));
    assert_ok(catalog_file_put(world->state, mec(), build, "new", &digest, 1, &err));
    assert_ok(catalog_file_absent(world->state, mec(), build, "absent", 1, true, &since, &err));
    assert_ok(catalog_recalls_add(world->state, mec(), build, 1, 1, &err));
    assert_ok(catalog_offer_removed(world->state, "pilot", mec(), build, 1, &err));
    assert_ok(decision_approve(world->state, &key, "bob", 1, NULL, &flag, &err));
    assert_ok(decision_revoke(world->state, &key, "bob", 1, &flag, &err) && flag);
    assert_ok(decision_block(world->state, &block, &flag, &err));
    assert_ok(decision_unblock(world->state, mec(), build, NULL, 1, &flag, &err) && flag);
    assert_ok(journal_append(world->state, &entry, &err));
    commit(world);
    start(world, NEW_BUILD, 2000, "promote");
}

static void test_no_query_walks_through_a_table(void **out)
{
    struct world *world = *out;
    struct build build = build_of("16.0.10500.20100");
    fill_state(world);
    steps_of_scans = 0;
    sqlite3_trace_v2(world->state->db, SQLITE_TRACE_PROFILE, count_scans, NULL);
    ask_everything(world, &build);
    write_everything(world, &build);
    sqlite3_trace_v2(world->state->db, 0, NULL, NULL);
    assert_int_equal(steps_of_scans, 0);
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
        world_test(test_files_belong_to_channel_and_build),
        world_test(test_an_absence_counts_once_it_stands),
        world_test(test_a_proven_file_replaces_an_absence_and_stays),
        world_test(test_a_selection_has_the_digest_of_its_sorted_lines),
        world_test(test_an_offer_is_live_until_the_next_one),
        world_test(test_a_clock_that_went_back_ends_no_offer_before_it_began),
        world_test(test_the_newest_offer_of_a_build_is_found),
        world_test(test_standing_offers_have_their_folder),
        world_test(test_an_offer_remembers_its_files),
        world_test(test_an_extended_offer_is_live_since_before),
        world_test(test_the_last_sync_is_kept_for_each_ring),
        world_test(test_an_attention_is_renewed_where_it_stands),
        world_test(test_attentions_are_ordered_most_severe_then_oldest),
        world_test(test_attentions_are_cleared_by_code_and_ring),
        world_test(test_no_query_walks_through_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
