/* lint: what is wrong with documents that somebody has. */
#include "config/lint.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What `struct lint_ring` borrows. */
struct known {
    struct strv shares;
    struct content offered;
    struct build *standing;
    struct lint_ring ring;
};

static void clear_known(struct known *known)
{
    strv_clear(&known->shares);
    content_clear(&known->offered);
    free(known->standing);
}

static bool read_standing(struct app *app, struct known *known, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    if (!app->job.state)
        return true;
    if (!catalog_offers_standing(app->job.state, known->ring.name, &offers, err))
        return false;
    known->ring.standing = known->standing = mem_new(offers.len + 1, sizeof *known->standing);
    for (size_t i = 0; i < offers.len; i++)
        if (offers.item[i].channel == known->ring.channel)
            known->standing[known->ring.standing_len++] = offers.item[i].build;
    if (offers.len == 0 || offers.item[0].live_until >= 0)
        return true; /* nothing is live */
    known->ring.offered = &known->offered;
    return content_parse(offers.item[0].content, &known->offered, err);
}

static bool read_ring(struct app *app, struct known *known, struct err *err)
{
    const struct ring *ring = arguments_ring(app, arguments_value(&app->arguments, OPT_RING), err);
    if (!ring)
        return false;
    known->ring = (struct lint_ring){.name = ring->name, .channel = ring->channel, .shares = &known->shares};
    if (*ring->dfs)
        strv_add(&known->shares, ring->dfs);
    if (*ring->unc)
        strv_add(&known->shares, ring->unc);
    return read_standing(app, known, err);
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

static void print_findings(const char *file, const struct findings *findings)
{
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
    return errors ? ERR_NEEDS_PERSON : ERR_NONE;
}
