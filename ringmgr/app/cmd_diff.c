#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/candidate.h"
#include "ringmgr/ops/diff.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- JSON ---- */

static struct jv *list_to_json(const struct strv *list)
{
    struct jv *array = jv_array();
    for (size_t i = 0; i < list->len; i++)
        jv_push_text(array, list->item[i]);
    return array;
}

static void put_files(struct jv *result, const struct diff *diff)
{
    struct jv *files = jv_object(), *names = jv_object();
    jv_set_int(files, "new", (int64_t)diff->files_new.len);
    jv_set_int(files, "changed", (int64_t)diff->files_changed.len);
    jv_set_int(files, "same", (int64_t)diff->files_same.len);
    jv_set_int(files, "gone", (int64_t)diff->files_gone.len);
    jv_set(names, "new", list_to_json(&diff->files_new));
    jv_set(names, "changed", list_to_json(&diff->files_changed));
    jv_set(names, "same", list_to_json(&diff->files_same));
    jv_set(names, "gone", list_to_json(&diff->files_gone));
    jv_set(result, "files", files);
    jv_set(result, "names", names);
}

static void put_lists(struct jv *result, const struct diff *diff)
{
    jv_set(result, "missing", list_to_json(&diff->facts.missing));
    jv_set(result, "languages_added", list_to_json(&diff->languages.added));
    jv_set(result, "languages_removed", list_to_json(&diff->languages.removed));
    jv_set(result, "proofing_added", list_to_json(&diff->proofing.added));
    jv_set(result, "proofing_removed", list_to_json(&diff->proofing.removed));
    jv_set(result, "architectures_added", list_to_json(&diff->architectures.added));
    jv_set(result, "architectures_removed", list_to_json(&diff->architectures.removed));
}

static void put_bytes(struct jv *result, const struct diff *diff)
{
    jv_set_int(result, "bytes_total", (int64_t)diff->bytes_total);
    jv_set_int(result, "bytes_changed", (int64_t)diff->bytes_changed);
    jv_set_int(result, "bytes_on_disk", (int64_t)diff->bytes_on_disk);
    jv_set_int(result, "bytes_machine", (int64_t)diff->machine.bytes);
    jv_set_bool(result, "bytes_machine_exact", diff->machine.exact);
}

static struct jv *support_to_json(const struct support_build *build, const char *version,
                                  const struct deadline *deadline, int64_t days)
{
    struct jv *object = jv_object();
    jv_set_text(object, "version", *version ? version : NULL);
    jv_set_time(object, "released", build->released_unix);
    jv_set_time(object, "deadline", deadline->at_unix);
    jv_set_text(object, "basis", support_basis_text(deadline->basis));
    if (deadline->at_unix >= 0)
        jv_set_int(object, "days_left", days);
    else
        jv_set(object, "days_left", NULL);
    return object;
}

static void put_support(struct jv *result, const struct diff *diff)
{
    const struct facts *facts = &diff->facts;
    struct jv *support = jv_object();
    jv_set(support, "from",
           facts->has_live ? support_to_json(&facts->live_support, diff->from_version,
                                             &facts->gate.live_deadline, diff->from_days)
                           : NULL);
    jv_set(support, "to",
           support_to_json(&facts->support, facts->support.version, &facts->gate.deadline, diff->to_days));
    jv_set(result, "support", support);
}

/* Of a build that has been compared. */
static struct jv *approvals_to_json(const struct diff *diff)
{
    const struct gate_facts *gate = &diff->facts.gate;
    struct jv *approvals = jv_object(), *by = jv_array();
    for (size_t i = 0; i < gate->approvers; i++)
        if (gate->approver[i].counts)
            jv_push_text(by, gate->approver[i].person);
    jv_set_int(approvals, "need", gate->ring->approvals);
    jv_set_int(approvals, "have", gate_count_approvals(gate));
    jv_set(approvals, "by", by);
    return approvals;
}

static void put_json(struct jv *result, const struct diff *diff)
{
    char digest[DIGEST_TEXT_SIZE];
    digest_format(&diff->facts.files_digest, digest);
    output_set_build(result, "from", &diff->facts.gate.live);
    output_set_build(result, "to", &diff->facts.gate.build);
    put_files(result, diff);
    put_lists(result, diff);
    put_bytes(result, diff);
    jv_set_text(result, "files_digest", digest);
    jv_set(result, "approvals", approvals_to_json(diff));
    put_support(result, diff);
}

/* ---- text ---- */

static void print_build(const struct build *build, const char *version, int64_t released_unix)
{
    char number[BUILD_TEXT_SIZE], date[ZONE_DATE_SIZE];
    build_format(build, number);
    printf("%s", build_is_none(build) ? "empty" : number);
    if (!*version)
        return;
    zone_format_date(zone_day(released_unix), date);
    printf(" (%s, released %s)", version, date);
}

