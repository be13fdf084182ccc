/* What a machine does with a share: shares published by the real promotion, descriptors and segment tables of
 * the test's own. */
#include "c2r/make_cabinet.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/client.h"
#include "world.h"

static const struct build OLDER = {{16, 0, 20100, 20000}}, NEWER = {{16, 0, 20300, 20100}};
static const struct build NONE = {{0}};
static const char *const MONTHLY = "55336b82-a18d-4dd6-b5f6-9e5095c314a6";
static const char *const CURRENT = "492350f6-3a01-4f97-b9c0-c7c6ddf67d60";

enum { SEGMENT = 10, HEADER = 24 };

/* ---- builds ---- */

/* The values of a build's x-none segments; those of another stream are the same and 100 more. */
struct made {
    struct build build;
    const char *guid;
    uint8_t value[4];
};

static const struct made MADE_OLD = {{{16, 0, 20131, 20150}}, MONTHLY, {1, 2, 3, 4}};
static const struct made MADE_NEW = {{{16, 0, 20228, 20188}}, MONTHLY, {1, 9, 3, 8}};

static void make_descriptor(const struct made *made, struct buf *out)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&made->build, build);
    char *xml AUTO_FREE = mem_printf(
        "<Version><Available Build=\"%s\"/><DeliveryMechanism FFNRoot=\"%s\"/></Version>", build, made->guid);
    const struct made_member member = {"VersionDescriptor.xml", xml, strlen(xml), 0};
    make_cabinet(&member, 1, out);
}

/* One file of four segments. */
static void make_table(const struct made *made, int more, struct buf *out)
{
    const uint32_t record = HEADER, segments = HEADER + 19 + 4;
    const uint32_t header[] = {1, HEADER, segments, segments + 4 * 59, segments + 4 * 59, 4 * SEGMENT};
    for (int i = 0; i < 6; i++)
        put_le(out, header[i], 4);
    put_le(out, 4 * SEGMENT, 4);
    put_le(out, 2, 2);
    put_le(out, segments, 4);
    put_le(out, 0, 9);
    put_utf16(out, "a", false);
    put_le(out, 0, 2);
    for (uint32_t i = 0; i < 4; i++) {
        put_le(out, record, 4);
        for (int twice = 0; twice < 2; twice++) {
            put_le(out, i * SEGMENT, 4);
            put_le(out, (i + 1) * SEGMENT, 4);
        }
        put_le(out, made->value[i] + (uint64_t)more, 32 + 7);
    }
}

static void make_stream_cabinet(const struct made *made, const struct build_file *file,
                                const struct filelist *list, struct buf *out)
{
    AUTO_BUF table = {0};
    make_table(made, file->lcid ? 100 : 0, &table);
    for (size_t i = 0; i < list->len; i++) {
        const struct build_file *stream = &list->file[i];
        if (stream->kind != FILE_STREAM || strcmp(stream->proof, file->path) != 0)
            continue;
        char *name AUTO_FREE = mem_printf("%.*s.man.dat", (int)strlen(stream->member) - 5, stream->member);
        const struct made_member member[] = {{name, table.data, table.len, 0},
                                             {"path", file->path, strlen(file->path), 0}};
        make_cabinet(member, 2, out);
    }
}

/* Installers are the same in every build, everything else holds its path. */
static void make_file(const struct made *made, const struct build_file *file, const struct filelist *list,
                      struct buf *out)
{
    if (file->kind == FILE_DESCRIPTOR)
        make_descriptor(made, out);
    else if (file->kind == FILE_STREAM_CAB)
        make_stream_cabinet(made, file, list, out);
    else if (file->kind == FILE_STREAM)
        buf_printf(out, "%-*.*s", 4 * SEGMENT, 4 * SEGMENT, file->path);
    else
        buf_puts(out, file->kind == FILE_CABINET ? file->name : file->path);
}

static struct digest put_object(struct world *world, const struct buf *content)
{
    struct incoming *in;
    struct digest digest;
    struct err err = {0};
    assert_ok(incoming_open(world->store, "object", &in, &err));
    assert_ok(incoming_write(in, content->data, content->len, &err));
    assert_ok(incoming_commit(in, &digest, &err));
    return digest;
}

