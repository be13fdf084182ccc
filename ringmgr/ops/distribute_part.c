#include "ringmgr/ops/distribute_part.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A part takes some dozen steps; whatever would go on for ever is a mistake of ours or a site that fools us.
 */
enum { STEPS_MAX = 400 };

static bool is_comparing(const struct part *part)
{
    return part->options->task == DISTRIBUTE_VERIFY || part->options->task == DISTRIBUTE_REPAIR;
}

/* May anything there be changed by this run? */
static bool is_writing(const struct part *part)
{
    return part->options->task == DISTRIBUTE_SYNC || part->options->task == DISTRIBUTE_REPAIR;
}

bool part_begin(struct part *part, struct err *err)
{
    part->began_unix = clock_now_unix();
    return site_books_read(part->job, part->site, part->ring, &part->books, err);
}

void part_clear(struct part *part)
{
    site_books_clear(&part->books);
    site_listing_clear(&part->listing);
    free(part->progress);
    *part = (struct part){0};
}

/* ---- what is known ---- */

static bool has_live(const struct part *part)
{
    return part->goal && part->goal->build[GOAL_LIVE].channel;
}

/* Whether what not everybody may read there is put again: for repair; and after a run that failed, for an
 * rsync that could not set the mode of a file has given it its name all the same. */
static bool opens_closed(const struct part *part)
{
    return part->listing.modes &&
           (part->options->task == DISTRIBUTE_REPAIR || part->books.share.failing_unix >= 0);
}

static bool pointer_is_right(const struct part *part, enum architecture architecture)
{
    const struct pointers *wanted = &part->goal->build[GOAL_LIVE].pointers;
    const struct seen_pointer *seen = &part->seen[pointers_index(architecture)];
    bool closed = opens_closed(part) && part->listing.closed_pointers & architecture;
    return !(wanted->architectures & architecture) ||
           (seen->present && !closed &&
            digest_equal(&seen->digest, &wanted->digest[pointers_index(architecture)]));
}

bool part_is_right(const struct part *part)
{
    return part->fetched && has_live(part) && pointer_is_right(part, ARCH_X86) &&
           pointer_is_right(part, ARCH_X64);
}

static bool names(const struct part *part, const struct goal_build *build)
{
    for (int i = 0; i < 2; i++)
        if (part->seen[i].present && part->seen[i].channel == build->channel &&
            build_compare(&part->seen[i].build, &build->build) == 0)
            return true;
    return false;
}

static bool is_foreign(const struct seen_pointer *seen)
{
    return seen->present && !seen->channel;
}

/* It was there when all was right, and is not: no site takes its own pointers away. One of an architecture
 * that has only just been added has not come yet. */
static bool is_lost(const struct part *part, enum architecture architecture)
{
    const struct goal_build *live = &part->goal->build[GOAL_LIVE];
    size_t index = pointers_index(architecture);
    if (!has_live(part) || !(live->pointers.architectures & architecture) || part->seen[index].present ||
        part->books.share.good_unix < 0)
        return false;
    return !part->seen[!index].present ||
           (digest_equal(&part->seen[!index].digest, &live->pointers.digest[!index]) &&
            site_books_proven(&part->books, live));
}

/* ---- the goal ---- */

bool part_is_outdated(const struct part *part)
{
    return part->goal && goals_now(part->goals, part->ring) != part->goal;
}

static void add_progress(struct part *part, const struct goal_build *build)
{
    part->progress = mem_grow(part->progress, part->progresses, sizeof *part->progress);
    part->progress[part->progresses++] = (struct progress){.build = build};
}

static bool has_progress(const struct part *part, const struct build *build)
{
    for (size_t i = 0; i < part->progresses; i++)
        if (build_compare(&part->progress[i].build->build, build) == 0)
            return true;
    return false;
}

/* In which channel a folder there was offered. */
static const struct channel *channel_of(const struct part *part, const struct build *build)
{
    for (size_t i = 0; i < part->books.builds.len; i++)
        if (build_compare(&part->books.builds.item[i].build, build) == 0)
            return part->books.builds.item[i].channel;
    return part->ring->channel;
}

