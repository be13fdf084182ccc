#include "ringmgr/ops/ahead.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/descriptor.h"
#include "ringmgr/ops/offered.h"

/* By its object; *proven false where the store has none, or one that is no descriptor. */
static bool read_build(const struct job *job, const struct digest *digest, struct build *build,
                       const struct channel **channel, bool *proven, struct err *err)
{
    struct descriptor descriptor AUTO(descriptor_clear) = {0};
    AUTO_BUF bytes = {0};
    struct err none = {0};
    *proven = store_has(job->store, digest, NULL);
    if (!*proven)
        return true;
    AUTO_FD fd = store_open_object(job->store, digest, err);
    if (fd < 0 || !fs_read_fd(fd, "a descriptor", LIMIT_METADATA_BYTES, &bytes, err))
        return false;
    *proven = descriptor_read(bytes.data, bytes.len, "a descriptor", &descriptor, &none);
    *build = descriptor.build;
    *channel = descriptor.channel;
    return true;
}

static bool judge(const struct job *job, const struct ring *ring, const struct tree *tree,
                  const struct digest *digest, struct ahead *ahead, struct err *err)
{
    struct offer offer AUTO(offer_clear) = {0};
    const struct channel *channel = NULL;
    struct build build;
    char text[BUILD_TEXT_SIZE];
    bool proven, stands, found;
    if (!read_build(job, digest, &build, &channel, &proven, err))
        return false;
    if (!proven)
        return true;
    ahead->proven = true;
    build_format(&build, text);
    if (!tree_has_folder(tree, text, &stands, err) ||
        !catalog_offer_find(job->state, ring->name, channel, &build, &offer, &found, err))
        return false;
    if (!stands || (found && offer.removed_unix < 0))
        return true;
    ahead->is = true;
    ahead->build = build;
    return true;
}

bool ahead_find(const struct job *job, const struct ring *ring, const struct tree *tree, struct ahead *ahead,
                struct err *err)
{
    static const enum architecture architecture[] = {ARCH_X86, ARCH_X64};
    struct pointers wanted;
    *ahead = (struct ahead){0};
    if (tree->data < 0)
        return true;
    if (!offered_pointers(job, ring, &wanted, err))
        return false;
    for (int i = 0; i < 2 && !ahead->is; i++) {
        struct tree_pointer pointer;
        if (!tree_pointer_read(tree, architecture[i], &pointer, err))
            return false;
        if (pointer.present && !pointer_matches(&wanted, architecture[i], &pointer) &&
            !judge(job, ring, tree, &pointer.digest, ahead, err))
            return false;
    }
    return true;
}

char *ahead_text(const struct ahead *ahead)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&ahead->build, build);
    return mem_printf("the share offers %s, and the books do not know that it came there: the state is older "
                      "than the share",
                      build);
}