static void stage(struct world *world, const struct made *made, const struct content *content)
{
    const struct channel *channel = channel_find_guid(made->guid);
    struct filelist list = {0};
    struct err err = {0};
    assert_ok(filelist_make(channel, &made->build, content, &list, &err));
    assert_ok(state_begin(world->state, &err));
    for (size_t i = 0; i < list.len; i++) {
        AUTO_BUF bytes = {0};
        make_file(made, &list.file[i], &list, &bytes);
        struct digest digest = put_object(world, &bytes);
        assert_ok(catalog_file_put(world->state, channel, &made->build, list.file[i].path, &digest, bytes.len,
                                   &err));
    }
    assert_ok(catalog_build_staged(world->state, channel, &made->build, 1785000000, &err));
    assert_ok(state_commit(world->state, &err));
    filelist_clear(&list);
}

/* Stages and promotes into pilot. */
static void publish(struct world *world, const struct made *made)
{
    struct err err = {0};
    stage(world, made, &world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, &made->build, NULL, &err), PROMOTE_DONE);
}

/* ---- asking ---- */

static struct client machine(const struct build *have)
{
    struct client client = {.have = *have};
    client.content.architectures = ARCH_X64;
    strv_add(&client.content.languages, "en-us");
    return client;
}

/* Asks pilot; frees the client. */
static struct client_answer ask(struct world *world, struct client client)
{
    struct client_answer answer;
    struct err err = {0};
    assert_ok(client_ask(&world->job, world->pilot, &client, &answer, &err));
    content_clear(&client.content);
    return answer;
}

static struct client_answer ask_from(struct world *world, const struct build *have)
{
    return ask(world, machine(have));
}

static struct client_answer ask_target(struct world *world, const struct build *have,
                                       const struct build *target)
{
    struct client client = machine(have);
    client.target = *target;
    return ask(world, client);
}

/* The path of a file in pilot's share; the caller frees it. */
static char *shared(struct world *world, const char *path)
{
    return mem_printf("%s/Office/Data/%s", world->pilot->path, path);
}

static void replace(struct world *world, const char *path, const void *bytes, size_t len)
{
    char *name AUTO_FREE = shared(world, path);
    unlink(name);
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fwrite(bytes, 1, len, file);
    fclose(file);
}

static void drop(struct world *world, const char *path)
{
    char *name AUTO_FREE = shared(world, path);
    assert_int_equal(unlink(name), 0);
}

/* Bytes of NEW's files of these kinds, by the catalog. */
static uint64_t bytes_of(struct world *world, unsigned kinds)
{
    struct filelist list = {0};
    struct catalog_files files = {0};
    struct err err = {0};
    uint64_t bytes = 0;
    assert_ok(download_list(world->state, world->pilot->channel, &NEW, &world->pilot->content, &list, &files,
                            &err));
    for (size_t i = 0; i < list.len; i++)
        if (kinds & (1u << list.file[i].kind))
            bytes += catalog_files_find(&files, list.file[i].path)->bytes;
    filelist_clear(&list);
    catalog_files_clear(&files);
    return bytes;
}

enum {
    ALL_KINDS = ~(1u << FILE_DESCRIPTOR),
    CHANGED_CABINETS = 1u << FILE_STREAM_CAB | 1u << FILE_STREAM_CAT | 1u << FILE_CABINET_CAT
};

/* ---- cases ---- */

static void a_newer_build_is_taken_and_only_missing_segments_are_fetched(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_OLD);
    publish(world, &MADE_NEW);
    struct client_answer answer = ask_from(world, &OLD);
    assert_int_equal(answer.outcome, CLIENT_UPDATE);
    assert_int_equal(build_compare(&answer.build, &NEW), 0);
    assert_true(answer.download.exact);
    /* two of four segments in each of two streams */
    assert_int_equal(answer.download.bytes, bytes_of(world, CHANGED_CABINETS) + 2 * 2 * SEGMENT);
    assert_int_equal(answer.download.whole, bytes_of(world, ALL_KINDS));
    assert_string_equal(answer.foreign, "");
    client_answer_clear(&answer);
}

static void from_an_unknown_build_every_byte_counts_and_it_is_no_exact_number(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    struct client_answer answer = ask_from(world, &OLDER);
    assert_int_equal(answer.outcome, CLIENT_UPDATE);
    assert_false(answer.download.exact);
    assert_int_equal(answer.download.bytes, bytes_of(world, ALL_KINDS));
    client_answer_clear(&answer);
}

