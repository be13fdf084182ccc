/* generate: documents that bring machines to a ring, and what offers it to them. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/generate.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/settings_duration.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/digest.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/rollback.h"
#include "ringmgr/ops/settle.h"
#include "ringmgr/state/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAY_SECONDS = 24 * 3600, DEADLINE_DAYS_MAX = 99 };

#define POLICY_OPTIONS OPT_TARGET, OPT_CLEAR_TARGET, OPT_DEADLINE

static const struct kind {
    const char *name;
    generate_fn *write;
    bool text;                      /* can be shown on a terminal and in JSON */
    bool many;                      /* takes more than one ring */
    enum argument_option takes[11]; /* besides --ring and -o; ends with OPT_COUNT */
} kinds[] = {
    {"odt",
     generate_odt,
     true,
     false,
     {OPT_ARCH, OPT_PRODUCT, OPT_EXCLUDE_APP, OPT_DISPLAY, OPT_EXISTING, OPT_ADD_ON, OPT_DOWNLOAD,
      OPT_DEADLINE, OPT_PIN, OPT_LANG, OPT_SOURCE}},
    {"reg", generate_reg, false, false, {POLICY_OPTIONS, OPT_COUNT}},
    {"pol", generate_pol, false, false, {POLICY_OPTIONS, OPT_COUNT}},
    {"gpo-backup", generate_gpo_backup, false, false, {POLICY_OPTIONS, OPT_COUNT}},
    {"lgpo", generate_lgpo, true, false, {POLICY_OPTIONS, OPT_COUNT}},
    {"intune", generate_intune, true, false, {POLICY_OPTIONS, OPT_COUNT}},
    {"gpp", generate_gpp, true, false, {POLICY_OPTIONS, OPT_SITE, OPT_COUNT}},
    {"samba-gpo", generate_samba_gpo, false, false, {POLICY_OPTIONS, OPT_COUNT}},
    {"smb.conf", generate_smb, true, true, {OPT_GROUP, OPT_SITE, OPT_COUNT}},
    {"nginx", generate_nginx, true, true, {OPT_LISTEN, OPT_COUNT}},
    {"dfs", generate_dfs, true, true, {OPT_COUNT}},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

const char *generate_kind_at(size_t index)
{
    return index < KINDS ? kinds[index].name : NULL;
}

static const struct kind *find_kind(const char *name, struct err *err)
{
    AUTO_STRV names = {0};
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
        strv_add(&names, kinds[i].name);
    }
    char *list AUTO_FREE = strv_join(&names, " ");
    char *hint AUTO_FREE = nearest_hint(name, &names);
    err_set(err, ERR_USAGE, "\"%s\" is no kind of document: %s%s", name, list, hint);
    return NULL;
}

/* ---- what is asked for ---- */

static bool takes(const struct kind *kind, enum argument_option option)
{
    if (option == OPT_RING || option == OPT_OUTPUT)
        return true;
    for (size_t i = 0; i < sizeof kind->takes / sizeof *kind->takes && kind->takes[i] != OPT_COUNT; i++)
        if (kind->takes[i] == option)
            return true;
    return false;
}

static bool refuse_option(const struct kind *kind, enum argument_option option, struct err *err)
{
    AUTO_STRV names = {0};
    for (int i = 0; i < OPT_COUNT; i++)
        if (takes(kind, (enum argument_option)i))
            strv_addf(&names, "--%s", arguments_spelling((enum argument_option)i));
    char *list AUTO_FREE = strv_join(&names, " ");
    return err_set(err, ERR_USAGE, "%s takes no --%s, only: %s", kind->name, arguments_spelling(option),
                   list);
}

static bool check_options(const struct app *app, const struct kind *kind, struct err *err)
{
    const char *output = arguments_value(&app->arguments, OPT_OUTPUT);
    bool to_stdout = !output || strcmp(output, "-") == 0;
    bool folder = output_is_folder(&app->arguments);
    for (int i = 0; i < OPT_COUNT; i++)
        if (app->arguments.given[i] && !takes(kind, (enum argument_option)i))
            return refuse_option(kind, (enum argument_option)i, err);
    if (folder && to_stdout)
        return err_set(err, ERR_USAGE, "%s is a folder of files: name it with -o DIR", kind->name);
    if (!kind->text && to_stdout && (app->arguments.json || isatty(STDOUT_FILENO)))
        return err_set(err, ERR_USAGE, "%s is not text: write it to a file with -o PATH", kind->name);
    return true;
}

