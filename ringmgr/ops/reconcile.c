#include "ringmgr/ops/reconcile.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/ahead.h"
#include "ringmgr/ops/books.h"
#include "ringmgr/ops/facts.h"
#include "ringmgr/ops/force.h"
#include "ringmgr/ops/manifest_share.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/place.h"
#include "ringmgr/state/catalog_gc.h"
#include "shares/publish.h"

#include <string.h>

/* ---- forward: publish, then close the books ---- */

/*
 * The architectures whose pointers the intent is about. A build that stands without being live grows without
 * any.
 */
static bool flipped_architectures(const struct job *job, const struct intent *intent, unsigned *architectures,
                                  struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct content content AUTO(content_clear) = {0};
    bool found;
    if (!content_parse(intent->content, &content, err) ||
        !catalog_offer_live(job->state, intent->ring, &live, &found, err))
        return false;
    bool is_live = found && live.channel == intent->channel && build_compare(&live.build, &intent->to) == 0;
    *architectures = intent->kind != INTENT_EXTEND || is_live ? content.architectures : 0;
    return true;
}

static bool put_on_share(const struct job *job, const struct ring *ring, const struct intent *intent,
                         const struct catalog_files *files, struct err *err)
{
    struct share_file *list AUTO_FREE = share_files_of(files);
    AUTO_TREE tree = TREE_CLOSED;
    char build[BUILD_TEXT_SIZE];
    unsigned architectures;
    if (!flipped_architectures(job, intent, &architectures, err))
        return false;
    build_format(&intent->to, build);
    const struct publication publication = {.id = intent->id,
                                            .build = build,
                                            .file = list,
                                            .files = files->len,
                                            .architectures = architectures,
                                            .link = link_mode_of(ring),
                                            .now_unix = clock_now_unix()};
    return tree_open(ring->path, true, &tree, err) && publish_run(job->store, &tree, &publication, err);
}

bool reconcile_publish(const struct job *job, const struct ring *ring, const struct intent *intent,
                       const struct catalog_files *files, struct err *err)
{
    if (!put_on_share(job, ring, intent, files, err) || !books_close(job, intent, files, err))
        return false;
    manifest_share_keep(job, ring);
    return true;
}

/* ---- replay: what do the pointers say? ---- */

enum position { AT_FROM, AT_TO, AT_NEITHER };

/*
 * AT_TO if any pointer names `to`, AT_FROM if all are what they were, AT_NEITHER if one is something else.
 * One that a heal has taken away, for what it leads to is not whole, is what it was: what is whole may be
 * published.
 */
static bool find_position(const struct job *job, const char *ring, const struct tree *tree,
                          const struct pointers *from, const struct pointers *to, enum position *position,
                          struct err *err)
{
    static const enum architecture architecture[] = {ARCH_X86, ARCH_X64};
    bool withdrawn;
    *position = AT_FROM;
    if (!catalog_attention_stands(job->state, "pointer-withdrawn", ring, &withdrawn, err))
        return false;
    for (int i = 0; i < 2; i++) {
        struct tree_pointer pointer;
        if (!tree_pointer_read(tree, architecture[i], &pointer, err))
            return false;
        if (pointer_matches(from, architecture[i], &pointer) || (withdrawn && !pointer.present))
            continue;
        if (!(to->architectures & architecture[i]) || !pointer_matches(to, architecture[i], &pointer)) {
            *position = AT_NEITHER;
            return true;
        }
        *position = AT_TO;
    }
    return true;
}

/* What the intent's build would show by the catalog of now; *same: that is the list the intent was opened
 * for. */
static bool intended_files(const struct job *job, const struct intent *intent, struct catalog_files *files,
                           bool *same, struct err *err)
{
    struct content content AUTO(content_clear) = {0};
    struct filelist list AUTO(filelist_clear) = {0};
    struct catalog_files all AUTO(catalog_files_clear) = {0};
    AUTO_STRV missing = {0};
    struct digest digest;
    if (!content_parse(intent->content, &content, err) ||
        !catalog_files_get(job->state, intent->channel, &intent->to, &all, err) ||
        !filelist_make(intent->channel, &intent->to, &content, &list, err))
        return false;
    catalog_files_select(&all, &list, files, &digest, &missing);
    *same = digest_equal(&digest, &intent->files_digest);
    return true;
}