static void a_stream_without_table_counts_whole(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_OLD);
    publish(world, &MADE_NEW);
    struct filelist list = {0};
    struct catalog_files files = {0};
    struct err err = {0};
    assert_ok(download_list(world->state, world->pilot->channel, &NEW, &world->pilot->content, &list, &files,
                            &err));
    assert_ok(
        store_evict(world->store, &catalog_files_find(&files, "16.0.20228.20188/s640.cab")->digest, &err));
    struct client_answer answer = ask_from(world, &OLD);
    assert_false(answer.download.exact);
    assert_int_equal(answer.download.bytes, bytes_of(world, CHANGED_CABINETS) + 4 * SEGMENT + 2 * SEGMENT);
    client_answer_clear(&answer);
    filelist_clear(&list);
    catalog_files_clear(&files);
}

static void the_same_build_is_nothing_and_nothing_is_on_its_way(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    struct client_answer answer = ask_from(world, &NEW);
    assert_int_equal(answer.outcome, CLIENT_NOTHING);
    assert_false(answer.empty);
    assert_true(answer.has_arrival);
    assert_false(answer.arrival.known);
    client_answer_clear(&answer);
}

static void a_share_without_anything_is_nothing(void **state)
{
    struct world *world = *state;
    struct client_answer answer = ask_from(world, &OLDER);
    assert_int_equal(answer.outcome, CLIENT_NOTHING);
    assert_true(answer.empty);
    assert_true(build_is_none(&answer.build));
    assert_true(answer.arrival.known); /* OLD is staged */
    assert_int_equal(build_compare(&answer.arrival.build, &OLD), 0);
    client_answer_clear(&answer);
}

static void a_machine_ahead_of_the_ring_waits_for_what_is_staged(void **state)
{
    struct world *world = *state;
    const struct build between = {{16, 0, 20200, 1}};
    publish(world, &MADE_OLD);
    stage(world, &MADE_NEW, &world->pilot->content);
    struct client_answer answer = ask_from(world, &between);
    assert_int_equal(answer.outcome, CLIENT_NOTHING);
    assert_int_equal(build_compare(&answer.least, &between), 0);
    assert_true(answer.arrival.known);
    assert_ptr_equal(answer.arrival.ring, world->pilot);
    assert_int_equal(build_compare(&answer.arrival.build, &NEW), 0);
    client_answer_clear(&answer);
}

/* Removes a file, or puts another thing in its place, and says what a machine makes of it. */
static void fails_for(struct world *world, const char *path, const char *why)
{
    struct client_answer answer = ask_from(world, &OLDER);
    assert_int_equal(answer.outcome, CLIENT_FAIL);
    assert_int_equal(answer.missing.len, 1);
    assert_string_equal(answer.missing.item[0], path);
    assert_non_null(strstr(answer.problem, why));
    assert_int_equal(answer.download.bytes, 0);
    client_answer_clear(&answer);
}

static void one_missing_file_fails_the_update(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    drop(world, "16.0.20228.20188/stream.x64.en-us.dat");
    fails_for(world, "16.0.20228.20188/stream.x64.en-us.dat", "is missing");
}

static void a_file_of_another_size_fails_the_update(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    replace(world, "16.0.20228.20188/i640.cab", "x", 1);
    fails_for(world, "16.0.20228.20188/i640.cab", "has the wrong size");
}

static void a_link_is_not_followed(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    char *name AUTO_FREE = shared(world, "16.0.20228.20188/s640.cab");
    unlink(name);
    assert_int_equal(symlink("i640.cab", name), 0);
    fails_for(world, "16.0.20228.20188/s640.cab", "is not a regular file");
}

static void a_cat_that_the_build_has_is_needed(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    drop(world, "16.0.20228.20188/i640.cab.cat");
    fails_for(world, "16.0.20228.20188/i640.cab.cat", "is missing");
}

static void a_language_that_is_not_there_fails_the_update(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    struct client client = machine(&OLD);
    strv_add(&client.content.languages, "fr-fr");
    struct client_answer answer = ask(world, client);
    assert_int_equal(answer.outcome, CLIENT_FAIL);
    assert_true(strv_has(&answer.missing, "16.0.20228.20188/stream.x64.fr-fr.dat"));
    assert_true(strv_has(&answer.missing, "16.0.20228.20188/s641036.cab"));
    assert_true(strv_has(&answer.missing, "16.0.20228.20188/i641036.cab"));
    assert_int_equal(answer.missing.len, 3);
    client_answer_clear(&answer);
}

