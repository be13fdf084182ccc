#include "ringmgr/ops/distribute_step.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/distribute_place.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A transfer of less tells nothing about the line. */
enum { RATE_FROM_BYTES = 1 << 20 };

struct call {
    struct part *part;
    const struct errand_end *end; /* of a take */
    enum site_trouble trouble;
    char *data; /* the ring's Office/Data in the outbox */
    char *empty;
    struct strv basis;
};

static void clear_call(struct call *call)
{
    mem_auto_free(&call->data);
    mem_auto_free(&call->empty);
    strv_clear(&call->basis);
}

static void begin_call(struct call *call, struct part *part, const struct errand_end *end)
{
    *call = (struct call){.part = part,
                          .end = end,
                          .data = outbox_data_path(goals_outbox(part->goals), part->ring->name),
                          .empty = outbox_empty_path(goals_outbox(part->goals))};
}

static struct site_load load_of(const struct call *call)
{
    const struct goal_build *build = call->part->at->build;
    return (struct site_load){.ring = call->part->ring->name,
                              .build = build->text,
                              .data = call->data,
                              .file = build->list,
                              .files = build->files.len};
}

/* ---- look ---- */

static bool plan_place(struct call *call, struct errand *errand, struct err *err)
{
    (void)err;
    site_place_plan(call->part->where, call->part->ring->name, errand);
    return true;
}

/* That there is no folder is told by who looks into it. */
static bool take_place(struct call *call, struct err *err)
{
    struct part *part = call->part;
    struct site_place place AUTO(site_place_clear) = {0};
    if (!site_place_read(part->where, call->end, &place, &call->trouble, err))
        return false;
    part->placed = true;
    if (!place.path)
        return true;
    call->trouble = SITE_NO_TARGET;
    if (!place_is_apart(part->job->settings, part->site->target, &place, err))
        return false;
    call->trouble = SITE_DENIED;
    return place.writable || part->options->task != DISTRIBUTE_CHECK ||
           err_set(
               err, ERR_FAILED,
               "%s: the account of ringmgr may not write there, or it is mounted read-only: look at owner, "
               "permissions and mount",
               part->site->target);
}

static bool plan_knock(struct call *call, struct errand *errand, struct err *err)
{
    (void)err;
    site_knock_plan(call->part->where, errand);
    return true;
}

static bool take_knock(struct call *call, struct err *err)
{
    call->part->knocked = site_judge(call->part->where, call->end, &call->trouble, err);
    return call->part->knocked;
}

static bool plan_list(struct call *call, struct errand *errand, struct err *err)
{
    (void)err;
    site_list_plan(call->part->where, call->part->ring->name, errand);
    return true;
}

static bool take_list(struct call *call, struct err *err)
{
    struct part *part = call->part;
    site_listing_clear(&part->listing);
    part->listed =
        site_list_read(part->where, part->ring->name, call->end, &part->listing, &call->trouble, err);
    part->fetched = part->noted = false;
    return part->listed;
}

static bool plan_fetch(struct call *call, struct errand *errand, struct err *err)
{
    struct part *part = call->part;
    char *folder AUTO_FREE =
        outbox_scratch(goals_outbox(part->goals), part->site->name, part->ring->name, err);
    if (!folder)
        return false;
    site_fetch_plan(part->where, part->ring->name, part->listing.pointers, folder, errand);
    return true;
}

static bool read_pointer(struct part *part, enum architecture architecture, struct err *err)
{
    AUTO_BUF bytes = {0};
    struct seen_pointer *seen = &part->seen[pointers_index(architecture)];
    *seen = (struct seen_pointer){.mtime_unix = -1};
    if (!outbox_fetched(goals_outbox(part->goals), part->site->name, part->ring->name, architecture,
                        &seen->present, &bytes, &seen->mtime_unix, err))
        return false;
    if (!seen->present)
        return true;
    seen->digest = digest_of(bytes.data, bytes.len);
    return site_pointer_find(part->job->state, part->ring->name, &seen->digest, &seen->channel, &seen->build,
                             err);
}