/* The pointers that the share will have when the intent is done, as far as the intent says. */
static bool intended_pointers(const struct job *job, const struct intent *intent,
                              const struct catalog_files *files, struct pointers *to, struct err *err)
{
    unsigned architectures;
    pointers_of_build(&intent->to, files, to);
    if (!flipped_architectures(job, intent, &architectures, err))
        return false;
    to->architectures &= architectures;
    return true;
}

bool reconcile_intended(const struct job *job, const struct intent *intent, struct catalog_files *files,
                        struct pointers *pointers, struct err *err)
{
    bool same;
    return intended_files(job, intent, files, &same, err) &&
           intended_pointers(job, intent, files, pointers, err);
}

/* ---- a share that is not what the books say ---- */

static bool raise_foreign(const struct job *job, const struct ring *ring, const char *problem,
                          const char *command, struct err *err)
{
    struct err raised = {0};
    const struct attention attention = {.severity = "critical",
                                        .ring = ring->name,
                                        .code = "share-foreign",
                                        .subject = "",
                                        .text = problem,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    if (!catalog_attention_raise(job->state, &attention, &raised))
        log_warn(job->log, "%s", raised.msg);
    return err_set(err, ERR_NOT_GENUINE, "%s; nothing was touched%s%s", problem, command ? ": " : "",
                   command ? command : "");
}

/* The state may be older than the share, or somebody has changed a pointer. */
static bool refuse_pointer(const struct job *job, const struct ring *ring, const struct tree *tree,
                           const struct pointers *from, struct err *err)
{
    char *command AUTO_FREE = mem_printf("ringmgr verify %s --repair", ring->name);
    struct ahead ahead;
    if (!from->architectures)
        return raise_foreign(
            job, ring,
            "there is a pointer, but by the books the ring is empty: give a renamed ring its old name "
            "back, bring back the newest backup of the state (ringmgr restore), make its books anew "
            "(ringmgr rebuild), or empty Office/Data",
            NULL, err);
    if (!ahead_find(job, ring, tree, &ahead, err))
        return false;
    if (ahead.is) {
        char *problem AUTO_FREE = ahead_text(&ahead);
        return raise_foreign(job, ring, problem, "ringmgr rebuild", err);
    }
    raise_foreign(job, ring, "a pointer is missing, or names a build that ringmgr did not put there", command,
                  err);
    if (ahead.proven)
        return err_set(err, ERR_NOT_GENUINE,
                       "a pointer is missing, or names a build that ringmgr did not put there; nothing was "
                       "touched: %s, or, if the state is an older copy, ringmgr rebuild",
                       command);
    return false;
}

/* ---- back: undo what no pointer names ---- */

/* What `files` has beyond what the share shows of the build by its standing offers. */
static bool find_added(const struct job *job, const struct intent *intent, const struct catalog_files *files,
                       struct catalog_files *added, struct err *err)
{
    struct catalog_files shown AUTO(catalog_files_clear) = {0};
    if (!catalog_files_standing(job->state, intent->ring, intent->channel, &intent->to, &shown, err))
        return false;
    for (size_t i = 0; i < files->len; i++) {
        if (catalog_files_find(&shown, files->file[i].path))
            continue;
        added->file = mem_grow(added->file, added->len, sizeof *added->file);
        added->file[added->len] = files->file[i];
        added->file[added->len++].path = mem_strdup(files->file[i].path);
    }
    return true;
}

/* The build stays: only what the intent has added to it goes. */
static bool retract(const struct job *job, const struct intent *intent, const struct tree *tree,
                    const struct catalog_files *files, struct err *err)
{
    struct catalog_files added AUTO(catalog_files_clear) = {0};
    if (!find_added(job, intent, files, &added, err))
        return false;
    struct share_file *list AUTO_FREE = share_files_of(&added);
    return added.len == 0 || publish_retract(job->store, tree, list, added.len, err);
}

/* Takes the build off the share, unless it has been live there before and stands for that reason. */
static bool withdraw(const struct job *job, const struct intent *intent, const struct tree *tree,
                     const struct catalog_files *files, struct err *err)
{
    struct offer offer AUTO(offer_clear) = {0};
    struct share_file *list AUTO_FREE = share_files_of(files);
    char build[BUILD_TEXT_SIZE];
    bool found;
    build_format(&intent->to, build);
    if (!catalog_offer_find(job->state, intent->ring, intent->channel, &intent->to, &offer, &found, err))
        return false;
    if (found && offer.removed_unix < 0)
        return retract(job, intent, tree, files, err);
    return publish_withdraw(job->store, tree, build, list, files->len, err);
}

static bool close_undone(const struct job *job, const struct intent *intent, struct err *err)
{
    bool ok = state_begin(job->state, err) &&
              journal_intent_close(job->state, intent->id, "undone", clock_now_unix(), err);
    return state_end(job->state, ok, err);
}

static bool undo(const struct job *job, const struct intent *intent, const struct tree *tree,
                 const struct catalog_files *files, struct err *err)
{
    return withdraw(job, intent, tree, files, err) && tree_sweep(tree, err) && close_undone(job, intent, err);
}

void reconcile_abandon(const struct job *job, const struct ring *ring, const struct intent *intent)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    AUTO_TREE tree = TREE_CLOSED;
    struct pointers from, to;
    enum position position = AT_NEITHER;
    struct err err = {0};
    bool same;
    bool ok = tree_open(ring->path, false, &tree, &err) && intended_files(job, intent, &files, &same, &err) &&
              offered_pointers(job, ring, &from, &err) && intended_pointers(job, intent, &files, &to, &err);
    ok = ok && find_position(job, intent->ring, &tree, &from, &to, &position, &err) &&
         (position != AT_FROM || undo(job, intent, &tree, &files, &err));
    if (!ok)
        log_info(job->log, "%s: left for the next run: %s", ring->name, err.msg);
}

