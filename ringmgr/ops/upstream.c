#include "ringmgr/ops/upstream.h"
#include "ringmgr/base/address.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/filelist_ofl.h"
#include "ringmgr/ops/credentials.h"
#include "ringmgr/state/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sessions ---- */

bool upstream_trust(const struct job *job, struct trust **trust, struct err *err)
{
    const struct origin *origin = &job->settings->origin;
    AUTO_BUF pem = {0};
    if (!fs_read_path(origin->roots, LIMIT_ROOTS_BYTES, &pem, err) ||
        !trust_new(pem.data, pem.len, origin->publisher, trust, err)) {
        if (err->domain == ERR_DOMAIN_ERRNO && err->sys == ENOENT)
            return err_set(err, ERR_USAGE,
                           "roots = %s: not there: sudo ringmgr trust fetches Microsoft's, and proves them",
                           origin->roots);
        err->code = ERR_USAGE;
        return err_prefix(err, "roots = %s", origin->roots);
    }
    return true;
}

static bool is_file(const char *base)
{
    return strncmp(base, "file:", strlen("file:")) == 0;
}

/* Mirrors are those of the configured origin; a line that others work on is not what brings a file of this
 * machine. */
static bool open_session(const struct job *job, const char *base, int64_t stop_unix,
                         const struct credentials *credentials, struct http **http, struct err *err)
{
    const struct origin *configured = &job->settings->origin;
    const char **mirrors AUTO_FREE = mem_new(configured->mirrors.len + 1, sizeof(char *));
    for (size_t i = 0; i < configured->mirrors.len; i++)
        mirrors[i] = configured->mirrors.item[i];
    const struct http_options options = {.base = base ? base : configured->url,
                                         .mirrors = base ? NULL : mirrors,
                                         .proxy = configured->proxy,
                                         .proxy_user = credentials->user,
                                         .proxy_password = credentials->password,
                                         .rate_limit = base && is_file(base) ? 0 : configured->rate_limit,
                                         .stop_unix = stop_unix,
                                         .connections = configured->connections,
                                         .log = job->log};
    return http_new(&options, http, err);
}

/* A mirror of its own may stand in for the folder of the origin, not for that of an import. */
static bool check_folder(const struct job *job, const char *base, const struct origin_session *origin,
                         struct err *err)
{
    const struct origin *configured = &job->settings->origin;
    const char *address = base ? base : configured->url;
    char *path AUTO_FREE = address_path(address);
    if (address_has_folder(address) || (!base && configured->mirrors.len > 0))
        return true;
    return err_set(err, ERR_UPSTREAM, "%s: there is no folder %s: mount it, make it, or name another",
                   origin->base, path);
}

bool origin_open(const struct job *job, const char *base, const char *name, int64_t stop_unix,
                 struct origin_session *origin, struct err *err)
{
    const struct origin *configured = &job->settings->origin;
    *origin =
        (struct origin_session){.base = mem_strdup(base ? name : configured->url), .one_tree = base != NULL};
    struct credentials credentials AUTO(credentials_clear) = {0};
    if (!check_folder(job, base, origin, err) || !upstream_trust(job, &origin->trust, err) ||
        !credentials_read(configured->proxy_credentials, &credentials, err))
        return false;
    return open_session(job, base, stop_unix, &credentials, &origin->http, err);
}

void origin_close(struct origin_session *origin)
{
    http_free(origin->http);
    trust_free(origin->trust);
    free(origin->base);
    *origin = (struct origin_session){0};
}

char *origin_path(const struct origin_session *origin, const struct channel *channel, const char *name)
{
    if (origin->one_tree)
        return mem_printf("Office/Data/%s", name);
    return mem_printf("%s/Office/Data/%s", channel->guid, name);
}

/* ---- one metadata file ---- */

/* A mirror that is behind, where the origin itself does not answer: what is known already counts. */
static bool is_behind(const struct job *job, const struct origin_session *origin, const char *address,
                      const struct http_answer *answer, const struct upstream_file *known)
{
    struct signer signer;
    struct err ignored = {0};
    bool behind = answer->by_mirror && known->content.len > 0 &&
                  authenticode_verify_cab(origin->trust, answer->body.data, answer->body.len, address,
                                          &signer, &ignored) &&
                  signer.signed_unix < known->signed_unix;
    if (behind)
        log_warn(job->log, "%s: the origin does not answer, and what a mirror has is older: not used",
                 address);
    return behind;
}

/* Proves a fetched file and holds its signed time against the newest accepted from this address. */
static bool accept(const struct origin_session *origin, const char *address, const struct buf *bytes,
                   struct upstream_file *known, struct err *err)
{
    struct signer signer;
    char then[CLOCK_TEXT_SIZE], before[CLOCK_TEXT_SIZE];
    if (!authenticode_verify_cab(origin->trust, bytes->data, bytes->len, address, &signer, err))
        return false;
    clock_format(signer.signed_unix, then);
    clock_format(known->signed_unix, before);
    if (signer.signed_unix < known->signed_unix)
        return err_set(err, ERR_UPSTREAM, "%s: signed on %s, but one signed on %s was there before: not used",
                       address, then, before);
    known->signed_unix = signer.signed_unix;
    return true;
}

