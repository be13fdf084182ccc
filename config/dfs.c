#include "config/dfs.h"
#include "ringmgr/base/mem.h"

#include <string.h>
#include <strings.h>

enum {
    TARGETS_MOST = 256,    /* Samba, source3/include/msdfs.h: MAX_REFERRAL_COUNT */
    LINK_BYTES_MOST = 4095 /* symlink(2): PATH_MAX with its end */
};

static const char scheme[] = "msdfs:";

static bool has(const struct strv *targets, const char *unc)
{
    for (size_t i = 0; i < targets->len; i++)
        if (strcasecmp(targets->item[i], unc) == 0)
            return true;
    return false;
}

static bool add(const struct ring *ring, const char *unc, struct strv *targets, struct err *err)
{
    if (strncmp(unc, "\\\\", 2) != 0 || has(targets, unc))
        return true;
    if (strpbrk(unc, "',"))
        return err_set(err, ERR_USAGE, "ring %s: a DFS link cannot lead to %s: rename it without ' and ,",
                       ring->name, unc);
    strv_add(targets, unc);
    return true;
}

bool dfs_targets(const struct ring *ring, const struct site *site, size_t sites, struct strv *targets,
                 struct err *err)
{
    AUTO_BUF link = {0};
    if (ring->unc && !add(ring, ring->unc, targets, err))
        return false;
    for (size_t i = 0; i < sites; i++) {
        char *unc AUTO_FREE = site_has_ring(&site[i], ring->name) ? site_unc(&site[i], ring->name) : NULL;
        if (unc && !add(ring, unc, targets, err))
            return false;
    }
    if (targets->len == 0)
        return err_set(err, ERR_USAGE,
                       "ring %s has no unc, nor has one of its sites: configure what clients "
                       "call its share",
                       ring->name);
    dfs_write_link(targets, &link);
    if (targets->len > TARGETS_MOST || link.len > LINK_BYTES_MOST)
        return err_set(err, ERR_USAGE,
                       "ring %s: %zu shares in %zu bytes are more than one DFS link holds (%d in %d): give "
                       "some sites no unc, or another namespace",
                       ring->name, targets->len, link.len, TARGETS_MOST, LINK_BYTES_MOST);
    return true;
}

void dfs_write_link(const struct strv *targets, struct buf *out)
{
    buf_puts(out, scheme);
    for (size_t i = 0; i < targets->len; i++)
        buf_printf(out, "%s%s", i ? "," : "", targets->item[i] + strlen("\\\\"));
}

void dfs_write_commands(const char *dfs, const struct strv *targets, struct buf *out)
{
    for (size_t i = 0; i < targets->len; i++)
        buf_printf(out, "#   New-DfsnFolder%s -Path '%s' -TargetPath '%s'\n", i ? "Target" : "", dfs,
                   targets->item[i]);
}

/* ---- the document ---- */

static void write_head(struct buf *out)
{
    buf_puts(
        out,
        "# Links of DFS namespaces, written by ringmgr. Samba: each line that begins with msdfs: is what a\n"
        "# symbolic link below the folder of a share with `msdfs root = yes` points to (ln -s). Samba\n"
        "# knows no Active Directory sites: it names the shares in this order to all machines alike.\n"
        "# Windows names those of a machine's own site first.\n");
}

static bool write_ring(const struct ring *ring, const struct site *site, size_t sites, struct buf *out,
                       struct err *err)
{
    AUTO_STRV targets = {0};
    const char *dfs = ring->dfs ? ring->dfs : "";
    if (!dfs_targets(ring, site, sites, &targets, err))
        return false;
    if (strchr(dfs, '\''))
        return err_set(err, ERR_USAGE, "ring %s: dfs %s: rename it without '", ring->name, dfs);
    buf_printf(out, "\n# Ring %s%s%s\n", ring->name, *dfs ? ": " : "", dfs);
    dfs_write_link(&targets, out);
    buf_puts(out, "\n");
    if (*dfs)
        dfs_write_commands(dfs, &targets, out);
    return true;
}

bool dfs_write(const struct ring *const *ring, size_t rings, const struct site *site, size_t sites,
               struct buf *out, struct err *err)
{
    AUTO_BUF document = {0};
    write_head(&document);
    for (size_t i = 0; i < rings; i++)
        if (!write_ring(ring[i], site, sites, &document, err))
            return false;
    buf_puts(out, buf_text(&document));
    return true;
}
