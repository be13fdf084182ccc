#include "ringmgr/policy/manifest.h"
#include "ringmgr/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void manifest_clear(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->files; i++)
        free(manifest->file[i].path);
    free(manifest->file);
    free(manifest->ring);
    *manifest = (struct manifest){0};
}

/* ---- files ---- */

static int compare_path(const void *key, const void *file)
{
    return strcmp(key, ((const struct manifest_file *)file)->path);
}

const struct manifest_file *manifest_find(const struct manifest *manifest, const char *path)
{
    return manifest->files == 0
               ? NULL
               : bsearch(path, manifest->file, manifest->files, sizeof *manifest->file, compare_path);
}

struct digest manifest_files_digest(const struct manifest *manifest)
{
    AUTO_STRV lines = {0};
    AUTO_BUF text = {0};
    for (size_t i = 0; i < manifest->files; i++) {
        char digest[DIGEST_TEXT_SIZE];
        digest_format(&manifest->file[i].digest, digest);
        strv_addf(&lines, "%s %" PRIu64 " %s", digest, manifest->file[i].bytes, manifest->file[i].path);
    }
    strv_sort(&lines);
    for (size_t i = 0; i < lines.len; i++)
        buf_printf(&text, "%s\n", lines.item[i]);
    return digest_of(text.data, text.len);
}

/* ---- judging ---- */

#define SUBJECT "the manifest of headquarters "

static bool is_known(const struct manifest *manifest, const void *bytes, size_t len,
                     const struct manifest_known *known)
{
    return manifest->sequence == known->sequence &&
           (known->len == 0 || (known->len == len && memcmp(known->bytes, bytes, len) == 0));
}

/* What it is about, and whether it is a newer one; "" if there is nothing to be said against it. */
static void find_fault(const struct manifest *manifest, const void *bytes, size_t len, const char *ring,
                       const struct channel *channel, const struct manifest_known *known, int64_t now_unix,
                       char why[256])
{
    char issued[CLOCK_TEXT_SIZE];
    *why = 0;
    clock_format(manifest->issued_unix, issued);
    if (strcmp(manifest->ring, ring) != 0)
        snprintf(why, 256,
                 SUBJECT "is of the ring %.64s, and this ring is %.64s: a ring follows its namesake",
                 manifest->ring, ring);
    else if (manifest->channel != channel)
        snprintf(why, 256, SUBJECT "is of the channel %s, and the ring takes %s", manifest->channel->id,
                 channel->id);
    else if (manifest->sequence < known->sequence)
        snprintf(why, 256,
                 SUBJECT "has the number %" PRId64 ", but number %" PRId64 " was there before: an old one is "
                         "offered again",
                 manifest->sequence, known->sequence);
    else if (manifest->sequence == known->sequence && !is_known(manifest, bytes, len, known))
        snprintf(why, 256,
                 SUBJECT "has the number %" PRId64
                         " of another one that was there before: two were signed with "
                         "one number",
                 manifest->sequence);
    else if (manifest->issued_unix > now_unix + MANIFEST_SKEW_SECONDS)
        snprintf(why, 256, SUBJECT "was issued at %s, which is still to come: one of the two clocks is wrong",
                 issued);
}

enum manifest_verdict manifest_judge(const struct manifest *manifest, const void *bytes, size_t len,
                                     const char *ring, const struct channel *channel,
                                     const struct manifest_known *known, int64_t now_unix, char why[256])
{
    char expires[CLOCK_TEXT_SIZE];
    find_fault(manifest, bytes, len, ring, channel, known, now_unix, why);
    if (*why)
        return MANIFEST_REFUSED;
    if (now_unix >= manifest->expires_unix) {
        clock_format(manifest->expires_unix, expires);
        snprintf(why, 256,
                 SUBJECT
                 "expired at %s, and no newer one has been signed: nothing new is taken, what is live stays",
                 expires);
        return MANIFEST_STALE;
    }
    return manifest->sequence == known->sequence ? MANIFEST_SAME : MANIFEST_NEW;
}