/* ---- replay ---- */

/* What people had agreed to open by force: their consent lapses, and is about no hold that came after it. */
static unsigned still_forced(const struct intent *intent, const struct facts *facts)
{
    unsigned set = force_set(intent->gates_overridden);
    if (facts->gate.now_unix >= intent->opened_unix + (int64_t)FORCE_HOURS * 3600)
        return 0;
    for (size_t i = 0; i < facts->gate.holds; i++)
        if (facts->gate.hold[i].at_unix >= intent->opened_unix)
            set &= ~(1u << GATE_HOLD);
    return set;
}

/* No build enters, so no gate is asked: does the build still stand, and has the store all that it grows by?
 */
static bool can_still_grow(const struct job *job, const struct intent *intent,
                           const struct catalog_files *files, bool same, bool *can, struct err *err)
{
    struct offer offer AUTO(offer_clear) = {0};
    bool found;
    if (!catalog_offer_find(job->state, intent->ring, intent->channel, &intent->to, &offer, &found, err))
        return false;
    *can = same && found && offer.removed_unix < 0;
    for (size_t i = 0; *can && i < files->len; i++)
        if (!store_has_bytes(job->store, &files->file[i].digest, files->file[i].bytes, can, err))
            return false;
    return true;
}

/* Is the ring still what the intent was about, and would every gate open now? */
static bool still_allowed(const struct job *job, const struct ring *ring, const struct intent *intent,
                          const struct catalog_files *files, bool same, bool *allowed, struct err *err)
{
    AUTO_FACTS facts = {0};
    struct verdict verdict[GATE_COUNT];
    bool by_service = strcmp(intent->identity, "service") == 0;
    enum lane lane = gate_find_lane(intent->lane);
    if (intent->kind == INTENT_EXTEND)
        return can_still_grow(job, intent, files, same, allowed, err);
    *allowed = false;
    if (intent->channel != ring->channel || lane == LANE_COUNT)
        return true;
    if (!facts_gather(job, ring, &intent->to, lane,
                      by_service ? NULL : job_person_of(job, intent->identity, intent->actor), &facts, err))
        return false;
    facts.gate.overridden = still_forced(intent, &facts);
    *allowed = digest_equal(&facts.files_digest, &intent->files_digest) && gate_ask_all(&facts.gate, verdict);
    return true;
}