/* --site NAME, of a kind that is about servers. */
static bool find_site(struct generate *request, const struct kind *kind, struct err *err)
{
    const struct arguments *arguments = &request->app->arguments;
    const char *name = kind->many ? arguments_value(arguments, OPT_SITE) : NULL;
    if (!name)
        return true;
    if (arguments->value[OPT_SITE].len > 1)
        return err_set(err, ERR_USAGE, "%s is for one --site at a time", kind->name);
    request->site = settings_site(&request->app->settings, name);
    return request->site ||
           err_set(err, ERR_USAGE, "--site %s: there is no [site %s]: ringmgr site list", name, name);
}

/* Those that --ring names, `all` taken apart; of a site, all that it shows where none is named. */
static bool name_rings(const struct generate *request, const struct kind *kind, struct strv *names,
                       struct err *err)
{
    const struct app *app = request->app;
    const struct strv *given = &app->arguments.value[OPT_RING];
    bool all = kind->many && given->len == 1 && strcmp(given->item[0], "all") == 0;
    if (request->site && (all || given->len == 0))
        strv_copy(names, &request->site->rings);
    else if (!all)
        strv_copy(names, given);
    for (size_t i = 0; !request->site && all && i < app->settings.rings; i++)
        strv_add(names, app->settings.ring[i].name);
    for (size_t i = 0; request->site && i < names->len; i++)
        if (!site_has_ring(request->site, names->item[i]))
            return err_set(err, ERR_USAGE, "site %s does not show ring %s: see its `rings`",
                           request->site->name, names->item[i]);
    return true;
}

static bool find_rings(struct generate *request, const struct kind *kind, struct err *err)
{
    const struct app *app = request->app;
    AUTO_STRV list = {0};
    const struct strv *names = &list;
    if (!find_site(request, kind, err) || !name_rings(request, kind, &list, err))
        return false;
    size_t len = names->len;
    if (len == 0) {
        err_set(err, ERR_USAGE, "%s needs --ring RING%s", kind->name, kind->many ? " or all" : "");
        return false;
    }
    if (len > 1 && !kind->many) {
        err_set(err, ERR_USAGE, "%s is for one ring: name one", kind->name);
        return false;
    }
    request->ring = mem_new(len, sizeof *request->ring);
    for (; request->rings < len; request->rings++) {
        size_t i = request->rings;
        for (size_t j = 0; j < i; j++)
            if (strcmp(names->item[i], names->item[j]) == 0)
                return err_set(err, ERR_USAGE, "--ring %s is named twice", names->item[i]);
        request->ring[i] = arguments_ring(app, names->item[i], err);
        if (!request->ring[i])
            return false;
    }
    return true;
}

/* What the ring's live build offers; nothing where none is published yet. */
static bool read_offered(struct generate *request, struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    bool found;
    if (!request->app->job.state)
        return true;
    if (!catalog_offer_live(request->app->job.state, request->ring[0]->name, &live, &found, err))
        return false;
    if (!found)
        return true;
    request->live = live.build;
    return content_parse(live.content, &request->offered, err);
}

/* The build of --target or --pin: machines can only go to what stands on the share, and only to a good one.
 */
static bool read_target(struct generate *request, struct err *err)
{
    const struct job *job = &request->app->job;
    const struct ring *ring = request->ring[0];
    const char *text = arguments_value(&request->app->arguments, OPT_TARGET);
    struct offer_span span;
    bool good;
    text = text ? text : arguments_value(&request->app->arguments, OPT_PIN);
    if (!text)
        return true;
    if (!build_parse(text, &request->target, err) || !decide_check(job, ring, err) ||
        !decide_lock(job, ring, &request->locks, err) ||
        !catalog_offer_span(job->state, ring->name, ring->channel, &request->target, &span, err) ||
        !rollback_is_good(job, ring, &request->target, &good, err))
        return false;
    if (!span.standing)
        return err_set(err, ERR_USAGE, "%s does not stand on the share of ring %s: machines could not get it",
                       text, ring->name);
    return good || err_set(err, ERR_REFUSED,
                           "%s is blocked, recalled or was rolled back in ring %s: no machine "
                           "should be held there",
                           text, ring->name);
}