static void an_architecture_that_is_not_there_fails_the_update(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    struct client client = machine(&OLD);
    client.content.architectures = ARCH_X86;
    struct client_answer answer = ask(world, client);
    assert_int_equal(answer.outcome, CLIENT_FAIL);
    assert_int_equal(answer.missing.len, 1);
    assert_string_equal(answer.missing.item[0], "v32.cab");
    assert_non_null(strstr(answer.problem, "offers nothing for x86"));
    client_answer_clear(&answer);
}

static void a_pointer_that_the_books_have_and_the_share_lacks_fails_the_update(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    drop(world, "v64.cab");
    struct client_answer answer = ask_from(world, &OLD);
    assert_int_equal(answer.outcome, CLIENT_FAIL);
    assert_non_null(strstr(answer.problem, "verify pilot --repair"));
    client_answer_clear(&answer);
}

static void what_is_no_descriptor_fails_the_update(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    replace(world, "v64.cab", "MSCF or not", 11);
    struct client_answer answer = ask_from(world, &OLD);
    assert_int_equal(answer.outcome, CLIENT_FAIL);
    assert_int_equal(answer.missing.len, 0);
    assert_true(build_is_none(&answer.build));
    assert_non_null(strstr(answer.problem, "v64.cab: "));
    client_answer_clear(&answer);
}

static void a_newer_build_of_another_channel_moves_the_machine_there(void **state)
{
    struct world *world = *state;
    const struct made foreign = {NEWER, CURRENT, {1, 2, 3, 4}};
    AUTO_BUF descriptor = {0};
    publish(world, &MADE_NEW);
    make_descriptor(&foreign, &descriptor);
    replace(world, "v64.cab", descriptor.data, descriptor.len);
    struct client_answer answer = ask_from(world, &NEW);
    assert_int_equal(answer.outcome, CLIENT_FAIL); /* would move, but the files are not there */
    assert_int_equal(build_compare(&answer.build, &NEWER), 0);
    assert_non_null(strstr(answer.foreign, "not what ringmgr put there"));
    client_answer_clear(&answer);
    char *from AUTO_FREE = shared(world, "16.0.20228.20188");
    char *to AUTO_FREE = shared(world, "16.0.20300.20100");
    assert_int_equal(rename(from, to), 0);
    answer = ask_from(world, &NEW);
    assert_int_equal(answer.outcome, CLIENT_CHANNEL_CHANGE);
    assert_string_equal(answer.channel->id, "Current");
    assert_string_equal(answer.from->id, "MonthlyEnterprise");
    client_answer_clear(&answer);
    struct client client = machine(&NEW);
    client.channel = channel_find("Current");
    answer = ask(world, client);
    assert_int_equal(answer.outcome, CLIENT_UPDATE);
    client_answer_clear(&answer);
}

/* The ring went back from NEW to OLD, as `rollback` leaves books and share. */
static void go_back(struct world *world)
{
    AUTO_BUF descriptor = {0};
    struct catalog_files files = {0};
    struct offer offer = {0};
    struct err err = {0};
    bool found;
    publish(world, &MADE_OLD);
    publish(world, &MADE_NEW);
    make_descriptor(&MADE_OLD, &descriptor);
    replace(world, "v64.cab", descriptor.data, descriptor.len);
    assert_ok(catalog_offer_find(world->state, "pilot", world->pilot->channel, &OLD, &offer, &found, &err));
    assert_ok(catalog_offer_files(world->state, offer.id, &files, &err));
    struct offer back = offer;
    back.live_since += 1000;
    back.by = "ringmgr";
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_offer_start(world->state, &back, &files, "rollback", &err));
    assert_ok(state_commit(world->state, &err));
    catalog_files_clear(&files);
    offer_clear(&offer);
}