static bool add_other(struct part *part, const struct channel *channel, const struct build *number,
                      struct err *err)
{
    const struct goal_build *build;
    if (has_progress(part, number))
        return true;
    if (!goals_get_other(part->goals, part->ring, channel, number, &build, err))
        return false;
    if (build)
        add_progress(part, build);
    else {
        char text[BUILD_TEXT_SIZE];
        build_format(number, text);
        part_note_foreign(part, text, "is a build that headquarters does not have: nobody compares it");
    }
    return true;
}

/* What else of ours stands there, or is said to. */
static bool add_others(struct part *part, struct err *err)
{
    for (int i = 0; i < 2; i++)
        if (part->seen[i].present && part->seen[i].channel &&
            !add_other(part, part->seen[i].channel, &part->seen[i].build, err))
            return false;
    for (size_t i = 0; i < part->listing.builds.len; i++) {
        struct build number;
        struct err odd;
        if (build_parse(part->listing.builds.item[i], &number, &odd) &&
            !add_other(part, channel_of(part, &number), &number, err))
            return false;
    }
    return true;
}

/* A build that nobody has sent yet is not compared. */
static bool is_there(const struct part *part, const struct goal_build *build)
{
    return part_has_folder(part, build->text) || names(part, build) ||
           site_books_find(&part->books, build->channel, &build->build);
}

static bool plan_builds(struct part *part, struct err *err)
{
    free(part->progress);
    part->progress = NULL;
    part->progresses = 0;
    part->at = NULL;
    for (size_t i = 0; i < GOAL_BUILDS; i++)
        if (part->goal->build[i].channel)
            add_progress(part, &part->goal->build[i]);
    if (!is_comparing(part))
        return true;
    for (size_t i = 0; i < part->progresses; i++)
        part->progress[i].leave_it = !is_there(part, part->progress[i].build);
    return add_others(part, err);
}

static bool take_goal(struct part *part, struct err *err)
{
    const struct goal *goal;
    if (!goals_get(part->goals, part->ring, &goal, err))
        return false;
    if (goal != part->goal) {
        part->goal = goal;
        part->fetched = part->noted = part->put = false;
    }
    return true;
}

/* ---- looking ---- */

static void note_pointers(struct part *part)
{
    static const enum architecture both[] = {ARCH_X86, ARCH_X64};
    for (int i = 0; i < 2; i++)
        if (is_foreign(&part->seen[i]))
            part_note_wrong(part, tree_pointer_name(both[i]), "names no build that this ring ever offered");
        else if (is_lost(part, both[i]))
            part_note_wrong(part, tree_pointer_name(both[i]), "is missing");
        else if (is_comparing(part) && part->listing.modes && part->listing.closed_pointers & both[i])
            part_note_wrong(part, tree_pointer_name(both[i]), "may not be read by everybody");
    for (size_t i = 0; is_comparing(part) && i < part->listing.strange.len; i++)
        part_note_foreign(part, part->listing.strange.item[i], "is not ours: look whose it is");
}

/*
 * What was brought there is gone, and everything around it: the place where something is mounted, and it is
 * not. It is not filled before a person says so.
 */
static bool check_place(const struct part *part, struct err *err)
{
    bool was = false;
    for (size_t i = 0; i < part->books.builds.len; i++)
        was = was || part->books.builds.item[i].staged_unix >= 0;
    if (part->listing.stands || !was || is_comparing(part))
        return true;
    return err_set(
        err, ERR_FAILED,
        "%s has no %s/Office any more: mount what was mounted there; or, if it is to be filled anew: "
        "ringmgr site verify %s --repair",
        part->site->target, part->ring->name, part->site->name);
}

