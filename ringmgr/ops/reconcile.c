#include "ringmgr/ops/reconcile.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/offered.h"
#include "shares/publish.h"

/* ---- forward: publish, then close the books ---- */

static bool put_on_share(const struct job *job, const struct ring *ring, const struct intent *intent,
                         const struct catalog_files *files, struct err *err)
{
    struct share_file *list AUTO_FREE = share_files_of(files);
    AUTO_TREE tree = TREE_CLOSED;
    char build[BUILD_TEXT_SIZE];
    struct content content = {0};
    if (!content_parse(intent->content, &content, err))
        return false;
    unsigned architectures = content.architectures;
    content_clear(&content);
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

static const char *action_of(const struct intent *intent)
{
    static const char *const action[] = {
        [INTENT_PUBLISH] = "promote", [INTENT_ROLLBACK] = "rollback", [INTENT_EXTEND] = "extend"};
    return action[intent->kind];
}

/* History entry, live build and closed intent in one transaction: the moment when the promotion is done. */
static bool close_books(const struct job *job, const struct intent *intent, const struct catalog_files *files,
                        struct err *err)
{
    char to[BUILD_TEXT_SIZE], from[BUILD_TEXT_SIZE];
    int64_t now = clock_now_unix();
    build_format(&intent->to, to);
    build_format(&intent->from, from);
    struct offer offer = {.ring = intent->ring,
                          .channel = intent->channel,
                          .build = intent->to,
                          .content = intent->content,
                          .files_digest = intent->files_digest,
                          .live_since = now,
                          .live_until = -1,
                          .by = intent->actor,
                          .removed_unix = -1};
    struct entry entry = {.time_unix = now,
                          .actor = intent->actor,
                          .identity = intent->identity,
                          .action = action_of(intent),
                          .ring = intent->ring,
                          .channel = intent->channel->id,
                          .build = to,
                          .from_build = build_is_none(&intent->from) ? NULL : from,
                          .reason = intent->reason};
    if (!state_begin(job->state, err))
        return false;
    bool ok = catalog_offer_start(job->state, &offer, files, action_of(intent), err) &&
              journal_append(job->state, &entry, err) &&
              journal_intent_close(job->state, intent->id, "done", now, err) && state_commit(job->state, err);
    state_abort(job->state);
    if (ok)
        job_announce(job);
    return ok;
}

bool reconcile_publish(const struct job *job, const struct ring *ring, const struct intent *intent,
                       const struct catalog_files *files, struct err *err)
{
    return put_on_share(job, ring, intent, files, err) && close_books(job, intent, files, err);
}

/* ---- replay: what do the pointers say? ---- */

enum position { AT_FROM, AT_TO, AT_NEITHER };

/* AT_TO if any pointer names `to`, AT_FROM if all are what they were, AT_NEITHER if one is something else. */
static bool find_position(const struct tree *tree, const struct pointers *from, const struct pointers *to,
                          enum position *position, struct err *err)
{
    static const enum architecture architecture[] = {ARCH_X86, ARCH_X64};
    *position = AT_FROM;
    for (int i = 0; i < 2; i++) {
        struct tree_pointer pointer;
        if (!tree_pointer_read(tree, architecture[i], &pointer, err))
            return false;
        if (pointer_matches(from, architecture[i], &pointer))
            continue;
        if (!(to->architectures & architecture[i]) || !pointer_matches(to, architecture[i], &pointer)) {
            *position = AT_NEITHER;
            return true;
        }
        *position = AT_TO;
    }
    return true;
}

/* What the intent's build will show, which must still be the list that the intent was opened for. */
static bool intended_files(const struct job *job, const struct intent *intent, struct catalog_files *files,
                           struct err *err)
{
    struct content content = {0};
    struct filelist list = {0};
    struct catalog_files all = {0};
    AUTO_STRV missing = {0};
    struct digest digest;
    bool ok = content_parse(intent->content, &content, err) &&
              catalog_files_get(job->state, intent->channel, &intent->to, &all, err) &&
              filelist_make(intent->channel, &intent->to, &content, &list, err);
    if (ok) {
        catalog_files_select(&all, &list, files, &digest, &missing);
        ok = digest_equal(&digest, &intent->files_digest) ||
             err_set(err, ERR_NOT_GENUINE, "the catalog lists other files than the interrupted promotion");
    }
    content_clear(&content);
    filelist_clear(&list);
    catalog_files_clear(&all);
    return ok;
}

static bool store_has_all(const struct job *job, const struct catalog_files *files)
{
    for (size_t i = 0; i < files->len; i++) {
        uint64_t bytes;
        if (!store_has(job->store, &files->file[i].digest, &bytes) || bytes != files->file[i].bytes)
            return false;
    }
    return true;
}

static bool raise_foreign(const struct job *job, const struct ring *ring, struct err *err)
{
    char *text AUTO_FREE =
        mem_printf("a pointer of %s names a build that ringmgr did not put there", ring->name);
    char *command AUTO_FREE = mem_printf("ringmgr verify %s --repair", ring->name);
    struct err raised = {0};
    const struct attention attention = {.severity = "critical",
                                        .ring = ring->name,
                                        .code = "share-foreign",
                                        .subject = "",
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    if (!catalog_attention_raise(job->state, &attention, &raised))
        log_warn(job->log, "%s", raised.msg);
    return err_set(err, ERR_NOT_GENUINE, "%s, so nothing was touched: %s puts it right", text, command);
}

static bool undo(const struct job *job, const struct intent *intent, const struct tree *tree, struct err *err)
{
    if (!tree_sweep(tree, err) || !state_begin(job->state, err))
        return false;
    bool ok = journal_intent_close(job->state, intent->id, "undone", clock_now_unix(), err) &&
              state_commit(job->state, err);
    state_abort(job->state);
    return ok;
}

static bool replay(const struct job *job, const struct ring *ring, const struct intent *intent,
                   const struct tree *tree, const struct pointers *from, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    struct pointers to;
    enum position position;
    if (!intended_files(job, intent, &files, err))
        return false;
    pointers_of_build(&intent->to, &files, &to);
    if (!find_position(tree, from, &to, &position, err))
        return false;
    if (position == AT_NEITHER)
        return raise_foreign(job, ring, err);
    if (position == AT_FROM && !store_has_all(job, &files))
        return undo(job, intent, tree, err);
    log_info(job->log, "%s: finishing an interrupted %s", ring->name, action_of(intent));
    return reconcile_publish(job, ring, intent, &files, err);
}

static bool check_pointers(const struct job *job, const struct ring *ring, const struct tree *tree,
                           const struct pointers *from, struct err *err)
{
    static const struct pointers none = {0};
    enum position position;
    if (!find_position(tree, from, &none, &position, err))
        return false;
    if (position != AT_FROM)
        return raise_foreign(job, ring, err);
    return catalog_attention_clear(job->state, "share-foreign", ring->name, NULL, err);
}

bool reconcile_ring(const struct job *job, const struct ring *ring, struct err *err)
{
    AUTO_TREE tree = TREE_CLOSED;
    struct intent intent AUTO(intent_clear) = {0};
    struct pointers from;
    bool found;
    bool ok = journal_intent_find(job->state, ring->name, &intent, &found, err) &&
              tree_open(ring->path, found, &tree, err) && offered_pointers(job, ring, &from, err) &&
              (found ? replay(job, ring, &intent, &tree, &from, err)
                     : check_pointers(job, ring, &tree, &from, err)) &&
              tree_sweep(&tree, err);
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