/* Keeps a file whose content was found to be right. Kept before, its time would bar the right one for ever.
 */
static bool keep(const struct job *job, const struct origin_session *origin, const char *path,
                 struct upstream_file *known, struct err *err)
{
    if (origin->one_tree)
        return true;
    char *address AUTO_FREE = mem_printf("%s/%s", origin->base, path);
    known->checked_unix = clock_now_unix();
    bool ok = state_begin(job->state, err) && catalog_upstream_put(job->state, address, known, err);
    return state_end(job->state, ok, err);
}

static void take_answer(struct upstream_file *known, struct http_answer *answer)
{
    free(known->etag);
    free(known->last_modified);
    buf_clear(&known->content);
    known->etag = answer->validators.etag;
    known->last_modified = answer->validators.last_modified;
    known->content = answer->body;
    answer->validators = (struct http_validators){0};
    answer->body = (struct buf){0};
}

/* Asks once; with `afresh` unconditionally. Afterwards known->content is proven, or *absent. */
static bool ask(const struct job *job, const struct origin_session *origin, const char *path,
                const char *address, bool afresh, struct upstream_file *known, bool *absent, struct err *err)
{
    struct http_answer answer AUTO(http_answer_clear) = {0};
    const struct http_validators have = {known->etag, known->last_modified};
    bool conditional = !afresh && known->content.len > 0;
    if (!http_get(origin->http, path, conditional ? &have : NULL, LIMIT_METADATA_BYTES, &answer, err))
        return false;
    *absent = answer.result == HTTP_ABSENT;
    if (answer.result == HTTP_ABSENT)
        return true;
    /* what is known was proven when it came; it is proven again, for the roots may have changed */
    if (answer.result == HTTP_NOT_MODIFIED || is_behind(job, origin, address, &answer, known))
        return accept(origin, address, &known->content, known, err);
    if (!accept(origin, address, &answer.body, known, err))
        return false;
    take_answer(known, &answer);
    return true;
}

/*
 * The proven bytes of a metadata file. What is not genuine is asked for once more, for a proxy may have
 * spoilt it. Nothing is remembered of a folder: a person names it, and the next one may have the same
 * address.
 */
static bool get_metadata(const struct job *job, const struct origin_session *origin, const char *path,
                         struct upstream_file *known, bool *absent, struct err *err)
{
    char *address AUTO_FREE = mem_printf("%s/%s", origin->base, path);
    if (!origin->one_tree && !catalog_upstream_get(job->state, address, known, err))
        return false;
    return ask(job, origin, path, address, false, known, absent, err) ||
           (err->code == ERR_NOT_GENUINE && ask(job, origin, path, address, true, known, absent, err));
}

/* ---- history and pointers ---- */

bool upstream_history(const struct job *job, const struct origin_session *origin, struct releases *releases,
                      bool *absent, struct err *err)
{
    static const char path[] = "wsus/releasehistory.cab";
    struct upstream_file file AUTO(upstream_file_clear) = {0};
    if (!get_metadata(job, origin, path, &file, absent, err))
        return false;
    if (*absent)
        return true;
    if (!releases_read(file.content.data, file.content.len, path, releases, err))
        return err_prefix(err, "%s", origin->base);
    bool ok = keep(job, origin, path, &file, err) && state_begin(job->state, err) &&
              catalog_releases_merge(job->state, releases, clock_now_unix(), err);
    return state_end(job->state, ok, err);
}

static bool remember_recalls(const struct job *job, const struct descriptor *descriptor, struct err *err)
{
    if (descriptor->expired_len == 0)
        return true;
    bool ok = state_begin(job->state, err) &&
              catalog_recalls_add(job->state, descriptor->channel, descriptor->expired,
                                  descriptor->expired_len, clock_now_unix(), err);
    return state_end(job->state, ok, err);
}

bool upstream_pointer(const struct job *job, const struct origin_session *origin,
                      const struct channel *channel, enum architecture architecture,
                      struct descriptor *descriptor, bool *absent, struct err *err)
{
    char name[16];
    struct upstream_file file AUTO(upstream_file_clear) = {0};
    snprintf(name, sizeof name, "v%d.cab", architecture_bits(architecture));
    char *path AUTO_FREE = origin_path(origin, channel, name);
    if (!get_metadata(job, origin, path, &file, absent, err))
        return false;
    if (*absent)
        return true;
    if (!descriptor_read(file.content.data, file.content.len, path, descriptor, err))
        return err_prefix(err, "%s", origin->base);
    if (descriptor->channel != channel)
        return err_set(err, ERR_NOT_GENUINE, "%s/%s: a descriptor of the channel %s where %s was asked for",
                       origin->base, path, descriptor->channel->id, channel->id);
    return keep(job, origin, path, &file, err) && remember_recalls(job, descriptor, err);
}

