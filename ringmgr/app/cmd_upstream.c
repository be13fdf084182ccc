#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/ops/upstream.h"
#include "ringmgr/state/catalog.h"

#include <stdio.h>
#include <stdlib.h>

static struct jv *updates_to_json(const struct releases *known)
{
    struct jv *updates = jv_array();
    for (size_t i = 0; i < known->len; i++) {
        struct jv *update = jv_object();
        output_set_build(update, "build", &known->row[i].build);
        jv_set_text(update, "version", known->row[i].version);
        jv_set_time(update, "released", known->row[i].released_unix);
        jv_set(update, "support_until", NULL);
        jv_push(updates, update);
    }
    return updates;
}

static bool recalls_to_json(const struct app *app, const struct channel *channel, struct jv *recalled,
                            struct err *err)
{
    struct build *builds = NULL;
    size_t len = 0;
    char text[BUILD_TEXT_SIZE];
    bool ok = catalog_recalls(app->job.state, channel, &builds, &len, err);
    for (size_t i = 0; ok && i < len; i++) {
        build_format(&builds[i], text);
        jv_push_text(recalled, text);
    }
    free(builds);
    return ok;
}

static void print_channel(const struct channel *channel, const struct upstream_offer *offer,
                          const struct releases *known)
{
    char pointer[BUILD_TEXT_SIZE], date[64];
    build_format(&offer->pointer, pointer);
    printf("%s (%s): %s\n", channel->id, channel->display_name, pointer);
    if (offer->wait_code)
        printf("    %s\n", offer->text);
    for (size_t i = 0; i < known->len; i++) {
        char build[BUILD_TEXT_SIZE];
        build_format(&known->row[i].build, build);
        output_time(known->row[i].released_unix, date);
        printf("    %s  %s  released %s\n", known->row[i].version, build, date);
    }
}

static bool show_channel(struct app *app, const struct origin_session *origin, const struct channel *channel,
                         unsigned architectures, const struct releases *now, struct jv *channels,
                         struct err *err)
{
    struct releases known AUTO(releases_clear) = {0};
    struct upstream_offer offer;
    if (!upstream_ask(&app->job, origin, channel, architectures, now, &offer, err) ||
        !catalog_releases(app->job.state, channel, &known, err))
        return false;
    struct jv *object = jv_object(), *recalled = jv_array();
    jv_push(channels, object);
    jv_set_text(object, "channel", channel->id);
    output_set_build(object, "latest", &offer.latest);
    output_set_build(object, "pointer", &offer.pointer);
    jv_set_bool(object, "disagree", offer.wait_code != NULL);
    jv_set(object, "throttle", offer.throttle >= 0 ? jv_int(offer.throttle) : NULL);
    jv_set(object, "recalled", recalled);
    jv_set(object, "updates", updates_to_json(&known));
    if (!app->arguments.json)
        print_channel(channel, &offer, &known);
    return recalls_to_json(app, channel, recalled, err);
}

/* The channel that was named, or every one that a ring has, each once. */
static bool show_channels(struct app *app, const struct origin_session *origin, const struct releases *now,
                          struct jv *channels, struct err *err)
{
    const struct channel *named = arguments_channel(&app->arguments, err);
    if (!named && app->arguments.given[OPT_CHANNEL])
        return false;
    if (named)
        return show_channel(app, origin, named, ARCH_X64, now, channels, err);
    const struct channel *channel;
    for (size_t k = 0; (channel = channel_at(k)); k++) {
        unsigned architectures = 0;
        for (size_t i = 0; i < app->settings.rings; i++)
            if (app->settings.ring[i].channel == channel)
                architectures |= app->settings.ring[i].content.architectures;
        if (architectures && !show_channel(app, origin, channel, architectures, now, channels, err))
            return false;
    }
    return true;
}

enum err_code cmd_upstream(struct app *app, struct err *err)
{
    AUTO_ORIGIN origin = {0};
    AUTO_LOCK lock = NULL;
    struct releases now AUTO(releases_clear) = {0};
    struct jv *channels = jv_array();
    bool absent;
    jv_set(app->result, "channels", channels);
    if (!job_lock_upstream(&app->job, &lock, err) || !origin_open(&app->job, NULL, NULL, 0, &origin, err) ||
        !upstream_history(&app->job, &origin, &now, &absent, err) ||
        !show_channels(app, &origin, &now, channels, err))
        return err->code;
    return ERR_NONE;
}