static bool take_fetch(struct call *call, struct err *err)
{
    struct part *part = call->part;
    part->noted = false;
    part->fetched = site_judge(part->where, call->end, &call->trouble, err) &&
                    read_pointer(part, ARCH_X86, err) && read_pointer(part, ARCH_X64, err);
    return part->fetched;
}

/* ---- bring ---- */

static bool plan_folders(struct call *call, struct errand *errand, struct err *err)
{
    const struct part *part = call->part;
    char *rings AUTO_FREE = outbox_rings_path(goals_outbox(part->goals));
    if (strv_has(&part->listing.links, part->at->build->text))
        return err_set(err, ERR_FAILED,
                       "%s/" TREE_DATA "/%s there is a symbolic link: put the folder itself in its place",
                       part->ring->name, part->at->build->text);
    site_folders_plan(part->where, part->ring->name, part->at->build->text, rings, part->listing.stands,
                      errand);
    return site_books_begin(&call->part->books, part->at->build, err);
}

static bool take_folders(struct call *call, struct err *err)
{
    struct part *part = call->part;
    if (!site_judge(part->where, call->end, &call->trouble, err))
        return false;
    part->listing.stands = true;
    if (!part_has_folder(part, part->at->build->text))
        strv_add(&part->listing.builds, part->at->build->text);
    part->at->closed_folder = false;
    return true;
}

/* Folders there that may hold the same files, or such that differ little: the same build in another ring,
 * then what the ring has. */
static void find_basis(struct call *call)
{
    const struct part *part = call->part;
    const char *build = part->at->build->text;
    for (size_t i = 0; i < part->site->rings.len; i++)
        if (strcmp(part->site->rings.item[i], part->ring->name) != 0)
            strv_addf(&call->basis, "%s/%s", part->site->rings.item[i], build);
    for (size_t i = part->listing.builds.len; i-- > 0;)
        if (strcmp(part->listing.builds.item[i], build) != 0)
            strv_addf(&call->basis, "%s/%s", part->ring->name, part->listing.builds.item[i]);
}

static struct site_stage stage_of(struct call *call, unsigned seconds)
{
    const struct part *part = call->part;
    find_basis(call);
    return (struct site_stage){.load = load_of(call),
                               .basis = &call->basis,
                               .rate_limit = part->site->rate_limit,
                               .by_content = part->at->by_content,
                               .until_seconds = seconds};
}

static bool plan_measure(struct call *call, struct errand *errand, struct err *err)
{
    struct site_stage stage = stage_of(call, 0);
    (void)err;
    site_measure_plan(call->part->where, &stage, errand);
    return true;
}

/* What was whole there is not any more: somebody or something has been at it. */
static void note_damage(struct part *part)
{
    struct progress *at = part->at;
    char *problem AUTO_FREE =
        mem_printf("lacks or has other than it had %" PRIu64 " of its files", at->to_send_files);
    at->damaged = true;
    part_note_wrong(part, at->build->text, problem);
}

static bool take_measure(struct call *call, struct err *err)
{
    struct part *part = call->part;
    struct site_sent sent;
    if (!site_sent_read(part->where, call->end, &sent, &call->trouble, err))
        return false;
    part->at->measured = true;
    part->at->to_send_files = sent.files;
    part->at->to_send_bytes = sent.bytes;
    if (sent.files > 0 && site_books_proven(&part->books, part->at->build))
        note_damage(part);
    return true;
}

static bool plan_stage(struct call *call, struct errand *errand, struct err *err)
{
    struct part *part = call->part;
    unsigned seconds = 0;
    if (!part_may_send(part, part->at, &seconds))
        seconds = 1;
    struct site_stage stage = stage_of(call, seconds);
    site_stage_plan(part->where, &stage, errand);
    const struct site_build *row =
        site_books_find(&part->books, part->at->build->channel, &part->at->build->build);
    part->at->broken =
        part->at->broken || (row && row->staged_unix < 0 && row->begun_unix < part->began_unix);
    return site_books_begin(&part->books, part->at->build, err);
}

/* Bytes a second of a transfer that was long enough to tell; else 0. */
static uint64_t rate_of(const struct site_sent *sent, int64_t ms)
{
    return sent->wire_bytes < RATE_FROM_BYTES || ms <= 0 ? 0 : sent->wire_bytes * 1000 / (uint64_t)ms;
}

