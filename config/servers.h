/* Sections of smb.conf and an nginx server that offer rings to clients (formats/samba.md). Pure. */
#ifndef CONFIG_SERVERS_H
#define CONFIG_SERVERS_H

#include "ringmgr/policy/settings.h"

struct servers_options {
    const struct ring *const *ring; /* one or more, in the order of the documents */
    size_t rings;
    const char *user;        /* the service's account, for remarks about rights; "" if not configured */
    const char *group;       /* smb.conf: only its members may read; NULL: guests may */
    const struct site *site; /* smb.conf: those that may show the rings, for the links of `dfs` */
    size_t sites;
    const char *listen; /* nginx: "80", "8080", "127.0.0.1:8080", "[::]:80"; NULL: 80 on all addresses */
};

/*
 * Appends a share section for each share that rings are in: read only, without oplocks on the pointers, guest
 * or group; and for rings with `dfs` the namespace's section and the commands that make its links, which lead
 * to the ring's share and to that of each site (dfs.h), all of it as comments where the namespace must be on
 * another server because a share has its name. ERR_USAGE, saying what to configure, for a ring without unc,
 * or whose path does not end in the folders that its unc has below the share, for two rings whose unc is in
 * one share but whose folders are in no common one, for a dfs that names no link or is in another's way, and
 * for a path, name or group that smb.conf cannot hold; out is then unchanged.
 */
bool servers_write_smb(const struct servers_options *options, struct buf *out, struct err *err) MUST_CHECK;

/*
 * Appends one server: below /RING/, in exactly that spelling, each ring's Office/Data, in whatever case
 * clients ask for these two, with ranges and sendfile, GET and HEAD only, no listing, nothing else of the
 * file system. ERR_USAGE for a path that nginx's configuration cannot hold or a `listen` that is no address;
 * out is then unchanged.
 */
bool servers_write_nginx(const struct servers_options *options, struct buf *out, struct err *err) MUST_CHECK;

#endif
