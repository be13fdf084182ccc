/* Lint in tests: a ring to hold files against, and findings as one line of text each. */
#ifndef RINGMGR_TESTS_UNIT_CONFIG_LINT_SCENE_H
#define RINGMGR_TESTS_UNIT_CONFIG_LINT_SCENE_H

#include "test.h"

#include "config/lint.h"
#include "ringmgr/base/mem.h"

/* 2026-08-22 12:00 UTC */
static const int64_t lint_now_unix = 1787400000;

/* Ring pilot: MonthlyEnterprise, x64, en-us and fr-fr, proofing tools for de-de, one build. */
struct lint_scene {
    struct strv shares;
    struct content offered;
    struct build standing;
    struct lint_ring ring;
    struct lint_options options;
};

static inline void lint_scene_set(struct lint_scene *scene)
{
    struct err err = {0};
    *scene = (struct lint_scene){.ring = {.name = "pilot", .channel = channel_find("MonthlyEnterprise")}};
    strv_add(&scene->shares, "\\\\files\\office-pilot");
    strv_add(&scene->shares, "\\\\corp.example\\office\\pilot");
    assert_ok(content_parse("x64 en-us,fr-fr proofing=de-de arm64=no", &scene->offered, &err));
    assert_ok(build_parse("16.0.20326.20100", &scene->standing, &err));
    scene->ring.shares = &scene->shares;
    scene->ring.offered = &scene->offered;
    scene->ring.standing = &scene->standing;
    scene->ring.standing_len = 1;
    scene->ring.live = scene->standing;
    scene->options = (struct lint_options){.now_unix = lint_now_unix, .ring = &scene->ring};
}

static inline void lint_scene_clear(struct lint_scene *scene)
{
    strv_clear(&scene->shares);
    content_clear(&scene->offered);
}

/*
 * The findings of a file as "LINE CODE, LINE CODE …", or with severities as "LINE SEVERITY CODE, …", held
 * against the ring or the rules alone.
 */
static inline char *lint_list(const void *bytes, size_t len, bool with_ring, bool severities)
{
    struct lint_scene scene;
    AUTO(findings_clear)
    struct findings findings = {0};
    AUTO_BUF all = {0};
    lint_scene_set(&scene);
    if (!with_ring)
        scene.options.ring = NULL;
    lint_file(bytes, len, &scene.options, &findings);
    for (size_t i = 0; i < findings.len; i++)
        buf_printf(&all, "%s%u %s%s%s", i ? ", " : "", findings.item[i].line,
                   severities ? finding_severity_name(findings.item[i].severity) : "", severities ? " " : "",
                   findings.item[i].code);
    lint_scene_clear(&scene);
    return mem_strdup(buf_text(&all));
}

static inline char *lint_codes(const void *bytes, size_t len, bool with_ring)
{
    return lint_list(bytes, len, with_ring, false);
}

/* Appends them as "FILE:LINE: SEVERITY: CODE: TEXT", a line each. */
static inline void lint_print(const char *name, const struct buf *file, const struct lint_options *options,
                              struct buf *out)
{
    AUTO(findings_clear)
    struct findings findings = {0};
    lint_file(file->data, file->len, options, &findings);
    for (size_t i = 0; i < findings.len; i++) {
        const struct finding *f = &findings.item[i];
        buf_printf(out, "%s:%u: %s: %s: %s\n", name, f->line, finding_severity_name(f->severity), f->code,
                   f->text);
    }
}

#endif