bool upstream_template(const struct job *job, const struct origin_session *origin,
                       const struct channel *channel, const struct build *build,
                       enum architecture architecture, struct listed *list, struct err *err)
{
    static const char path[] = "wsus/ofl.cab";
    struct upstream_file file AUTO(upstream_file_clear) = {0};
    bool absent;
    *list = (struct listed){0};
    if (!get_metadata(job, origin, path, &file, &absent, err))
        return false;
    if (absent)
        return true;
    if (!filelist_ofl_read(file.content.data, file.content.len, path, architecture, channel, build, list,
                           err))
        return err_prefix(err, "%s", origin->base);
    if (keep(job, origin, path, &file, err))
        return true;
    listed_clear(list);
    return false;
}

/* ---- judging ---- */

static bool wait_for(struct upstream_offer *offer, const char *code)
{
    offer->build = (struct build){{0}};
    offer->wait_code = code;
    return true;
}

static bool say_no_pointer(const struct origin_session *origin, const struct channel *channel,
                           enum architecture architecture, struct err *err)
{
    int bits = architecture_bits(architecture);
    const char *name = architecture_name(architecture);
    if (!origin->one_tree)
        return err_set(err, ERR_UPSTREAM, "%s: the channel %s has no pointer v%d.cab for %s", origin->base,
                       channel->id, bits, name);
    return err_set(
        err, ERR_NOT_GENUINE,
        "%s: there is no Office/Data/v%d.cab below it, for %s: name the folder that Office lies in",
        origin->base, bits, name);
}

/* One architecture after the other; all must point to the same build. */
static bool ask_pointers(const struct job *job, const struct origin_session *origin,
                         const struct channel *channel, unsigned architectures, struct upstream_offer *offer,
                         struct err *err)
{
    static const enum architecture order[] = {ARCH_X64, ARCH_X86};
    for (int i = 0; i < 2; i++) {
        struct descriptor descriptor AUTO(descriptor_clear) = {0};
        bool absent;
        if (!(architectures & order[i]))
            continue;
        if (!upstream_pointer(job, origin, channel, order[i], &descriptor, &absent, err))
            return false;
        if (absent)
            return say_no_pointer(origin, channel, order[i], err);
        if (!build_is_none(&offer->pointer) && build_compare(&offer->pointer, &descriptor.build) != 0) {
            char x64[BUILD_TEXT_SIZE], x86[BUILD_TEXT_SIZE];
            build_format(&offer->pointer, x64);
            build_format(&descriptor.build, x86);
            snprintf(offer->text, sizeof offer->text,
                     "upstream points x64 to %s and x86 to %s: nothing is taken before both agree", x64, x86);
            return wait_for(offer, "upstream-disagrees");
        }
        offer->pointer = offer->build = descriptor.build;
        offer->throttle = descriptor.throttle;
    }
    return true;
}

/* Does what the pointer names agree with the history, with what was seen before, and with the recalls? */
static bool judge(const struct job *job, const struct channel *channel, struct upstream_offer *offer,
                  struct err *err)
{
    char pointer[BUILD_TEXT_SIZE], other[BUILD_TEXT_SIZE];
    struct catalog_build newest;
    bool found;
    int64_t recalled;
    build_format(&offer->pointer, pointer);
    if (!catalog_recalled(job->state, channel, &offer->pointer, &recalled, err) ||
        !catalog_build_newest(job->state, channel, NULL, &newest, &found, err))
        return false;
    bool disagree = !build_is_none(&offer->latest) && build_compare(&offer->latest, &offer->pointer) != 0;
    if (recalled >= 0 && (!disagree || build_compare(&offer->latest, &offer->pointer) < 0)) {
        snprintf(
            offer->text, sizeof offer->text,
            "upstream points to %s, which Microsoft has withdrawn: nothing is taken before its successor",
            pointer);
        return wait_for(offer, "upstream-recalled");
    }
    bool ahead = disagree && found && /* the newest was taken from the history, against the pointer */
                 (newest.disputed_unix >= 0 || build_compare(&offer->latest, &newest.build) == 0);
    if (found && !ahead && build_compare(&offer->pointer, &newest.build) < 0) {
        build_format(&newest.build, other);
        snprintf(offer->text, sizeof offer->text,
                 "upstream went back from %s to %s: keeping what is live until it goes forward again", other,
                 pointer);
        return wait_for(offer, "upstream-went-back");
    }
    if (disagree) {
        build_format(&offer->latest, other);
        snprintf(offer->text, sizeof offer->text,
                 "upstream disagrees with itself: the pointer names %s%s, the release history %s", pointer,
                 recalled < 0 ? "" : ", which Microsoft has withdrawn", other);
        offer->disputed = true;
        return wait_for(offer, "upstream-disagrees");
    }
    return true;
}

bool upstream_ask(const struct job *job, const struct origin_session *origin, const struct channel *channel,
                  unsigned architectures, const struct releases *releases, struct upstream_offer *offer,
                  struct err *err)
{
    *offer = (struct upstream_offer){.throttle = -1};
    const struct release *latest = releases_latest(releases, channel);
    if (latest)
        offer->latest = latest->build;
    return ask_pointers(job, origin, channel, architectures, offer, err) &&
           (offer->wait_code || judge(job, channel, offer, err));
}