/* What has been seen goes to the books, and makes the plan. */
static bool note_look(struct part *part, struct err *err)
{
    bool right = part_is_right(part);
    if (!check_place(part, err))
        return false;
    if (part->put && !right)
        return err_set(err, ERR_NOT_GENUINE, "a pointer was put there, and what is read back is another");
    if (part->put) {
        part->result->result = DISTRIBUTE_FLIPPED;
        part_note_repaired(part, NULL);
    }
    part->put = false;
    part->noted = true;
    const struct seen_pointer *offered = part->seen[1].present ? &part->seen[1] : &part->seen[0];
    part->result->build = offered->present && offered->channel ? offered->build : (struct build){{0}};
    note_pointers(part);
    if (!site_books_looked(&part->books, part->seen, part->goal, right, err))
        return false;
    bool same = part->progresses > 0 && part->progress[0].build == &part->goal->build[GOAL_LIVE];
    return same || plan_builds(part, err);
}

/* ---- bytes ---- */

/* Another ring of the site has just these files, proven: they are linked there, and hardly a byte travels. */
static bool is_next_door(const struct part *part, const struct goal_build *build)
{
    bool next_door = false;
    for (size_t i = 0; i < part->site->rings.len && !next_door; i++) {
        struct site_build row AUTO(site_build_clear) = {0};
        struct err unread = {0};
        bool found;
        if (strcmp(part->site->rings.item[i], part->ring->name) != 0 &&
            site_build_find(part->job->state, part->site->name, part->site->rings.item[i], build->channel,
                            &build->build, &row, &found, &unread))
            next_door =
                found && row.proven_unix >= 0 && digest_equal(&row.files_digest, &build->files_digest);
    }
    return next_door;
}

bool part_may_send(const struct part *part, const struct progress *progress, unsigned *seconds)
{
    int64_t now = clock_now_unix();
    struct window_state window = site_bytes_at(part->site, now);
    *seconds = 0;
    if (part->options->now || part->options->task == DISTRIBUTE_REPAIR ||
        (progress->damaged && names(part, progress->build)) || is_next_door(part, progress->build))
        return true;
    if (window.open && window.until_unix > now)
        *seconds = (unsigned)(window.until_unix - now);
    return window.open;
}

static void wait_for_window(struct part *part, struct progress *progress)
{
    char when[24] = "nobody knows when";
    struct window_state window = site_bytes_at(part->site, clock_now_unix());
    if (window.until_unix >= 0)
        site_format_time(part->site, window.until_unix, when);
    progress->leave_it = true;
    part->result->left_bytes += progress->to_send_bytes;
    part_wait(part, "%s is sent in the site's window, which opens at %s there", progress->build->text, when);
}

/* ---- one build ---- */

static void measure_by_list(struct progress *progress)
{
    progress->measured = true;
    progress->to_send_files = progress->build->files.len;
    progress->to_send_bytes = 0;
    for (size_t i = 0; i < progress->build->files.len; i++)
        progress->to_send_bytes += progress->build->files.file[i].bytes;
}

static enum step choose_sending(struct part *part, struct progress *progress)
{
    unsigned seconds;
    if (!part_may_send(part, progress, &seconds)) {
        wait_for_window(part, progress);
        return STEP_DONE;
    }
    return part_has_folder(part, progress->build->text) && !progress->closed_folder ? STEP_STAGE
                                                                                    : STEP_FOLDERS;
}

static bool has_descriptors(const struct part *part, const struct goal_build *build)
{
    for (size_t i = 0; i < build->files.len; i++) {
        const char *path = build->files.file[i].path;
        bool closed = opens_closed(part) && strv_has(&part->listing.closed, path);
        if (!strchr(path, '/') && (closed || !strv_has(&part->listing.descriptors, path)))
            return false;
    }
    return true;
}

/* What was whole there has gone with its folder. */
static void note_lost_folder(struct part *part, struct progress *progress)
{
    if (!site_books_proven(&part->books, progress->build))
        return;
    progress->damaged = true;
    part_note_wrong(part, progress->build->text, "is missing");
}

