/* What the tests of config/odt share: a ring, what it offers and what is asked for. */
#ifndef RINGMGR_TESTS_UNIT_CONFIG_ODT_SCENE_H
#define RINGMGR_TESTS_UNIT_CONFIG_ODT_SCENE_H

#include "test.h"

#include "config/odt.h"
#include "golden.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"
#include <fcntl.h>

/* One ring and one request; the lists of the request are empty unless a test fills them. */
struct scene {
    struct ring ring;
    struct content offered;
    struct strv products;
    struct strv excluded;
    struct strv languages;
    struct odt_options options;
};

static inline void set_scene(struct scene *scene, const char *channel, const char *content,
                             const char *offered)
{
    struct err err = {0};
    *scene = (struct scene){.ring = {.name = (char *)"pilot", .unc = (char *)"\\\\files\\office-pilot"}};
    scene->ring.channel = channel_find(channel);
    assert_ok(content_parse(content, &scene->ring.content, &err));
    assert_ok(content_parse(offered, &scene->offered, &err));
    scene->options = (struct odt_options){.ring = &scene->ring,
                                          .offered = &scene->offered,
                                          .products = &scene->products,
                                          .excluded_apps = &scene->excluded,
                                          .languages = &scene->languages};
}

/* Reads "KEY=VALUE; KEY=VALUE" of [deploy], lists at blanks. */
static inline void set_deploy(struct scene *scene, const char *text)
{
    struct deploy *deploy = &scene->ring.deploy;
    const struct {
        const char *key;
        struct strv *list;
        char **text;
        bool *yes;
    } fields[] = {
        {"products", &deploy->products, NULL, NULL},     {"exclude_apps", &deploy->exclude_apps, NULL, NULL},
        {"keep_msi", &deploy->keep_msi, NULL, NULL},     {"properties", &deploy->properties, NULL, NULL},
        {"remove_msi", NULL, NULL, &deploy->remove_msi}, {"migrate_arch", NULL, NULL, &deploy->migrate_arch},
        {"display", NULL, &deploy->display, NULL},       {"company", NULL, &deploy->company, NULL},
    };
    while (*text) {
        size_t key = strcspn(text, "="), len = strcspn(text + key + 1, ";"), i = 0;
        char *value AUTO_FREE = mem_strndup(text + key + 1, len);
        while (strlen(fields[i].key) != key || strncmp(fields[i].key, text, key) != 0)
            assert_true(++i < sizeof fields / sizeof *fields);
        if (fields[i].list)
            strv_split(fields[i].list, value);
        else if (fields[i].yes)
            *fields[i].yes = true;
        else
            *fields[i].text = mem_strdup(value);
        text += key + 1 + len;
        text += strspn(text, "; ");
    }
}

static inline struct build build_of(const char *text)
{
    struct err err = {0};
    struct build build;
    assert_ok(build_parse(text, &build, &err));
    return build;
}

/* A ring of MonthlyEnterprise that wants and offers x64, en-us and fr-fr. */
static inline void set_usual_scene(struct scene *scene)
{
    set_scene(scene, "MonthlyEnterprise", "x64 en-us,fr-fr proofing= arm64=no",
              "x64 en-us,fr-fr proofing= arm64=no");
}

static inline void clear(struct scene *scene)
{
    content_clear(&scene->ring.content);
    content_clear(&scene->offered);
    deploy_clear(&scene->ring.deploy);
    strv_clear(&scene->products);
    strv_clear(&scene->excluded);
    strv_clear(&scene->languages);
}

/* The document of the scene is the golden file, byte for byte, and can be parsed. */
static inline void assert_document(struct scene *scene, const char *golden)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(odt_write(&scene->options, &written, &err));
    assert_golden(&written, golden);
    assert_ok(xml_parse(written.data, written.len, golden, &xml, &err));
    clear(scene);
}

/* Refused with a sentence that has this part; nothing is written. */
static inline void assert_refused(struct scene *scene, const char *part)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    assert_fails(odt_write(&scene->options, &written, &err), ERR_USAGE);
    if (!strstr(err.msg, part))
        fail_msg("wanted …%s…: %s", part, err.msg);
    assert_int_equal(written.len, 0);
    clear(scene);
}

#endif
