#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/client.h"

#include <stdio.h>
#include <string.h>

/* ---- the question ---- */

static bool parse_channel(const struct arguments *arguments, struct client *client, struct err *err)
{
    client->channel = arguments_channel(arguments, err);
    return client->channel || !arguments->given[OPT_CHANNEL];
}

static bool parse_content(const struct arguments *arguments, struct content *content, struct err *err)
{
    const struct strv *given = &arguments->value[OPT_LANG];
    AUTO_STRV languages = {0};
    for (size_t i = 0; i < given->len; i++)
        strv_split(&languages, given->item[i]);
    const struct content wanted = {.languages = languages};
    content_copy(content, &wanted);
    return arguments_architecture(arguments, &content->architectures, err);
}

static bool parse_client(const struct arguments *arguments, struct client *client, struct err *err)
{
    const char *target = arguments_value(arguments, OPT_TARGET);
    if (!arguments->given[OPT_HAVE] || !arguments->given[OPT_ARCH] || !arguments->given[OPT_LANG])
        return err_set(err, ERR_USAGE,
                       "client needs --have BUILD, --arch A and --lang L: what the machine has");
    return build_parse(arguments_value(arguments, OPT_HAVE), &client->have, err) &&
           (!target || build_parse(target, &client->target, err)) && parse_channel(arguments, client, err) &&
           parse_content(arguments, &client->content, err);
}

/* ---- the answer in words ---- */

struct words {
    const struct ring *ring;
    const struct client *client;
    const struct client_answer *answer;
    struct buf *text;
};

static void add_build(struct buf *text, const struct build *build)
{
    char number[BUILD_TEXT_SIZE];
    build_format(build, number);
    buf_puts(text, number);
}

static void add_download(const struct words *words)
{
    const struct download *download = &words->answer->download;
    char bytes[32], whole[32];
    output_bytes(download->bytes, bytes);
    output_bytes(download->whole, whole);
    if (download->exact)
        buf_printf(words->text, "it fetches %s of %s, the rest it has", bytes, whole);
    else
        buf_printf(words->text, "it fetches at most %s of %s", bytes, whole);
}

static void say_target(const struct words *words)
{
    if (build_compare(&words->answer->build, &words->client->have) < 0)
        buf_puts(words->text,
                 ". A target version that is left behind drags the machine back after each later update");
    else
        buf_puts(words->text, ". It stays there until the target version is taken back");
}

static void say_update(const struct words *words)
{
    const struct client_answer *answer = words->answer;
    bool back = build_compare(&answer->build, &words->client->have) < 0;
    buf_puts(words->text, back ? "goes back from " : "updates from ");
    add_build(words->text, &words->client->have);
    buf_puts(words->text, " to ");
    add_build(words->text, &answer->build);
    if (answer->outcome == CLIENT_CHANNEL_CHANGE)
        buf_printf(words->text, " and leaves the channel %s for %s", answer->from->id, answer->channel->id);
    buf_puts(words->text, ": ");
    add_download(words);
    if (!build_is_none(&words->client->target))
        say_target(words);
}

static void say_arrival(const struct words *words)
{
    const struct arrival *arrival = &words->answer->arrival;
    char date[ZONE_DATE_SIZE];
    if (!arrival->known) {
        buf_puts(words->text, "; none is on its way");
        return;
    }
    if (arrival->at_unix >= 0) {
        zone_format_date(zone_day(arrival->at_unix), date);
        buf_printf(words->text, ", on %s at the earliest: ", date);
    } else
        buf_puts(words->text, ", and nobody can say when: ");
    add_build(words->text, &arrival->build);
    if (arrival->ring != words->ring)
        buf_printf(words->text, " has yet to enter %s", arrival->ring->name);
    else
        buf_puts(words->text, arrival->decision ? " comes when people have decided" : " comes by itself");
    if (*arrival->waits_for)
        buf_printf(words->text, "; %s", arrival->waits_for);
}

static void say_nothing(const struct words *words)
{
    const struct client_answer *answer = words->answer;
    bool older = !answer->empty && build_compare(&answer->build, &words->client->have) < 0;
    if (!build_is_none(&words->client->target)) {
        buf_puts(words->text, "nothing: it has its target version, and stays there until that is taken back");
        return;
    }
    if (answer->empty)
        buf_puts(words->text, "the share offers nothing yet: ");
    else {
        add_build(words->text, &answer->build);
        buf_puts(words->text,
                 older ? " is older than what it has, and takes no machine back: " : " is what it has: ");
    }
    buf_printf(words->text, "nothing until %s offers %s", words->ring->name,
               older           ? ">= "
               : answer->empty ? "one that is newer"
                               : "a newer build");
    if (older)
        add_build(words->text, &answer->least);
    if (answer->has_arrival)
        say_arrival(words);
}

/* Languages that the machine has and the ring does not want are the usual reason. */
static void say_languages(const struct words *words)
{
    struct content offered AUTO(content_clear) = {0};
    const struct strv *languages = &words->client->content.languages;
    content_copy(&offered, &words->ring->content);
    for (size_t i = 0; i < languages->len; i++)
        if (!strv_has(&offered.languages, languages->item[i]))
            buf_printf(words->text, "; %s is not among the languages of %s", languages->item[i],
                       words->ring->name);
}