static bool replay(const struct job *job, const struct ring *ring, const struct intent *intent,
                   const struct tree *tree, const struct pointers *from, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    struct pointers to;
    enum position position;
    bool same, forward = true;
    if (intent->path && strcmp(intent->path, ring->path) != 0) {
        log_warn(job->log, "%s: its path was %s when a change of its share was interrupted: given up",
                 ring->name, intent->path);
        return close_undone(job, intent, err);
    }
    if (!intended_files(job, intent, &files, &same, err) ||
        !intended_pointers(job, intent, &files, &to, err) ||
        !find_position(job, ring->name, tree, from, &to, &position, err))
        return false;
    if (position == AT_NEITHER || (position == AT_TO && !same))
        return refuse_pointer(job, ring, tree, from, err);
    if (position == AT_FROM && !still_allowed(job, ring, intent, &files, same, &forward, err))
        return false;
    log_info(job->log, "%s: %s an interrupted %s", ring->name, forward ? "finishing" : "undoing",
             books_action(intent));
    return forward ? reconcile_publish(job, ring, intent, &files, err) : undo(job, intent, tree, &files, err);
}

/* The live build's folder is looked for by one stat: its content is a question for verify. */
static bool check_folder(const struct job *job, const struct ring *ring, const struct tree *tree,
                         struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    char build[BUILD_TEXT_SIZE];
    char *command AUTO_FREE = mem_printf("ringmgr verify %s --repair", ring->name);
    bool found, stands, withdrawn;
    if (!catalog_offer_live(job->state, ring->name, &live, &found, err) ||
        !catalog_attention_stands(job->state, "pointer-withdrawn", ring->name, &withdrawn, err))
        return false;
    if (!found || withdrawn)
        return true;
    build_format(&live.build, build);
    return tree_has_folder(tree, build, &stands, err) &&
           (stands || raise_foreign(job, ring, "the folder of the live build is missing", command, err));
}

static bool check_pointers(const struct job *job, const struct ring *ring, const struct tree *tree,
                           const struct pointers *from, struct err *err)
{
    static const struct pointers none = {0};
    enum position position;
    if (!find_position(job, ring->name, tree, from, &none, &position, err))
        return false;
    if (position != AT_FROM)
        return refuse_pointer(job, ring, tree, from, err);
    return check_folder(job, ring, tree, err) &&
           catalog_attention_clear(job->state, "share-foreign", ring->name, NULL, err);
}

/* The intent of a run that was killed within its commit can be read and not be on the disk; what it says must
 * not get there first. A commit syncs the whole log. */
static bool make_intent_durable(const struct job *job, struct err *err)
{
    return state_begin(job->state, err) && state_end(job->state, true, err);
}

bool reconcile_ring(const struct job *job, const struct ring *ring, struct err *err)
{
    AUTO_TREE tree = TREE_CLOSED;
    struct intent intent AUTO(intent_clear) = {0};
    struct pointers from;
    bool found;
    bool ok = place_check(job, ring, err) &&
              journal_intent_find(job->state, ring->name, &intent, &found, err) &&
              (!found || make_intent_durable(job, err)) && tree_open(ring->path, found, &tree, err) &&
              offered_pointers(job, ring, &from, err) &&
              (found ? replay(job, ring, &intent, &tree, &from, err)
                     : check_pointers(job, ring, &tree, &from, err)) &&
              tree_sweep(&tree, err);
    if (ok) /* a kill may have come between the pointer and the manifest */
        manifest_share_keep(job, ring);
    return ok || err_prefix(err, "%s", ring->name);
}

bool reconcile_all(const struct job *job, struct err *err)
{
    bool ok = true;
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *ring = &job->settings->ring[i];
        struct err one = {0};
        AUTO_LOCK lock = NULL;
        AUTO_LOCK store = NULL;
        if (job_lock_ring(job, ring, &lock, &one) && job_lock_store(job, &store, &one) &&
            reconcile_ring(job, ring, &one))
            continue;
        if (ok || err_code_worse(one.code, err->code))
            *err = one;
        ok = false;
    }
    return ok;
}
