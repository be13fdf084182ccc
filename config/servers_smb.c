#include "config/dfs.h"
#include "config/servers.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SERVER, SHARE, FOLDER }; /* parts of \\server\share\folder… */
enum { SHARE_NAME_BYTES = 80 }; /* smbd ignores a section with a longer name */

/* Where the folders of namespaces are, unless somebody chooses another place. */
#define NAMESPACES "/srv/dfs"

/* A ring, taken to pieces. */
struct place {
    const struct ring *ring;
    struct strv unc, dfs; /* parts; dfs is empty without one */
    struct strv targets;  /* of its DFS link */
    char *folder;         /* what the share offers: the ring's path or a folder above it */
};

/* One for each ring. */
struct plan {
    struct place *place;
    size_t len;
};

static void clear_plan(struct plan *plan)
{
    for (size_t i = 0; i < plan->len; i++) {
        strv_clear(&plan->place[i].unc);
        strv_clear(&plan->place[i].dfs);
        strv_clear(&plan->place[i].targets);
        free(plan->place[i].folder);
    }
    free(plan->place);
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

/* smbd makes one blank of several and drops those at both ends. */
static bool keeps_blanks(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && text[0] != ' ' && text[len - 1] != ' ' && !strstr(text, "  ");
}

/* smb.conf(5): % begins a variable, quotes come off a value, a backslash at its end continues the line. */
static bool check_path(const struct ring *ring, struct err *err)
{
    if (strpbrk(ring->path, "%\"\\") || has_control(ring->path) || !keeps_blanks(ring->path))
        return err_set(err, ERR_USAGE,
                       "ring %s: smb.conf cannot hold the path \"%s\": rename it without %%, \", \\, control "
                       "characters and double or trailing blanks",
                       ring->name, ring->path);
    return true;
}

/* What smbd refuses in a share's name, and what ends a section's. */
static bool check_share_name(const struct ring *ring, const char *name, struct err *err)
{
    static const char *const taken[] = {"global", "homes", "printers", "ipc$"};
    bool good = strlen(name) <= SHARE_NAME_BYTES && !strpbrk(name, "%<>*?|/+=;:\",[]") &&
                !has_control(name) && keeps_blanks(name);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        good = good && strcasecmp(name, taken[i]) != 0;
    if (!good)
        return err_set(
            err, ERR_USAGE,
            "ring %s: smb.conf cannot have a share \"%s\": choose another name of at most %d bytes "
            "without any of %%<>*?|/+=;:\",[]",
            ring->name, name, SHARE_NAME_BYTES);
    return true;
}

/* The parts of \\server\share\folder…, at least `least` of them. */
static bool split(const char *unc, size_t least, struct strv *parts)
{
    if (strncmp(unc, "\\\\", 2) != 0)
        return false;
    for (const char *at = unc + 2;; at++) {
        size_t len = strcspn(at, "\\");
        char *part AUTO_FREE = mem_strndup(at, len);
        if (len == 0 || *part == '.' || has_control(part))
            return false;
        strv_add(parts, part);
        at += len;
        if (*at == 0)
            return parts->len >= least;
    }
}

/* What the share itself offers: the ring's path without the folders that its unc has below the share; NULL
 * if it does not end in them. */
static char *find_folder(const struct place *place)
{
    const char *path = place->ring->path;
    size_t len = strlen(path);
    for (size_t i = place->unc.len; i > FOLDER; i--) {
        const char *folder = place->unc.item[i - 1];
        size_t tail = strlen(folder) + 1;
        if (len <= tail || path[len - tail] != '/' ||
            strncasecmp(path + len - tail + 1, folder, tail - 1) != 0)
            return NULL;
        len -= tail;
    }
    return mem_strndup(path, len);
}

static bool place_share(struct place *place, struct err *err)
{
    const struct ring *ring = place->ring;
    if (!ring->unc || *ring->unc == 0)
        return err_set(err, ERR_USAGE, "ring %s has no unc: configure what clients call its share",
                       ring->name);
    if (!split(ring->unc, FOLDER, &place->unc))
        return err_set(err, ERR_USAGE, "ring %s: unc %s has not the form \\\\server\\share", ring->name,
                       ring->unc);
    if (!check_path(ring, err) || !check_share_name(ring, place->unc.item[SHARE], err))
        return false;
    place->folder = find_folder(place);
    if (!place->folder)
        return err_set(
            err, ERR_USAGE,
            "ring %s: clients look in the folders of %s below the share %s, so its path %s must end "
            "in them, below a folder that the share offers: move it, or give it a share of its own",
            ring->name, ring->unc, place->unc.item[SHARE], ring->path);
    return true;
}

/* The command that makes the link has names in quotes, and its target has a list at commas. */
static bool place_link(const struct servers_options *options, struct place *place, struct err *err)
{
    const struct ring *ring = place->ring;
    if (!ring->dfs || *ring->dfs == 0)
        return true;
    if (!split(ring->dfs, FOLDER + 1, &place->dfs))
        return err_set(err, ERR_USAGE,
                       "ring %s: dfs %s names no link: it must have the form \\\\server\\namespace\\link",
                       ring->name, ring->dfs);
    if (strchr(ring->dfs, '\'') || strpbrk(ring->unc, "',") || strchr(ring->dfs, '/'))
        return err_set(err, ERR_USAGE, "ring %s: a DFS link cannot lead from %s to %s: rename without ' , /",
                       ring->name, ring->dfs, ring->unc);
    return dfs_targets(ring, options->site, options->sites, &place->targets, err) &&
           check_share_name(ring, place->dfs.item[SHARE], err);
}

static bool is_same_share(const struct strv *a, const struct strv *b)
{
    return a->len > 0 && b->len > 0 && strcasecmp(a->item[SHARE], b->item[SHARE]) == 0;
}

/* Whether the shorter of two links is the longer one, or a folder above it. */
static bool is_in_the_way(const struct strv *a, const struct strv *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    for (size_t i = FOLDER; i < len; i++)
        if (strcasecmp(a->item[i], b->item[i]) != 0)
            return false;
    return is_same_share(a, b);
}

static bool check_pair(const struct place *a, const struct place *b, struct err *err)
{
    if (is_same_share(&a->unc, &b->unc) && strcmp(a->folder, b->folder) != 0)
        return err_set(
            err, ERR_USAGE,
            "rings %s and %s are both in the share %s, but as %s and %s: give one a share of its own",
            a->ring->name, b->ring->name, a->unc.item[SHARE], a->folder, b->folder);
    if (is_in_the_way(&a->dfs, &b->dfs))
        return err_set(err, ERR_USAGE, "rings %s and %s: of %s and %s one link would be inside the other",
                       a->ring->name, b->ring->name, a->ring->dfs, b->ring->dfs);
    return true;
}

/* The first ring that is in the share with this name; NULL if there is none. */
static const struct place *find_share(const struct plan *plan, const struct strv *name)
{
    for (size_t i = 0; i < plan->len; i++)
        if (is_same_share(&plan->place[i].unc, name))
            return &plan->place[i];
    return NULL;
}

/* A namespace and a share with one name can be of two servers, but not of one. */
static bool check_namespace(const struct plan *plan, const struct place *link, struct err *err)
{
    const struct place *share = find_share(plan, &link->dfs);
    if (share && strcasecmp(link->dfs.item[SERVER], share->unc.item[SERVER]) == 0)
        return err_set(err, ERR_USAGE,
                       "ring %s: the namespace of its dfs %s has the name of ring %s's share %s: rename one",
                       link->ring->name, link->ring->dfs, share->ring->name, share->ring->unc);
    return true;
}

static bool make_plan(const struct servers_options *options, struct plan *plan, struct err *err)
{
    plan->place = mem_new(options->rings, sizeof *plan->place);
    for (; plan->len < options->rings; plan->len++)
        plan->place[plan->len].ring = options->ring[plan->len];
    for (size_t i = 0; i < plan->len; i++) {
        struct place *place = &plan->place[i];
        if (!place_share(place, err) || !place_link(options, place, err))
            return false;
        for (size_t j = 0; j < i; j++)
            if (!check_pair(&plan->place[j], place, err))
                return false;
    }
    for (size_t i = 0; i < plan->len; i++)
        if (!check_namespace(plan, &plan->place[i], err))
            return false;
    return true;
}

/* smbd puts variables into this value as well; it stands between quotes, after the @ of a group. */
static bool check_group(const char *group, struct err *err)
{
    if (group &&
        (!keeps_blanks(group) || strpbrk(group, "%\"") || strchr("@+&", *group) || has_control(group)))
        return err_set(err, ERR_USAGE,
                       "smb.conf cannot hold the group \"%s\": name it without @ before it, and without %%, "
                       "\" and double blanks",
                       group);
    return true;
}

static void write_head(const struct servers_options *options, struct buf *out)
{
    buf_puts(out,
             "# Shares of rings, written by ringmgr: a file of its own for the end of smb.conf's [global],\n"
             "#   include = /etc/samba/ringmgr.conf\n"
             "# Look at the whole with `testparm -s` before smbd reads it.\n"
             "#\n"
             "# Everybody on this server may read a ring's files; each folder above the share must let\n"
             "# others pass (o+x).");
    if (options->user && *options->user)
        buf_printf(out, " Only %s writes there: never use `force user = %s`.", options->user, options->user);
    buf_puts(
        out,
        "\n# Windows updates Office as the machine: who connects is an account like PC01$, no person.\n");
    if (options->group)
        buf_puts(out, "# So the group must have machines as members, as a domain's Domain Computers has.\n");
    else
        buf_puts(out, "# A machine that has no account here is a guest, which takes in [global]\n"
                      "#   map to guest = Bad User\n"
                      "# and which Windows may refuse to be: in a domain let a group read instead.\n");
}

/* `mark` stands before each line: "" or what makes a comment of it. */
static void write_readers(const char *group, const char *mark, struct buf *out)
{
    if (group)
        buf_printf(out, "%s    guest ok = no\n%s    valid users = \"@%s\"\n", mark, mark, group);
    else
        buf_printf(out, "%s    guest ok = yes\n", mark);
}

static void write_share(const struct plan *plan, const struct place *share, const char *group,
                        struct buf *out)
{
    AUTO_STRV rings = {0};
    for (size_t i = 0; i < plan->len; i++)
        if (is_same_share(&plan->place[i].unc, &share->unc))
            strv_add(&rings, plan->place[i].ring->name);
    char *names AUTO_FREE = strv_join(&rings, ", ");
    buf_printf(out, "\n[%s]\n    comment = Office updates: %s\n", share->unc.item[SHARE], names);
    if (strcmp(share->folder, share->ring->path) != 0)
        buf_puts(out, "    # Whatever else lies in this folder can be read as well.\n");
    buf_printf(out, "    path = %s\n", share->folder);
    write_readers(group, "", out);
    buf_puts(out, "    # Files may be links to the stored ones: whoever writes to one changes every ring.\n"
                  "    read only = yes\n"
                  "    # Some clients ask for office\\data, some for Office\\Data.\n"
                  "    case sensitive = no\n"
                  "    # What is being published or removed has a name that begins with a dot.\n"
                  "    veto files = /.*/\n"
                  "    # A ring has no symbolic links: one that is there leads somewhere else.\n"
                  "    follow symlinks = no\n"
                  "    # The only files that are ever replaced. A client with an oplock would not be told,\n"
                  "    # and would go on reading the old one from its cache.\n"
                  "    veto oplock files = /v32.cab/v64.cab/\n"
                  "    # Nor may Offline Files keep an old one.\n"
                  "    csc policy = disable\n");
}

/* The parts from one index to before another, each behind a slash. */
static void put_folders(const struct strv *dfs, size_t from, size_t to, struct buf *out)
{
    for (size_t i = from; i < to; i++)
        buf_printf(out, "/%s", dfs->item[i]);
}

static void write_link(const struct place *link, const char *name, struct buf *out)
{
    buf_printf(out, "#   mkdir -p '" NAMESPACES "/%s", name);
    put_folders(&link->dfs, FOLDER, link->dfs.len - 1, out);
    buf_puts(out, "'\n#   ln -s '");
    dfs_write_link(&link->targets, out);
    buf_printf(out, "' '" NAMESPACES "/%s", name);
    put_folders(&link->dfs, FOLDER, link->dfs.len, out);
    buf_puts(out, "'\n");
}

static void write_namespace(const struct plan *plan, const struct place *first, const char *group,
                            struct buf *out)
{
    const char *server = first->dfs.item[SERVER], *name = first->dfs.item[SHARE];
    const char *mark = find_share(plan, &first->dfs) ? ";" : "";
    buf_printf(out,
               "\n# The namespace \\\\%s\\%s. Where Windows servers have it, its links are made there, by\n",
               server, name);
    for (size_t i = 0; i < plan->len; i++)
        if (is_same_share(&plan->place[i].dfs, &first->dfs))
            dfs_write_commands(plan->place[i].ring->dfs, &plan->place[i].targets, out);
    if (*mark)
        buf_printf(out, "# Where Samba has it, which cannot be here, as [%s] is a share, by\n", name);
    else
        buf_puts(out, "# and the section below is not needed. Here they are made by\n");
    for (size_t i = 0; i < plan->len; i++)
        if (is_same_share(&plan->place[i].dfs, &first->dfs))
            write_link(&plan->place[i], name, out);
    buf_puts(out, "# or in another folder, which is then the section's path. [global] must not have\n"
                  "# `host msdfs = no`.\n");
    buf_printf(out, "%s[%s]\n%s    comment = Namespace of Office updates\n%s    path = " NAMESPACES "/%s\n",
               mark, name, mark, mark, name);
    write_readers(group, mark, out);
    buf_printf(out, "%s    read only = yes\n%s    msdfs root = yes\n", mark, mark);
}

/* Whether it is the first of its namespace. */
static bool is_first_link(const struct plan *plan, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (is_same_share(&plan->place[i].dfs, &plan->place[index].dfs))
            return false;
    return plan->place[index].dfs.len > 0;
}

bool servers_write_smb(const struct servers_options *options, struct buf *out, struct err *err)
{
    AUTO(clear_plan)
    struct plan plan = {0};
    if (!make_plan(options, &plan, err) || !check_group(options->group, err))
        return false;
    write_head(options, out);
    for (size_t i = 0; i < plan.len; i++)
        if (find_share(&plan, &plan.place[i].unc) == &plan.place[i])
            write_share(&plan, &plan.place[i], options->group, out);
    for (size_t i = 0; i < plan.len; i++)
        if (is_first_link(&plan, i))
            write_namespace(&plan, &plan.place[i], options->group, out);
    return true;
}
