#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/verify.h"

#include <stdio.h>

static void print(const struct verify_finding *finding)
{
    char *path AUTO_FREE = output_shown(finding->path), *problem AUTO_FREE = output_shown(finding->problem);
    printf("%s: %s %s%s\n", finding->ring, path, problem, finding->repaired ? ": repaired" : "");
}

static void report(const struct app *app, const struct verify *verify)
{
    struct jv *bad = jv_array();
    char bytes[32];
    for (size_t i = 0; i < verify->len; i++) {
        const struct verify_finding *finding = &verify->finding[i];
        struct jv *object = jv_object();
        jv_set_text(object, "ring", finding->ring);
        jv_set_text(object, "path", finding->path);
        jv_set_text(object, "problem", finding->problem);
        jv_set_bool(object, "repaired", finding->repaired);
        jv_push(bad, object);
        if (!app->arguments.json)
            print(finding);
    }
    jv_set_int(app->result, "checked_files", (int64_t)verify->checked_files);
    jv_set_int(app->result, "checked_bytes", (int64_t)verify->checked_bytes);
    jv_set_int(app->result, "reclaimed", (int64_t)verify->reclaimed);
    jv_set(app->result, "bad", bad);
    output_bytes(verify->checked_bytes, bytes);
    if (verify->reclaimed && !app->arguments.json)
        printf("%zu object%s that the store had lost: taken back from shares\n", verify->reclaimed,
               verify->reclaimed == 1 ? "" : "s");
    if (!app->arguments.json)
        printf("%zu files, %s read: %zu wrong, %zu repaired\n", (size_t)verify->checked_files, bytes,
               verify->len, verify->repaired);
}

enum err_code cmd_verify(struct app *app, struct err *err)
{
    struct verify verify;
    const struct ring **rings AUTO_FREE = arguments_rings(app, err);
    if (!rings)
        return err->code;
    const struct verify_options options = {
        .rings = rings, .quick = app->arguments.given[OPT_QUICK], .repair = app->arguments.given[OPT_REPAIR]};
    bool ok = verify_run(&app->job, &options, &verify, err);
    bool clean = verify.len == verify.repaired;
    report(app, &verify);
    verify_clear(&verify);
    if (!ok)
        return err->code;
    *err = (struct err){0}; /* the findings say it all */
    return clean ? ERR_NONE : ERR_NOT_GENUINE;
}