static void print_names(char sign, const struct strv *names)
{
    for (size_t i = 0; i < names->len; i++)
        printf("    %c %s\n", sign, names->item[i]);
}

static void print_files(const struct app *app, const struct diff *diff)
{
    printf("  files     %zu new, %zu changed, %zu the same, %zu gone\n", diff->files_new.len,
           diff->files_changed.len, diff->files_same.len, diff->files_gone.len);
    if (diff->facts.missing.len)
        printf("  missing   %zu of the files that the ring's content wants are not in the store\n",
               diff->facts.missing.len);
    if (app->arguments.log.level != LOG_VERBOSE)
        return;
    print_names('+', &diff->files_new);
    print_names('~', &diff->files_changed);
    print_names('=', &diff->files_same);
    print_names('-', &diff->files_gone);
    print_names('!', &diff->facts.missing);
}

static void print_lists(const char *what, const struct diff_lists *lists)
{
    if (lists->added.len + lists->removed.len == 0)
        return;
    printf("  %-9s", what);
    for (size_t i = 0; i < lists->added.len; i++)
        printf(" +%s", lists->added.item[i]);
    for (size_t i = 0; i < lists->removed.len; i++)
        printf(" -%s", lists->removed.item[i]);
    puts("");
}

static void print_bytes(const struct diff *diff)
{
    char total[32], changed[32], disk[32], machine[32];
    output_bytes(diff->bytes_total, total);
    output_bytes(diff->bytes_changed, changed);
    output_bytes(diff->bytes_on_disk, disk);
    output_bytes(diff->machine.bytes, machine);
    printf("  bytes     %s, %s of it changed; %s more on disk\n", total, changed, disk);
    printf("  machine   fetches %s%s\n", diff->machine.exact ? "" : "at most ", machine);
}

static void print_deadline(const struct deadline *deadline, int64_t days)
{
    char date[CLOCK_TEXT_SIZE];
    if (deadline->at_unix < 0) {
        printf("no end known");
        return;
    }
    clock_format_date(deadline->at_unix, date); /* as Microsoft names it: in UTC */
    printf("until %s (%" PRId64 " days, %s)", date, days, support_basis_text(deadline->basis));
}

static void print_support(const struct diff *diff)
{
    printf("  support   ");
    if (diff->facts.has_live) {
        print_deadline(&diff->facts.gate.live_deadline, diff->from_days);
        printf(" -> ");
    }
    print_deadline(&diff->facts.gate.deadline, diff->to_days);
    puts("");
}

static void print_approvals(const struct diff *diff)
{
    const struct gate_facts *gate = &diff->facts.gate;
    char digest[DIGEST_TEXT_SIZE];
    digest_format(&diff->facts.files_digest, digest);
    printf("  digest    %s\n", digest);
    printf("  approvals %u of %u for exactly this", gate_count_approvals(gate), gate->ring->approvals);
    const char *before = ": ";
    for (size_t i = 0; i < gate->approvers; i++)
        if (gate->approver[i].counts) {
            printf("%s%s", before, gate->approver[i].person);
            before = ", ";
        }
    puts("");
}

static void print_diff(const struct app *app, const struct diff *diff)
{
    const struct facts *facts = &diff->facts;
    printf("%s: ", facts->gate.ring->name);
    print_build(&facts->gate.live, diff->from_version, facts->live_support.released_unix);
    printf(" -> ");
    print_build(&facts->gate.build, facts->support.version, facts->support.released_unix);
    puts("");
    print_files(app, diff);
    print_lists("languages", &diff->languages);
    print_lists("proofing", &diff->proofing);
    print_lists("arch", &diff->architectures);
    print_bytes(diff);
    print_support(diff);
    print_approvals(diff);
}

/* ---- the command ---- */

static bool choose(const struct app *app, const struct ring *ring, struct build *build, bool *found,
                   struct err *err)
{
    *found = true;
    if (app->arguments.word.len > 1)
        return arguments_build(app, 1, build, err);
    return candidate_choose(&app->job, ring, facts_lane(ring), build, found, err);
}

enum err_code cmd_diff(struct app *app, struct err *err)
{
    const struct ring *ring = arguments_ring(app, app->arguments.word.item[0], err);
    struct diff diff AUTO(diff_clear) = {0};
    struct build build;
    bool found;
    if (!ring || !choose(app, ring, &build, &found, err))
        return err->code;
    jv_set_text(app->result, "ring", ring->name);
    if (!found) {
        jv_set(app->result, "to", NULL);
        if (!app->arguments.json)
            printf("%s: there is no build that it could take\n", ring->name);
        return ERR_NONE;
    }
    if (!diff_make(&app->job, ring, &build, &diff, err))
        return err->code;
    put_json(app->result, &diff);
    if (!app->arguments.json)
        print_diff(app, &diff);
    return ERR_NONE;
}