static void raise_result(struct part *part, enum distribute_result result)
{
    if (part->result->result < result && part->result->result <= DISTRIBUTE_PROVEN)
        part->result->result = result;
}

/* The window has closed, or the goal has changed: what has arrived stays, and counts. */
static void take_cut(struct part *part, const struct errand_end *end)
{
    uint64_t done = site_progress(buf_text(&end->out));
    part->at->to_send_bytes -= done < part->at->to_send_bytes ? done : part->at->to_send_bytes;
    part->at->measured = false;
}

static bool take_stage(struct call *call, struct err *err)
{
    struct part *part = call->part;
    struct site_sent sent = {0};
    bool ok = site_sent_read(part->where, call->end, &sent, &call->trouble, err);
    part->result->sent_bytes += sent.wire_bytes;
    if (!ok) {
        part->at->measured = false;
        if (call->trouble == SITE_CLOSED)
            take_cut(part, call->end);
        return false;
    }
    part->at->to_send_files = part->at->to_send_bytes = 0;
    part->at->proven = part->at->compared = false;
    raise_result(part, DISTRIBUTE_STAGED);
    return site_books_staged(&part->books, part->at->build, rate_of(&sent, call->end->ms), err);
}

/* ---- prove ---- */

static enum site_proof proof_of(const struct part *part)
{
    return part->where->kind == WHERE_SSH && !part->at->by_rsync ? SITE_PROOF_SHA256 : SITE_PROOF_RSYNC;
}

/* A comparison takes the descriptors in; while they are on their way they come after it. */
static bool with_descriptors(const struct part *part)
{
    return part->options->task == DISTRIBUTE_VERIFY || part->options->task == DISTRIBUTE_REPAIR;
}

static bool plan_prove(struct call *call, struct errand *errand, struct err *err)
{
    const struct part *part = call->part;
    const struct site_load load = load_of(call);
    (void)err;
    site_prove_plan(part->where, &load, proof_of(part), with_descriptors(part), errand);
    return true;
}

static void count_checked(struct part *part)
{
    const struct goal_build *build = part->at->build;
    if (part->at->compared)
        return;
    part->result->checked_files += build->files.len;
    for (size_t i = 0; i < build->files.len; i++)
        part->result->checked_bytes += build->files.file[i].bytes;
}

/* Sorts what is wrong: files of the folder are sent again, descriptors are put again. */
static void note_wrongs(struct part *part, const struct site_wrongs *wrongs)
{
    struct progress *at = part->at;
    at->to_send_files = at->to_send_bytes = 0;
    at->described = with_descriptors(part) && !at->redescribe;
    for (size_t i = 0; i < wrongs->len; i++) {
        const struct share_file *file = wrongs->item[i].file;
        bool descriptor = !strchr(file->path, '/');
        part_note_wrong(part, file->path, wrongs->item[i].problem);
        at->described = at->described && !descriptor;
        at->to_send_files += !descriptor;
        at->to_send_bytes += descriptor ? 0 : file->bytes;
    }
    at->proven = at->to_send_files == 0;
}

/* What was sent again and is wrong still, no transfer puts right. */
static bool judge_wrongs(struct part *part, struct err *err)
{
    struct progress *at = part->at;
    bool again = at->by_content;
    if (at->proven)
        return true;
    at->by_content = true;
    if (part->options->task == DISTRIBUTE_VERIFY) {
        at->to_send_files = at->to_send_bytes = 0;
        return true;
    }
    return !again || err_set(err, ERR_NOT_GENUINE,
                             "%s: %" PRIu64 " files have other bytes there although they were sent again: is "
                             "its disk sound?",
                             at->build->text, at->to_send_files);
}

