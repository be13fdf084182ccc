#include "ringmgr/ops/client.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/descriptor.h"
#include "ringmgr/ops/offered.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One question. */
struct asking {
    const struct job *job;
    const struct ring *ring;
    const struct client *client;
    struct client_answer *answer;
    struct tree tree;
};

const char *client_outcome_text(enum client_outcome outcome)
{
    static const char *const text[] = {
        [CLIENT_UPDATE] = "update",
        [CLIENT_NOTHING] = "nothing",
        [CLIENT_FAIL] = "fail",
        [CLIENT_CHANNEL_CHANGE] = "channel-change",
        [CLIENT_NEEDS_TARGET] = "needs-target",
    };
    return text[outcome];
}

void client_answer_clear(struct client_answer *answer)
{
    strv_clear(&answer->missing);
}

static bool has_target(const struct client *client)
{
    return !build_is_none(&client->target);
}

/* The architecture of a content that has one. */
static enum architecture architecture_of(const struct client *client)
{
    return client->content.architectures & ARCH_X64 ? ARCH_X64 : ARCH_X86;
}

/* The machine's update fails; `missing` is what it looked for in vain, NULL if that is not the reason. */
static void fail(struct client_answer *answer, const char *missing)
{
    answer->outcome = CLIENT_FAIL;
    if (missing)
        strv_add(&answer->missing, missing);
}

/* ---- the descriptor ---- */

static void name_descriptor(const struct client *client, char name[64])
{
    char target[BUILD_TEXT_SIZE];
    enum architecture architecture = architecture_of(client);
    build_format(&client->target, target);
    if (has_target(client))
        snprintf(name, 64, "v%d_%s.cab", architecture_bits(architecture), target);
    else
        snprintf(name, 64, "%s", tree_pointer_name(architecture));
}

/* A share without its descriptor: nothing was ever published there, or this machine is not catered for. */
static void judge_absence(const struct asking *asking, const struct pointers *pointers)
{
    struct client_answer *answer = asking->answer;
    const char *ring = asking->ring->name, *name = answer->descriptor;
    enum architecture architecture = architecture_of(asking->client);
    if (!has_target(asking->client) && pointers->architectures == 0) {
        answer->empty = true;
        return;
    }
    fail(answer, name);
    if (has_target(asking->client))
        snprintf(answer->problem, sizeof answer->problem,
                 "%s is not on the share: %s does not keep the build of that target version", name, ring);
    else if (pointers->architectures & architecture)
        snprintf(answer->problem, sizeof answer->problem,
                 "%s is missing, although by the books %s offers a build: `ringmgr verify %s --repair`", name,
                 ring, ring);
    else
        snprintf(answer->problem, sizeof answer->problem, "%s is not on the share: %s offers nothing for %s",
                 name, ring, architecture_name(architecture));
}

/* Reads and understands it. False without an error where the machine's way ends here: the outcome stands. */
static bool read_descriptor(const struct asking *asking, const struct pointers *pointers, struct buf *bytes,
                            struct descriptor *descriptor)
{
    struct client_answer *answer = asking->answer;
    struct err err = {0};
    bool there = asking->tree.data >= 0;
    if (there && fs_read_file(asking->tree.data, answer->descriptor, LIMIT_METADATA_BYTES, bytes, &err) &&
        descriptor_read(bytes->data, bytes->len, answer->descriptor, descriptor, &err))
        return true;
    if (!there || (err.domain == ERR_DOMAIN_ERRNO && err.sys == ENOENT))
        judge_absence(asking, pointers);
    else {
        fail(answer, NULL);
        snprintf(answer->problem, sizeof answer->problem, "no machine can read the descriptor: %.400s",
                 err.msg);
    }
    return false;
}

/* Whether the books know this descriptor, of a target version, as one of the builds that stand here. */
static bool knows_descriptor(const struct asking *asking, const struct descriptor *descriptor,
                             const struct digest *digest, bool *knows, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    struct offer offer AUTO(offer_clear) = {0};
    bool found;
    *knows = false;
    if (!catalog_offer_find(asking->job->state, asking->ring->name, descriptor->channel, &descriptor->build,
                            &offer, &found, err) ||
        (found && !catalog_offer_files(asking->job->state, offer.id, &files, err)))
        return false;
    const struct catalog_file *file = catalog_files_find(&files, asking->answer->descriptor);
    *knows = found && offer.removed_unix < 0 && file && digest_equal(&file->digest, digest);
    return true;
}