/* A number of days counts on each machine from when it sees the update; a time is one for all. */
static bool read_deadline(struct generate *request, struct err *err)
{
    const char *text = arguments_value(&request->app->arguments, OPT_DEADLINE);
    int64_t seconds;
    if (!text)
        return true;
    if (settings_parse_duration(text, &seconds)) {
        request->deadline_days = (unsigned)(seconds / DAY_SECONDS);
        return (seconds % DAY_SECONDS == 0 && seconds > 0 && seconds / DAY_SECONDS <= DEADLINE_DAYS_MAX) ||
               err_set(err, ERR_USAGE, "--deadline %s: whole days, 1 to %d", text, DEADLINE_DAYS_MAX);
    }
    if (!zone_parse_when(text, true, &request->deadline_unix))
        return arguments_refuse_when("deadline", text, "a time as 2026-12-24 18:00, nor days as \"3 days\"",
                                     err);
    return request->deadline_unix > clock_now_unix() ||
           err_set(err, ERR_USAGE, "--deadline %s: that has passed", text);
}

/* ---- what comes of it ---- */

/* Before the documents leave: a pin that exists on paper only is known at least. */
static bool record_pin(struct generate *request, const struct kind *kind, struct err *err)
{
    struct app *app = request->app;
    struct pin pin = {.ring = request->ring[0]->name,
                      .channel = request->ring[0]->channel,
                      .build = request->target,
                      .what = kind->name,
                      .by = app->identity.person,
                      .at_unix = clock_now_unix()};
    char build[BUILD_TEXT_SIZE];
    build_format(&request->target, build);
    if (build_is_none(&request->target) || app->arguments.given[OPT_DOWNLOAD])
        return true; /* nor does a download hold a machine anywhere */
    if (!settle_pin_made(&app->job, &pin, err))
        return false;
    jv_set_int(app->result, "pin", pin.id);
    log_warn(&app->arguments.log,
             "%s stays on the share of ring %s until `ringmgr pins --clear %" PRId64 " --reason TEXT`", build,
             pin.ring, pin.id);
    return true;
}

static void list_documents(const struct documents *documents, struct jv *result)
{
    struct jv *list = jv_array();
    jv_set(result, "files", list);
    for (size_t i = 0; i < documents->len; i++) {
        const struct document *document = &documents->item[i];
        struct digest digest = digest_of(document->bytes.data, document->bytes.len);
        struct jv *object = jv_object();
        char hex[DIGEST_TEXT_SIZE];
        digest_format(&digest, hex);
        jv_set_text(object, "path", document->path);
        jv_set_int(object, "bytes", (int64_t)document->bytes.len);
        jv_set_text(object, "sha256", hex);
        jv_push(list, object);
    }
}

static bool hand_out(const struct generate *request, const struct kind *kind, struct err *err)
{
    const struct app *app = request->app;
    const struct buf *first = &request->documents.item[0].bytes;
    jv_set_text(app->result, "kind", kind->name);
    jv_set_text(app->result, "ring", request->ring[0]->name);
    list_documents(&request->documents, app->result);
    if (kind->text)
        jv_set_text(app->result, "document", buf_text(first));
    if (output_is_folder(&app->arguments))
        return output_documents(app, &request->documents, err);
    const char *output = arguments_value(&app->arguments, OPT_OUTPUT);
    bool to_stdout = !output || strcmp(output, "-") == 0;
    return (app->arguments.json && to_stdout) || output_document(app, first, err);
}

/* A pin comes before its documents leave; where they could not, it is there all the same. */
static bool finish(struct generate *request, const struct kind *kind, struct err *err)
{
    if (output_is_folder(&request->app->arguments) &&
        !output_check_folder(request->app, &request->documents, err))
        return false;
    if (!record_pin(request, kind, err))
        return false;
    if (hand_out(request, kind, err))
        return true;
    return !build_is_none(&request->target) &&
           err_prefix(err, "the pin is recorded (`ringmgr pins`), its document is not written");
}

static void clear_request(struct generate *request)
{
    decide_unlock(&request->locks);
    free(request->ring);
    content_clear(&request->offered);
    documents_clear(&request->documents);
}

enum err_code cmd_generate(struct app *app, struct err *err)
{
    AUTO(clear_request)
    struct generate request = {.app = app};
    const struct kind *kind = find_kind(app->arguments.word.item[0], err);
    if (kind && check_options(app, kind, err) && find_rings(&request, kind, err) &&
        read_offered(&request, err) && read_target(&request, err) && read_deadline(&request, err) &&
        kind->write(&request, err) && finish(&request, kind, err))
        return ERR_NONE;
    return err->code;
}