/* Whether what the books say of the live build is so, as far as names, sizes and times tell. */
static enum step choose_checking(struct part *part)
{
    struct progress *live = part->progress;
    if (!live || !has_live(part) || part->goal->wrong.code != ERR_NONE || live->measured ||
        !site_books_proven(&part->books, live->build))
        return STEP_DONE;
    part->at = live;
    if (part_has_folder(part, live->build->text))
        return STEP_MEASURE;
    live->measured = true;
    note_lost_folder(part, live);
    return STEP_DONE;
}

/* What is due to bring the build there; STEP_DONE: nothing (more). */
static enum step choose_bringing(struct part *part, struct progress *progress)
{
    const struct goal_build *build = progress->build;
    if (!progress->measured && part_has_folder(part, build->text))
        return STEP_MEASURE;
    if (!progress->measured) {
        measure_by_list(progress);
        note_lost_folder(part, progress);
    }
    if (progress->to_send_files > 0 || site_books_broke_off(&part->books, build))
        return choose_sending(part, progress);
    if (progress->broken)
        return STEP_SWEEP;
    if (!progress->proven && !progress->by_content && site_books_proven(&part->books, build)) {
        progress->proven = true;
        progress->described = has_descriptors(part, build);
    }
    if (!progress->proven)
        return STEP_PROVE;
    return progress->described ? STEP_DONE : STEP_DESCRIBE;
}

/* What is due to compare it, and to put it right. */
static enum step choose_comparing(struct part *part, struct progress *progress)
{
    if (progress->to_send_files > 0)
        return choose_sending(part, progress);
    if (!progress->compared)
        return STEP_PROVE;
    if (!progress->surveyed && part_has_folder(part, progress->build->text))
        return STEP_SURVEY;
    if (is_writing(part) && progress->proven && !progress->described)
        return STEP_DESCRIBE;
    return STEP_DONE;
}

/* Nobody is brought to a build that HQ itself should not offer. */
static bool leaves_it(struct part *part, const struct progress *progress)
{
    const struct goal *goal = part->goal;
    if (progress->leave_it)
        return true;
    if (progress->build != &goal->build[GOAL_LIVE] || !goal->stop[0] || is_comparing(part) ||
        part_is_right(part))
        return false;
    part_wait(part, "nothing is brought there: %s", goal->stop);
    return true;
}

/* HQ's own bytes come first: what is sent and compared must be right here. */
static bool prove_here(struct part *part, struct err *err)
{
    return (part->step != STEP_STAGE && part->step != STEP_PROVE && part->step != STEP_DESCRIBE) ||
           goals_prove(part->goals, part->ring, part->at->build, err);
}

static bool choose_build(struct part *part, struct err *err)
{
    for (size_t i = 0; i < part->progresses; i++) {
        struct progress *progress = &part->progress[i];
        part->step = leaves_it(part, progress) ? STEP_DONE
                     : is_comparing(part)      ? choose_comparing(part, progress)
                                               : choose_bringing(part, progress);
        part->at = progress;
        if (part->step != STEP_DONE)
            return prove_here(part, err);
    }
    part->at = NULL;
    return true;
}

/* ---- pointers ---- */

/* What must not wait: a pointer that is not ours, and one of two that has moved already. */
static bool flips_at_once(const struct part *part)
{
    const struct pointers *wanted = &part->goal->build[GOAL_LIVE].pointers;
    bool moved = false;
    for (int i = 0; i < 2; i++)
        moved = moved || (part->seen[i].present && digest_equal(&part->seen[i].digest, &wanted->digest[i]));
    return part->goal->at_once || moved || is_foreign(&part->seen[0]) || is_foreign(&part->seen[1]) ||
           is_lost(part, ARCH_X86) || is_lost(part, ARCH_X64);
}

static bool may_flip(struct part *part)
{
    const struct goal *goal = part->goal;
    char when[24] = "nobody knows when";
    struct site_chance chance =
        site_flip_at(part->site, &part->ring->freeze, &part->ring->days, clock_now_unix());
    if (goal->stop[0]) {
        part_wait(part, "its pointers stay: %s", goal->stop);
        return false;
    }
    if (flips_at_once(part) || chance.flip == SITE_FLIP_OPEN)
        return true;
    if (chance.opens_unix >= 0)
        site_format_time(part->site, chance.opens_unix, when);
    part_wait(part, "its pointers may move to %s from %s there (%s)", goal->build[GOAL_LIVE].text, when,
              chance.flip == SITE_FLIP_FREEZE ? "freeze" : "days");
    return false;
}