/* What ringmgr put there is what a machine should find there. */
static bool compare_with_books(const struct asking *asking, const struct pointers *pointers,
                               const struct buf *bytes, const struct descriptor *descriptor, struct err *err)
{
    struct client_answer *answer = asking->answer;
    const struct tree_pointer pointer = {.present = true, .digest = digest_of(bytes->data, bytes->len)};
    bool same = pointer_matches(pointers, architecture_of(asking->client), &pointer);
    if (has_target(asking->client) && !knows_descriptor(asking, descriptor, &pointer.digest, &same, err))
        return false;
    if (!same)
        snprintf(answer->foreign, sizeof answer->foreign,
                 "%s is not what ringmgr put there: `ringmgr verify %s --repair`", answer->descriptor,
                 asking->ring->name);
    return true;
}

/* ---- the files ---- */

/* Why a file is of no use to a machine; NULL if it seems right. *bytes is its size. */
static bool look_at_file(const struct tree *tree, const char *path, const struct catalog_file *known,
                         uint64_t *bytes, const char **why, struct err *err)
{
    struct stat st;
    AUTO_FD fd = fs_open_beneath(tree->data, path, O_PATH, 0, err);
    *bytes = 0;
    *why = "is missing";
    if (fd < 0 && errno == ENOENT)
        return true;
    *why = "is not a regular file";
    if (fd < 0)
        return errno == ELOOP || errno == ENOTDIR;
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "stat %s", path);
    *bytes = (uint64_t)st.st_size;
    if (S_ISREG(st.st_mode))
        *why = *bytes == 0 || (known && known->bytes != *bytes) ? "has the wrong size" : NULL;
    return true;
}

static void add_found(struct catalog_files *found, const char *path, const struct catalog_file *known,
                      uint64_t bytes)
{
    found->file = mem_grow(found->file, found->len, sizeof *found->file);
    found->file[found->len++] = (struct catalog_file){.path = mem_strdup(path),
                                                      .absent_unix = -1,
                                                      .digest = known ? known->digest : (struct digest){{0}},
                                                      .bytes = bytes};
}

/* The first sentence stays; `missing` gets all. */
static void add_missing(const struct asking *asking, const char *path, const char *why)
{
    struct client_answer *answer = asking->answer;
    strv_add(&answer->missing, path);
    if (answer->missing.len == 1)
        snprintf(answer->problem, sizeof answer->problem, "%s %s", path, why);
}

/* Looks at each file of the list that a machine needs. */
static bool look_at_files(const struct asking *asking, const struct filelist *list,
                          const struct catalog_files *known, struct catalog_files *found, struct err *err)
{
    for (size_t i = 0; i < list->len; i++) {
        const char *path = list->file[i].path, *why;
        const struct catalog_file *file = catalog_files_find(known, path);
        uint64_t bytes;
        bool there = file && !file->absent;
        if (list->file[i].kind == FILE_DESCRIPTOR || (!there && !list->file[i].mandatory))
            continue;
        if (!look_at_file(&asking->tree, path, there ? file : NULL, &bytes, &why, err))
            return false;
        if (why)
            add_missing(asking, path, why);
        else
            add_found(found, path, there ? file : NULL, bytes);
    }
    catalog_files_sort(found);
    return true;
}

/* Compares what was found with what the machine has. */
static bool measure(const struct asking *asking, const struct filelist *list,
                    const struct catalog_files *found, struct err *err)
{
    struct filelist own AUTO(filelist_clear) = {0};
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    const struct client *client = asking->client;
    if (!download_list(asking->job->state, asking->answer->from, &client->have, &client->content, &own,
                       &files, err))
        return false;
    const struct download_side wanted = {list, found}, have = {&own, &files};
    asking->answer->download = download_measure(asking->job->store, &wanted, &have);
    return true;
}

/* Whether the build of the descriptor is there for this machine, and what it would cost. */
static bool check_build(const struct asking *asking, struct err *err)
{
    struct filelist list AUTO(filelist_clear) = {0};
    struct catalog_files known AUTO(catalog_files_clear) = {0};
    struct catalog_files found AUTO(catalog_files_clear) = {0};
    const struct client_answer *answer = asking->answer;
    return download_list(asking->job->state, answer->channel, &answer->build, &asking->client->content, &list,
                         &known, err) &&
           look_at_files(asking, &list, &known, &found, err) &&
           (answer->missing.len || measure(asking, &list, &found, err));
}

/* ---- the outcome ---- */

