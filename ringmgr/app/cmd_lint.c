/* lint: what is wrong with documents that somebody has. */
#include "config/lint.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/rollback.h"
#include "ringmgr/state/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What `struct lint_ring` borrows. */
struct known {
    struct strv shares, others, owners;
    struct content offered;
    struct build *standing, *bad;
    struct lint_ring ring;
};

static void clear_known(struct known *known)
{
    strv_clear(&known->shares);
    strv_clear(&known->others);
    strv_clear(&known->owners);
    content_clear(&known->offered);
    free(known->standing);
    free(known->bad);
}

/* A build of the ring's channel that stands on its share. */
static bool add_standing(struct app *app, const struct ring *ring, const struct build *build,
                         struct known *known, struct err *err)
{
    bool good;
    known->standing[known->ring.standing_len++] = *build;
    if (!rollback_is_good(&app->job, ring, build, &good, err))
        return false;
    if (!good)
        known->bad[known->ring.bad_len++] = *build;
    return true;
}

static bool read_standing(struct app *app, const struct ring *ring, struct known *known, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    if (!app->job.state)
        return true;
    if (!catalog_offers_standing(app->job.state, ring->name, &offers, err))
        return false;
    known->ring.standing = known->standing = mem_new(offers.len + 1, sizeof *known->standing);
    known->ring.bad = known->bad = mem_new(offers.len + 1, sizeof *known->bad);
    for (size_t i = 0; i < offers.len; i++)
        if (offers.item[i].channel == ring->channel &&
            !add_standing(app, ring, &offers.item[i].build, known, err))
            return false;
    if (offers.len == 0 || offers.item[0].live_until >= 0)
        return true; /* nothing is live */
    if (offers.item[0].channel == ring->channel)
        known->ring.live = offers.item[0].build;
    known->ring.offered = &known->offered;
    return content_parse(offers.item[0].content, &known->offered, err);
}

/* Its own names first: the first is what messages call it. */
static void add_shares(const struct settings *settings, const struct ring *ring, struct strv *shares)
{
    if (*ring->dfs)
        strv_add(shares, ring->dfs);
    if (*ring->unc)
        strv_add(shares, ring->unc);
    if (*ring->http)
        strv_add(shares, ring->http);
    for (size_t i = 0; i < settings->sites; i++) {
        char *unc AUTO_FREE = site_has_ring(&settings->site[i], ring->name)
                                  ? site_unc(&settings->site[i], ring->name)
                                  : mem_strdup("");
        if (*unc)
            strv_add(shares, unc);
    }
}

static bool read_ring(struct app *app, struct known *known, struct err *err)
{
    const struct settings *settings = &app->settings;
    if (app->arguments.value[OPT_RING].len > 1)
        return err_set(err, ERR_USAGE, "a file is held against one ring: name one");
    const struct ring *ring = arguments_ring(app, arguments_value(&app->arguments, OPT_RING), err);
    if (!ring)
        return false;
    known->ring = (struct lint_ring){.name = ring->name,
                                     .channel = ring->channel,
                                     .shares = &known->shares,
                                     .others = &known->others,
                                     .owners = &known->owners};
    for (size_t i = 0; i < settings->rings; i++) {
        add_shares(settings, &settings->ring[i],
                   &settings->ring[i] == ring ? &known->shares : &known->others);
        while (known->owners.len < known->others.len)
            strv_add(&known->owners, settings->ring[i].name);
    }
    return read_standing(app, ring, known, err);
}

static struct jv *to_json(const struct findings *findings)
{
    struct jv *list = jv_array();
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *finding = &findings->item[i];
        struct jv *object = jv_object();
        jv_set_int(object, "line", finding->line);
        jv_set_text(object, "severity", finding_severity_name(finding->severity));
        jv_set_text(object, "code", finding->code);
        jv_set_text(object, "text", finding->text);
        jv_push(list, object);
    }
    return list;
}

static void print_findings(const char *path, const struct findings *findings)
{
    char *file AUTO_FREE = output_shown(path);
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *finding = &findings->item[i];
        printf("%s:%u: %s: %s [%s]\n", file, finding->line, finding_severity_name(finding->severity),
               finding->text, finding->code);
    }
    if (findings->len == 0)
        printf("%s: nothing found\n", file);
}

static bool lint_one(const struct app *app, const struct document *file, const struct lint_options *options,
                     struct jv *files)
{
    struct findings findings AUTO(findings_clear) = {0};
    lint_file(file->bytes.data, file->bytes.len, options, &findings);
    if (app->arguments.json) {
        struct jv *object = jv_object();
        jv_set_text(object, "file", file->path);
        jv_set(object, "findings", to_json(&findings));
        jv_push(files, object);
    } else {
        print_findings(file->path, &findings);
    }
    return findings_have_errors(&findings);
}

enum err_code cmd_lint(struct app *app, struct err *err)
{
    AUTO(clear_known)
    struct known known = {0};
    bool with_ring = app->arguments.given[OPT_RING];
    struct lint_options options = {.now_unix = clock_now_unix(), .ring = with_ring ? &known.ring : NULL};
    struct jv *files = jv_array();
    bool errors = false;
    jv_set(app->result, "files", files);
    if (with_ring && !read_ring(app, &known, err))
        return err->code;
    for (size_t i = 0; i < app->named.len; i++)
        errors = lint_one(app, &app->named.item[i], &options, files) || errors;
    *err = app->unread;
    return errors ? ERR_NEEDS_PERSON : err->msg[0] ? err->code : ERR_NONE;
}