static void say_missing(const struct words *words)
{
    const struct client_answer *answer = words->answer;
    buf_puts(words->text, answer->problem);
    if (answer->missing.len > 1)
        buf_printf(words->text, " and %zu more file%s like it", answer->missing.len - 1,
                   answer->missing.len == 2 ? " is" : "s are");
    if (answer->missing.len)
        say_languages(words);
}

static void say_failure(const struct words *words)
{
    buf_puts(words->text, "the update");
    if (!build_is_none(&words->answer->build)) {
        buf_puts(words->text, " to ");
        add_build(words->text, &words->answer->build);
    }
    buf_puts(words->text, " fails: ");
    say_missing(words);
}

static void say_needs_target(const struct words *words)
{
    char have[BUILD_TEXT_SIZE], target[BUILD_TEXT_SIZE];
    build_format(&words->client->have, have);
    build_format(&words->answer->build, target);
    buf_printf(words->text,
               "%s went back from %s to %s, and an older pointer takes no machine back: it stays until it "
               "gets the target "
               "version %s, by the documents that `ringmgr rollback` writes with -o or by "
               "`OfficeC2RClient.exe /update user updatetoversion=%s`",
               words->ring->name, have, target, target, target);
    if (words->answer->missing.len) {
        buf_puts(words->text, ". Even so the way back fails: ");
        say_missing(words);
        return;
    }
    buf_puts(words->text, "; then ");
    add_download(words);
}

static void say(const struct words *words)
{
    switch (words->answer->outcome) {
    case CLIENT_UPDATE:
    case CLIENT_CHANNEL_CHANGE:
        say_update(words);
        break;
    case CLIENT_NOTHING:
        say_nothing(words);
        break;
    case CLIENT_FAIL:
        say_failure(words);
        break;
    case CLIENT_NEEDS_TARGET:
        say_needs_target(words);
        break;
    }
    if (*words->answer->foreign)
        buf_printf(words->text, ". %s", words->answer->foreign);
}

/* ---- the answer as JSON ---- */

static struct jv *forecast_to_json(const struct client_answer *answer)
{
    const struct arrival *arrival = &answer->arrival;
    if (!answer->has_arrival || !arrival->known)
        return NULL;
    struct jv *object = jv_object();
    output_set_build(object, "build", &arrival->build);
    jv_set_text(object, "ring", arrival->ring->name);
    jv_set_time(object, "at", arrival->at_unix);
    jv_set_bool(object, "decision", arrival->decision);
    jv_set_text(object, "waits_for", *arrival->waits_for ? arrival->waits_for : NULL);
    return object;
}

static void put_json(struct jv *result, const struct words *words)
{
    const struct client_answer *answer = words->answer;
    struct jv *missing = jv_array();
    for (size_t i = 0; i < answer->missing.len; i++)
        jv_push_text(missing, answer->missing.item[i]);
    jv_set_text(result, "ring", words->ring->name);
    jv_set_text(result, "outcome", client_outcome_text(answer->outcome));
    output_set_build(result, "build", &answer->build);
    jv_set_int(result, "bytes", (int64_t)answer->download.bytes);
    jv_set_bool(result, "bytes_exact", answer->download.exact);
    jv_set(result, "missing", missing);
    jv_set_text(result, "text", buf_text(words->text));
    jv_set_text(result, "descriptor", answer->descriptor);
    jv_set_text(result, "channel", answer->channel ? answer->channel->id : NULL);
    output_set_build(result, "have", &words->client->have);
    jv_set_text(result, "have_channel", answer->from->id);
    output_set_build(result, "target", &words->client->target);
    jv_set_bool(result, "foreign", *answer->foreign);
    jv_set(result, "forecast", forecast_to_json(answer));
}

/* ---- the command ---- */

static bool ask(struct app *app, const struct ring *ring, const struct client *client,
                struct client_answer *answer, struct err *err)
{
    AUTO_BUF text = {0};
    if (!client_ask(&app->job, ring, client, answer, err))
        return false;
    const struct words words = {ring, client, answer, &text};
    say(&words);
    put_json(app->result, &words);
    if (!app->arguments.json)
        printf("%s: %s\n", client_outcome_text(answer->outcome), buf_text(&text));
    return true;
}

enum err_code cmd_client(struct app *app, struct err *err)
{
    const struct ring *ring = arguments_ring(app, app->arguments.word.item[0], err);
    struct client_answer answer AUTO(client_answer_clear) = {0};
    struct client client = {0};
    bool ok = ring && parse_client(&app->arguments, &client, err) && ask(app, ring, &client, &answer, err);
    content_clear(&client.content);
    if (!ok)
        return err->code;
    *err = (struct err){0}; /* what a machine stumbles over is in the answer */
    return answer.outcome == CLIENT_FAIL ? ERR_NEEDS_PERSON : ERR_NONE;
}