/* The channel of the installed build: as said, or as the ring offered it. */
static bool find_channel(const struct asking *asking, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    const struct client *client = asking->client;
    asking->answer->from = client->channel ? client->channel : asking->ring->channel;
    if (client->channel)
        return true;
    if (!catalog_offers_all(asking->job->state, asking->ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++)
        if (build_compare(&offers.item[i].build, &client->have) == 0) {
            asking->answer->from = offers.item[i].channel;
            break;
        }
    return true;
}

static bool take(const struct asking *asking, struct err *err)
{
    struct client_answer *answer = asking->answer;
    answer->outcome = answer->channel == answer->from ? CLIENT_UPDATE : CLIENT_CHANNEL_CHANGE;
    if (!check_build(asking, err))
        return false;
    if (answer->missing.len)
        fail(answer, NULL);
    return true;
}

/* The first build from which on the pointer would move the machine. */
static struct build least_after(const struct client *client, const struct client_answer *answer)
{
    struct build least = client->have;
    if (build_compare(&answer->build, &client->have) == 0 || answer->empty)
        least.part[3]++;
    return least;
}

/* What the ring offers by its books; none if nothing. */
static bool find_live(const struct asking *asking, struct build *live, struct err *err)
{
    struct offer offer AUTO(offer_clear) = {0};
    bool found;
    *live = (struct build){{0}};
    if (!catalog_offer_live(asking->job->state, asking->ring->name, &offer, &found, err))
        return false;
    if (found)
        *live = offer.build;
    return true;
}

/* Where the books offer such a build already, only the share has to be put right. */
static bool forecast(const struct asking *asking, struct err *err)
{
    struct client_answer *answer = asking->answer;
    struct build live;
    answer->least = least_after(asking->client, answer);
    if (!find_live(asking, &live, err))
        return false;
    if (build_compare(&live, &answer->least) >= 0)
        return true;
    answer->has_arrival = true;
    return arrival_find(asking->job, asking->ring, &answer->least, &answer->arrival, err);
}

/*
 * The pointer is older than what the machine has. A ring that has offered that build and offers an older one
 * by its books has gone back: promotions never do.
 */
static bool stay(const struct asking *asking, struct err *err)
{
    struct client_answer *answer = asking->answer;
    const struct build *have = &asking->client->have;
    struct offer_span span;
    struct build live;
    if (!catalog_offer_span(asking->job->state, asking->ring->name, answer->from, have, &span, err) ||
        !find_live(asking, &live, err))
        return false;
    bool offered = span.bad || span.since_unix >= 0;
    if (!offered || build_is_none(&live) || build_compare(&live, have) >= 0)
        return forecast(asking, err);
    answer->outcome = CLIENT_NEEDS_TARGET;
    return check_build(asking, err);
}

static bool judge(const struct asking *asking, struct err *err)
{
    const struct client *client = asking->client;
    struct client_answer *answer = asking->answer;
    int order = build_compare(&answer->build, &client->have);
    if (has_target(client) && build_compare(&answer->build, &client->target) != 0) {
        fail(answer, NULL);
        snprintf(answer->problem, sizeof answer->problem, "%s is the descriptor of another build",
                 answer->descriptor);
        return true;
    }
    if (order > 0 || (order < 0 && has_target(client)))
        return take(asking, err);
    if (has_target(client))
        return true;
    return order < 0 ? stay(asking, err) : forecast(asking, err);
}

static bool ask(const struct asking *asking, struct err *err)
{
    AUTO_BUF bytes = {0};
    struct descriptor descriptor AUTO(descriptor_clear) = {0};
    struct client_answer *answer = asking->answer;
    struct pointers pointers;
    if (!find_channel(asking, err) || !offered_pointers(asking->job, asking->ring, &pointers, err))
        return false;
    if (!read_descriptor(asking, &pointers, &bytes, &descriptor))
        return !answer->empty || forecast(asking, err);
    answer->build = descriptor.build;
    answer->channel = descriptor.channel;
    return compare_with_books(asking, &pointers, &bytes, &descriptor, err) && judge(asking, err);
}

/* One architecture, and languages with which Office can be installed. */
static bool check_content(const struct content *content, struct err *err)
{
    if (content->architectures != ARCH_X64 && content->architectures != ARCH_X86)
        return err_set(err, ERR_USAGE, "a machine has one architecture: x64 or x86");
    return content_check(content, err);
}

bool client_ask(const struct job *job, const struct ring *ring, const struct client *client,
                struct client_answer *answer, struct err *err)
{
    AUTO_TREE tree = TREE_CLOSED;
    *answer = (struct client_answer){.outcome = CLIENT_NOTHING};
    name_descriptor(client, answer->descriptor);
    if (!check_content(&client->content, err) || !tree_open(ring->path, false, &tree, err))
        return false;
    const struct asking asking = {job, ring, client, answer, tree};
    return ask(&asking, err);
}