static enum step next_flip(struct part *part)
{
    if (part_is_right(part)) {
        part->fetched = !part->put; /* read back what was put */
        return part->put ? STEP_FETCH : STEP_DONE;
    }
    if (!part->put && !may_flip(part))
        return STEP_DONE;
    part->architecture = pointer_is_right(part, ARCH_X86) ? ARCH_X64 : ARCH_X86;
    part->at = &part->progress[0];
    return STEP_FLIP;
}

static enum step choose_flip(struct part *part)
{
    bool due = is_writing(part) && has_live(part) && part->progresses && part->progress[0].proven &&
               part->progress[0].described;
    return due ? next_flip(part) : STEP_DONE;
}

/* ---- going back ---- */

/*
 * Clients are to get off another build at once. A build that was proven there, and has been given more files
 * since (a language), serves them as it did then, if it is whole still; what was added comes after.
 */
static bool is_going_back(const struct part *part)
{
    const struct goal_build *live = &part->goal->build[GOAL_LIVE];
    if (part->options->task != DISTRIBUTE_SYNC || !flips_at_once(part) || part->goal->stop[0] ||
        !has_live(part) || (part_is_right(part) && !part->put))
        return false;
    const struct site_build *row = site_books_find(&part->books, live->channel, &live->build);
    return row && row->proven_unix >= 0 && !site_books_proven(&part->books, live) &&
           part_has_folder(part, live->text) && has_descriptors(part, live);
}

static enum step choose_going_back(struct part *part)
{
    struct progress *live = part->progress;
    if (!is_going_back(part))
        return STEP_DONE;
    part->at = live;
    live->asking = live->measured && live->to_send_files > 0 && !live->asked;
    if (!live->measured)
        return STEP_MEASURE;
    if (live->asking)
        return STEP_PROVE;
    return live->to_send_files > 0 && live->as_it_was ? next_flip(part) : STEP_DONE;
}

/* ---- the next step ---- */

static bool look_first(struct part *part, struct err *err)
{
    part->step = STEP_DONE;
    if (!part->placed && part->where->kind == WHERE_FOLDER)
        part->step = STEP_PLACE;
    else if (!part->listed)
        part->step = STEP_LIST;
    else if (!part->listing.stands && !part->knocked)
        part->step = STEP_KNOCK;
    else if (!part->fetched && part->listing.pointers)
        part->step = STEP_FETCH;
    if (part->step != STEP_DONE)
        return true;
    if (!part->fetched)
        memset(part->seen, 0, sizeof part->seen);
    part->fetched = true;
    return part->noted || note_look(part, err);
}

bool part_choose(struct part *part, struct err *err)
{
    if (++part->steps > STEPS_MAX)
        return err_set(
            err, ERR_FAILED,
            "it takes no end: after %d steps it is still not as it must be; does somebody else write there?",
            STEPS_MAX);
    if (!take_goal(part, err) || !look_first(part, err))
        return false;
    if (part->step == STEP_DONE && part->options->task == DISTRIBUTE_CHECK)
        part->step = choose_checking(part);
    if (part->step != STEP_DONE || part->options->task == DISTRIBUTE_CHECK)
        return true;
    if (part->goal->wrong.code != ERR_NONE) {
        *err = part->goal->wrong;
        return false;
    }
    if (part->goal->stage[0])
        part_wait(part, "%s", part->goal->stage);
    part->step = choose_going_back(part);
    if (part->step != STEP_DONE)
        return prove_here(part, err);
    if (!choose_build(part, err))
        return false;
    if (part->step == STEP_DONE)
        part->step = choose_flip(part);
    return true;
}