static bool take_prove(struct call *call, struct err *err)
{
    struct part *part = call->part;
    struct progress *at = part->at;
    struct site_wrongs wrongs AUTO(site_wrongs_clear) = {0};
    const struct site_load load = load_of(call);
    if (!site_prove_read(part->where, &load, proof_of(part), with_descriptors(part), call->end, &wrongs,
                         &call->trouble, err)) {
        bool other_way = call->trouble == SITE_UNABLE && proof_of(part) == SITE_PROOF_SHA256;
        at->by_rsync = at->by_rsync || other_way;
        return other_way;
    }
    if (at->asking || with_descriptors(part))
        part_judge_as_it_was(part, &wrongs);
    if (at->asking)
        return true;
    count_checked(part);
    at->compared = true;
    if (at->as_it_was) /* what was added since is for who brings it, not damage */
        return true;
    note_wrongs(part, &wrongs);
    if (at->proven && part->result->result == DISTRIBUTE_STAGED)
        raise_result(part, DISTRIBUTE_PROVEN);
    if (wrongs.len == 0)
        part_note_repaired(part, at->build->text);
    return site_books_judge(&part->books, at->build, at->proven, err) && judge_wrongs(part, err);
}

/* ---- modes, and what is not ours ---- */

static bool plan_survey(struct call *call, struct errand *errand, struct err *err)
{
    const struct part *part = call->part;
    (void)err;
    site_survey_plan(part->where, part->ring->name, part->at->build->text, errand);
    return true;
}

/* Sends what is closed again, which opens it. */
static void note_closed(struct part *part, const struct site_survey *survey)
{
    static const char CLOSED[] = "may not be read by everybody";
    struct progress *at = part->at;
    bool repair = part->options->task == DISTRIBUTE_REPAIR;
    for (size_t i = 0; i < survey->closed.len; i++)
        part_note_wrong(part, survey->closed.item[i], CLOSED);
    if (survey->closed_folder)
        part_note_wrong(part, at->build->text, CLOSED);
    for (size_t i = 0; i < part->listing.closed.len; i++)
        for (size_t j = 0; j < at->build->files.len; j++)
            if (strcmp(part->listing.closed.item[i], at->build->list[j].path) == 0) {
                part_note_wrong(part, part->listing.closed.item[i], CLOSED);
                at->redescribe = at->redescribe || repair;
            }
    at->described = at->described && !at->redescribe;
    at->closed_folder = repair && survey->closed_folder;
    at->by_content = true;
    if (repair)
        at->to_send_files = survey->closed.len + survey->closed_folder;
}

static bool take_survey(struct call *call, struct err *err)
{
    struct part *part = call->part;
    struct site_survey survey AUTO(site_survey_clear) = {0};
    const struct site_load load = load_of(call);
    if (!site_survey_read(part->where, &load, call->end, &survey, &call->trouble, err))
        return false;
    part->at->surveyed = true;
    for (size_t i = 0; i < survey.strange.len; i++)
        part_note_foreign(part, survey.strange.item[i], "is not ours: look whose it is");
    if (part->listing.modes)
        note_closed(part, &survey);
    return true;
}

/* ---- descriptors and pointers ---- */

static bool plan_describe(struct call *call, struct errand *errand, struct err *err)
{
    const struct site_load load = load_of(call);
    (void)err;
    site_descriptors_plan(call->part->where, &load, errand);
    return true;
}

static bool take_describe(struct call *call, struct err *err)
{
    struct part *part = call->part;
    const struct goal_build *build = part->at->build;
    if (!site_judge(part->where, call->end, &call->trouble, err))
        return false;
    for (size_t i = 0; i < build->files.len; i++)
        if (!strchr(build->list[i].path, '/') && !strv_has(&part->listing.descriptors, build->list[i].path))
            strv_add(&part->listing.descriptors, build->list[i].path);
    part->at->described = true;
    part->at->redescribe = false;
    part_note_repaired(part, build->text);
    return true;
}

static bool plan_flip(struct call *call, struct errand *errand, struct err *err)
{
    struct part *part = call->part;
    const struct seen_pointer *seen = &part->seen[pointers_index(part->architecture)];
    char *folder AUTO_FREE =
        outbox_pointer_path(goals_outbox(part->goals), part->site->name, part->ring->name);
    site_flip_plan(part->where, part->ring->name, part->architecture, folder, errand);
    return goals_pointer(part->goals, part->site->name, part->ring, part->at->build, part->architecture,
                         site_pointer_time(clock_now_unix(), seen->present ? seen->mtime_unix : -1), err);
}

