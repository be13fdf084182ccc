/*
 * Links of DFS namespaces: one name for clients, and behind it the ring's share at headquarters and that of
 * each site (Samba: smb.conf(5), `msdfs root`; Windows: New-DfsnFolder, New-DfsnFolderTarget). Pure.
 */
#ifndef CONFIG_DFS_H
#define CONFIG_DFS_H

#include "ringmgr/policy/settings.h"

/*
 * Adds what the ring's link leads to: its `unc`, if it has one, and then that of each site which shows it and
 * has one, in their order, each once. ERR_USAGE where there is none, where there are more than Samba reads
 * (256) or than a symbolic link holds (4095 bytes), and for a name with ' or a comma in it.
 */
bool dfs_targets(const struct ring *ring, const struct site *site, size_t sites, struct strv *targets,
                 struct err *err) MUST_CHECK;

/* Appends what a symbolic link below an msdfs root points to, "msdfs:files\office,fs-tokyo\office". */
void dfs_write_link(const struct strv *targets, struct buf *out);

/* Appends the PowerShell commands that make the link `dfs` in a namespace of Windows, as comments. */
void dfs_write_commands(const char *dfs, const struct strv *targets, struct buf *out);

/*
 * Appends a document: for each ring a line as dfs_write_link() has it, below a comment that says which, and
 * the commands where the ring has `dfs`. Every line but these begins with #. ERR_USAGE as dfs_targets(); out
 * is then unchanged.
 */
bool dfs_write(const struct ring *const *ring, size_t rings, const struct site *site, size_t sites,
               struct buf *out, struct err *err) MUST_CHECK;

#endif