static void after_a_rollback_the_machine_needs_a_target_version(void **state)
{
    struct world *world = *state;
    go_back(world);
    struct client_answer answer = ask_from(world, &NEW);
    assert_int_equal(answer.outcome, CLIENT_NEEDS_TARGET);
    assert_int_equal(build_compare(&answer.build, &OLD), 0);
    assert_string_equal(answer.foreign, "");
    assert_true(answer.download.bytes > 0);
    client_answer_clear(&answer);
    answer = ask_target(world, &NEW, &OLD);
    assert_int_equal(answer.outcome, CLIENT_UPDATE);
    assert_int_equal(build_compare(&answer.build, &OLD), 0);
    assert_string_equal(answer.descriptor, "v64_16.0.20131.20150.cab");
    client_answer_clear(&answer);
}

static void the_way_back_may_be_barred(void **state)
{
    struct world *world = *state;
    go_back(world);
    drop(world, "16.0.20131.20150/s640.cab");
    struct client_answer answer = ask_from(world, &NEW);
    assert_int_equal(answer.outcome, CLIENT_NEEDS_TARGET);
    assert_int_equal(answer.missing.len, 1);
    assert_non_null(strstr(answer.problem, "s640.cab is missing"));
    client_answer_clear(&answer);
    answer = ask_target(world, &NEW, &OLD);
    assert_int_equal(answer.outcome, CLIENT_FAIL);
    client_answer_clear(&answer);
}

static void a_target_version_that_is_installed_is_nothing(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_OLD);
    publish(world, &MADE_NEW);
    struct client_answer answer = ask_target(world, &OLD, &OLD);
    assert_int_equal(answer.outcome, CLIENT_NOTHING);
    assert_false(answer.has_arrival);
    client_answer_clear(&answer);
}

static void a_target_version_that_is_not_there_fails(void **state)
{
    struct world *world = *state;
    publish(world, &MADE_NEW);
    struct client_answer answer = ask_target(world, &NEW, &OLDER);
    assert_int_equal(answer.outcome, CLIENT_FAIL);
    assert_int_equal(answer.missing.len, 1);
    assert_string_equal(answer.missing.item[0], "v64_16.0.20100.20000.cab");
    assert_non_null(strstr(answer.problem, "v64_16.0.20100.20000.cab"));
    client_answer_clear(&answer);
}

static void a_target_version_whose_descriptor_is_of_another_build_fails(void **state)
{
    struct world *world = *state;
    AUTO_BUF descriptor = {0};
    publish(world, &MADE_NEW);
    make_descriptor(&MADE_NEW, &descriptor);
    replace(world, "v64_16.0.20100.20000.cab", descriptor.data, descriptor.len);
    struct client_answer answer = ask_target(world, &NEW, &OLDER);
    assert_int_equal(answer.outcome, CLIENT_FAIL);
    assert_non_null(strstr(answer.problem, "of another build"));
    client_answer_clear(&answer);
}