static bool take_flip(struct call *call, struct err *err)
{
    struct part *part = call->part;
    const struct goal_build *build = part->at->build;
    size_t index = pointers_index(part->architecture);
    if (!site_judge(part->where, call->end, &call->trouble, err))
        return false;
    part->seen[index].present = true;
    part->seen[index].digest = build->pointers.digest[index];
    part->seen[index].channel = build->channel;
    part->seen[index].build = build->build;
    part->listing.pointers |= part->architecture;
    part->listing.closed_pointers &= ~(unsigned)part->architecture;
    part->put = true;
    return true;
}

/* ---- removal ---- */

/* However it ends, nobody counts on them any more: the build may be wanted again the next moment. */
static bool plan_undescribe(struct call *call, struct errand *errand, struct err *err)
{
    struct part *part = call->part;
    char build[BUILD_TEXT_SIZE];
    (void)err;
    build_format(&part->leaving.build, build);
    part_forget_descriptors(part, build);
    site_undescribe_plan(part->where, part->ring->name, build, call->empty, errand);
    return true;
}

static bool take_undescribe(struct call *call, struct err *err)
{
    struct part *part = call->part;
    bool ok = site_judge(part->where, call->end, &call->trouble, err);
    part->undescribed = ok ? part->leaving.build : (struct build){{0}};
    return ok;
}

static bool plan_remove(struct call *call, struct errand *errand, struct err *err)
{
    const struct part *part = call->part;
    char build[BUILD_TEXT_SIZE];
    (void)err;
    build_format(&part->leaving.build, build);
    site_remove_plan(part->where, part->ring->name, build, call->empty, errand);
    return true;
}

static bool take_remove(struct call *call, struct err *err)
{
    struct part *part = call->part;
    char build[BUILD_TEXT_SIZE];
    build_format(&part->leaving.build, build);
    part->undescribed = (struct build){{0}};
    if (!site_judge(part->where, call->end, &call->trouble, err) ||
        !site_books_gone(&part->books, part->leaving.channel, &part->leaving.build, err))
        return false;
    part_forget_folder(part, build);
    return true;
}

static bool plan_sweep(struct call *call, struct errand *errand, struct err *err)
{
    const struct part *part = call->part;
    (void)err;
    site_sweep_plan(part->where, part->ring->name, part->at ? part->at->build->text : NULL, call->empty,
                    errand);
    return true;
}

static bool take_sweep(struct call *call, struct err *err)
{
    struct part *part = call->part;
    if (part->at)
        part->at->broken = false;
    else
        part->swept = true;
    return site_judge(call->part->where, call->end, &call->trouble, err);
}

/* ---- all of them ---- */

static const struct {
    bool (*plan)(struct call *call, struct errand *errand, struct err *err);
    bool (*take)(struct call *call, struct err *err);
} steps[STEP_DONE] = {
    [STEP_PLACE] = {plan_place, take_place},
    [STEP_KNOCK] = {plan_knock, take_knock},
    [STEP_LIST] = {plan_list, take_list},
    [STEP_FETCH] = {plan_fetch, take_fetch},
    [STEP_FOLDERS] = {plan_folders, take_folders},
    [STEP_MEASURE] = {plan_measure, take_measure},
    [STEP_STAGE] = {plan_stage, take_stage},
    [STEP_PROVE] = {plan_prove, take_prove},
    [STEP_DESCRIBE] = {plan_describe, take_describe},
    [STEP_SURVEY] = {plan_survey, take_survey},
    [STEP_FLIP] = {plan_flip, take_flip},
    [STEP_UNDESCRIBE] = {plan_undescribe, take_undescribe},
    [STEP_REMOVE] = {plan_remove, take_remove},
    [STEP_SWEEP] = {plan_sweep, take_sweep},
};

bool step_plan(struct part *part, struct errand *errand, struct err *err)
{
    struct call call AUTO(clear_call) = {0};
    begin_call(&call, part, NULL);
    return steps[part->step].plan(&call, errand, err);
}

bool step_take(struct part *part, const struct errand_end *end, enum site_trouble *trouble, struct err *err)
{
    struct call call AUTO(clear_call) = {0};
    begin_call(&call, part, end);
    bool ok = steps[part->step].take(&call, err);
    *trouble = ok ? SITE_FINE : call.trouble;
    return ok || call.trouble == SITE_CLOSED;
}