static void a_machine_has_one_architecture_and_a_language(void **state)
{
    struct world *world = *state;
    struct client_answer answer;
    struct err err = {0};
    struct client client = machine(&OLD);
    client.content.architectures = ARCH_X64 | ARCH_X86;
    assert_false(client_ask(&world->job, world->pilot, &client, &answer, &err));
    assert_int_equal(err.code, ERR_USAGE);
    client.content.architectures = ARCH_X64;
    strv_clear(&client.content.languages);
    assert_false(client_ask(&world->job, world->pilot, &client, &answer, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

/* ---- arrival ---- */

static void a_ring_waits_for_its_source(void **state)
{
    struct world *world = *state;
    struct arrival arrival;
    struct err err = {0};
    world->production->soak = (struct soak_need){.seconds = 14 * 86400};
    stage(world, &MADE_NEW, &world->pilot->content);
    assert_ok(arrival_find(&world->job, world->production, &NEW, &arrival, &err));
    assert_true(arrival.known);
    assert_ptr_equal(arrival.ring, world->pilot);
    struct arrival first;
    assert_ok(arrival_find(&world->job, world->pilot, &NEW, &first, &err));
    assert_true(first.at_unix >= 0);
    assert_true(arrival.at_unix >= first.at_unix + 14 * 86400);
    assert_true(arrival.at_unix <= first.at_unix + 14 * 86400 + 60);
    assert_true(arrival.decision); /* production needs an approval */
}

static void a_freeze_comes_after_the_soak(void **state)
{
    struct world *world = *state;
    struct arrival free_way, frozen;
    struct err err = {0};
    char why[128], range[2 * ZONE_DATE_SIZE], from[ZONE_DATE_SIZE], to[ZONE_DATE_SIZE];
    world->production->soak = (struct soak_need){.seconds = 14 * 86400};
    stage(world, &MADE_NEW, &world->pilot->content);
    assert_ok(arrival_find(&world->job, world->production, &NEW, &free_way, &err));
    int64_t day = zone_day(free_way.at_unix);
    zone_format_date(day - 1, from);
    zone_format_date(day + 9, to);
    snprintf(range, sizeof range, "%s/%s", from, to);
    assert_true(calendar_add_range(&world->production->freeze, range, why));
    assert_ok(arrival_find(&world->job, world->production, &NEW, &frozen, &err));
    assert_int_equal(frozen.at_unix, zone_instant(day + 10, 0));
}

static void a_hold_without_an_end_is_a_decision_that_is_missing(void **state)
{
    struct world *world = *state;
    struct arrival arrival;
    struct err err = {0};
    struct hold hold = {.ring = "pilot",
                        .by = "games",
                        .reason = "wait",
                        .at_unix = 1785000000,
                        .until_unix = -1,
                        .lifted_unix = -1};
    assert_ok(arrival_find(&world->job, world->pilot, &OLD, &arrival, &err));
    assert_false(arrival.decision);
    assert_ok(state_begin(world->state, &err));
    assert_ok(hold_put(world->state, &hold, &err));
    assert_ok(state_commit(world->state, &err));
    assert_ok(arrival_find(&world->job, world->pilot, &OLD, &arrival, &err));
    assert_true(arrival.known && arrival.decision);
    assert_true(arrival.at_unix >= 0);
    assert_non_null(strstr(arrival.waits_for, "unhold pilot"));
}

static void a_blocked_build_never_arrives(void **state)
{
    struct world *world = *state;
    struct arrival arrival;
    struct decision decision;
    struct err err = {0};
    struct job job = world->job;
    job.identity = &world->games;
    stage(world, &MADE_NEW, &world->pilot->content);
    assert_ok(decide_block(&job, NULL, &NEW, "bad", &decision, &err));
    assert_ok(arrival_find(&world->job, world->production, &NEW, &arrival, &err));
    assert_false(arrival.known);
    assert_ok(arrival_find(&world->job, world->pilot, &NONE, &arrival, &err));
    assert_true(arrival.known);
    assert_int_equal(build_compare(&arrival.build, &OLD), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(a_newer_build_is_taken_and_only_missing_segments_are_fetched),
        OPS_CASE(from_an_unknown_build_every_byte_counts_and_it_is_no_exact_number),
        OPS_CASE(a_stream_without_table_counts_whole),
        OPS_CASE(the_same_build_is_nothing_and_nothing_is_on_its_way),
        OPS_CASE(a_share_without_anything_is_nothing),
        OPS_CASE(a_machine_ahead_of_the_ring_waits_for_what_is_staged),
        OPS_CASE(one_missing_file_fails_the_update),
        OPS_CASE(a_file_of_another_size_fails_the_update),
        OPS_CASE(a_link_is_not_followed),
        OPS_CASE(a_cat_that_the_build_has_is_needed),
        OPS_CASE(a_language_that_is_not_there_fails_the_update),
        OPS_CASE(an_architecture_that_is_not_there_fails_the_update),
        OPS_CASE(a_pointer_that_the_books_have_and_the_share_lacks_fails_the_update),
        OPS_CASE(what_is_no_descriptor_fails_the_update),
        OPS_CASE(a_newer_build_of_another_channel_moves_the_machine_there),
        OPS_CASE(after_a_rollback_the_machine_needs_a_target_version),
        OPS_CASE(the_way_back_may_be_barred),
        OPS_CASE(a_target_version_that_is_installed_is_nothing),
        OPS_CASE(a_target_version_that_is_not_there_fails),
        OPS_CASE(a_target_version_whose_descriptor_is_of_another_build_fails),
        OPS_CASE(a_machine_has_one_architecture_and_a_language),
        OPS_CASE(a_ring_waits_for_its_source),
        OPS_CASE(a_freeze_comes_after_the_soak),
        OPS_CASE(a_hold_without_an_end_is_a_decision_that_is_missing),
        OPS_CASE(a_blocked_build_never_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
