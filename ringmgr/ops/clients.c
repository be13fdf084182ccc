#include "ringmgr/ops/clients.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/descriptor.h"
#include "ringmgr/fetch/http.h"
#include "ringmgr/fetch/smb.h"
#include "shares/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* For all files of one address over SMB; over HTTP for each file, of two attempts. */
enum { DOOR_SECONDS = 30, STALL_SECONDS = 10, ATTEMPTS = 2 };

/* One address of a ring's share. */
struct door {
    const struct job *job;
    const struct ring *ring;
    const struct tree *tree; /* the folder behind it */
    const char *key, *address;
    struct http *http; /* NULL: over SMB */
    int64_t began_seconds;
    bool shut; /* it cannot be read: said, and not tried again */
    struct clients_findings *findings;
};

/* One file on both sides. */
struct sides {
    struct buf own, seen;
    bool has_own, has_seen;
};

static void sides_clear(struct sides *sides)
{
    buf_clear(&sides->own);
    buf_clear(&sides->seen);
    sides->has_own = sides->has_seen = false;
}

void clients_findings_clear(struct clients_findings *findings)
{
    for (size_t i = 0; i < findings->len; i++)
        free(findings->item[i].text);
    free(findings->item);
    *findings = (struct clients_findings){0};
}

/* Takes over `text`. */
static void say(const struct door *door, const char *code, char *text)
{
    struct clients_findings *findings = door->findings;
    findings->item = mem_grow(findings->item, findings->len, sizeof *findings->item);
    findings->item[findings->len++] = (struct clients_finding){
        code, mem_printf("[ring %s] %s = %s: %s", door->ring->name, door->key, door->address, text)};
    free(text);
}

/* ---- reading ---- */

static bool read_own(const struct door *door, const char *path, uint64_t limit, struct sides *sides,
                     struct err *err)
{
    sides->has_own = fs_read_file(door->tree->data, path, limit, &sides->own, err);
    return sides->has_own || err->sys == ENOENT;
}

static bool read_http(const struct door *door, const char *path, uint64_t limit, struct sides *sides,
                      struct err *err)
{
    struct http_answer answer AUTO(http_answer_clear) = {0};
    char *whole AUTO_FREE = mem_printf(TREE_DATA "/%s", path);
    if (!http_get(door->http, whole, NULL, limit, &answer, err))
        return false;
    sides->has_seen = answer.result != HTTP_ABSENT;
    buf_append(&sides->seen, answer.body.data, answer.body.len);
    return true;
}

static bool read_smb(const struct door *door, const char *path, uint64_t limit, struct sides *sides,
                     struct err *err)
{
    const char *slash = strrchr(path, '/');
    char *folder AUTO_FREE =
        mem_printf(TREE_DATA "%s%.*s", slash ? "/" : "", slash ? (int)(slash - path) : 0, path);
    const struct smb_file file = {.unc = door->address,
                                  .credentials = door->job->settings->client_credentials,
                                  .folder = folder,
                                  .name = slash ? slash + 1 : path};
    int64_t left = door->began_seconds + DOOR_SECONDS - clock_steady_now().seconds;
    enum smb_result result;
    if (!smb_get(&file, left > 1 ? (unsigned)left : 1, limit, &result, &sides->seen, err))
        return false;
    sides->has_seen = result == SMB_READ;
    return true;
}

static bool read_seen(const struct door *door, const char *path, uint64_t limit, struct sides *sides,
                      struct err *err)
{
    return door->http ? read_http(door, path, limit, sides, err) : read_smb(door, path, limit, sides, err);
}

static bool is_same(const struct sides *sides)
{
    return sides->has_own == sides->has_seen && sides->own.len == sides->seen.len &&
           (sides->own.len == 0 || memcmp(sides->own.data, sides->seen.data, sides->own.len) == 0);
}

/* False if the door is shut, which is said, or the folder cannot be read, which `check` says anyway. */
static bool read_sides(struct door *door, const char *path, uint64_t limit, struct sides *sides)
{
    struct err err = {0};
    for (int attempt = 0; attempt < 2; attempt++) {
        sides_clear(sides);
        if (!read_own(door, path, limit, sides, &err))
            return false;
        door->shut = !read_seen(door, path, limit, sides, &err);
        if (door->shut)
            say(door, "client-unreachable", mem_printf("cannot be read: %s", err.msg));
        if (door->shut || is_same(sides))
            break;
    }
    return !door->shut;
}

/* ---- pointers ---- */

/* The build that a descriptor names; false if these bytes are none. */
static bool build_of(const struct buf *bytes, char build[BUILD_TEXT_SIZE])
{
    struct descriptor descriptor AUTO(descriptor_clear) = {0};
    struct err unread = {0};
    if (!descriptor_read(bytes->data, bytes->len, "pointer", &descriptor, &unread))
        return false;
    build_format(&descriptor.build, build);
    return true;
}

/* "leads to 16.0.20326.20100", "is no descriptor (12 bytes, SHA-256 …)", "is not there"; the caller frees. */
static char *describe(bool there, const struct buf *bytes)
{
    char build[BUILD_TEXT_SIZE], text[DIGEST_TEXT_SIZE];
    struct digest digest = digest_of(bytes->data, bytes->len);
    digest_format(&digest, text);
    if (!there)
        return mem_strdup("is not there");
    if (build_of(bytes, build))
        return mem_printf("leads to %s (SHA-256 %.12s…)", build, text);
    return mem_printf("is no descriptor (%zu bytes, SHA-256 %.12s…)", bytes->len, text);
}

static void say_difference(const struct door *door, const char *name, const struct sides *sides)
{
    char *seen AUTO_FREE = describe(sides->has_seen, &sides->seen);
    char *own AUTO_FREE = describe(sides->has_own, &sides->own);
    const char *hint = sides->has_seen ? "a copy, or another folder, is shared there"
                                       : "another folder is shared there, or this one is hidden";
    say(door, sides->has_seen ? "client-differs" : "client-absent",
        mem_printf("%s as clients see it %s, and in %s it %s: %s", name, seen, door->ring->path, own, hint));
}

/* ---- what a pointer leads to ---- */

static void look_at_file(struct door *door, const char *pointer, const char *path, uint64_t limit)
{
    struct sides sides AUTO(sides_clear) = {0};
    if (!door->shut && read_sides(door, path, limit, &sides) && !is_same(&sides))
        say(door, sides.has_seen ? "client-differs" : "client-absent",
            mem_printf("clients see %s, but of what it leads to %s is %s", pointer, path,
                       sides.has_seen ? "another file" : "not there"));
}

/* As the files of a build are named. Whatever else lies in the folder is foreign, and none of its names is
 * for smbclient, which takes commands. */
static bool is_plain(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return name[strspn(name, plain)] == 0;
}

/* The smallest file of a build's folder: enough to know that clients see the folder. NULL if it has none;
 * the caller frees. */
static char *smallest_file(const struct tree *tree, const char *build)
{
    AUTO_STRV names = {0};
    struct err unread = {0};
    char *found = NULL;
    off_t least = 0;
    if (!fs_list(tree->data, build, &names, &unread))
        return NULL;
    for (size_t i = 0; i < names.len; i++) {
        char *path AUTO_FREE = mem_printf("%s/%s", build, names.item[i]);
        AUTO_FD fd = fs_open_beneath(tree->data, path, O_RDONLY | O_NONBLOCK, 0, &unread);
        struct stat st;
        if (!is_plain(names.item[i]) || fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
            (found && st.st_size >= least))
            continue;
        least = st.st_size;
        free(found);
        found = mem_strdup(path);
    }
    return found;
}

static void look_at_build(struct door *door, enum architecture architecture, const char *pointer,
                          const char *build)
{
    char *descriptor AUTO_FREE = mem_printf("v%d_%s.cab", architecture_bits(architecture), build);
    char *file AUTO_FREE = smallest_file(door->tree, build);
    look_at_file(door, pointer, descriptor, LIMIT_METADATA_BYTES);
    if (file)
        look_at_file(door, pointer, file, LIMIT_CATALOG_BYTES);
}

static void look_at_pointer(struct door *door, enum architecture architecture)
{
    struct sides sides AUTO(sides_clear) = {0};
    const char *pointer = tree_pointer_name(architecture);
    char build[BUILD_TEXT_SIZE];
    if (door->shut || !read_sides(door, pointer, LIMIT_METADATA_BYTES, &sides))
        return;
    if (!is_same(&sides))
        say_difference(door, pointer, &sides);
    else if (sides.has_own && build_of(&sides.own, build))
        look_at_build(door, architecture, pointer, build);
}

/* ---- all of it ---- */

/* Those of the ring's content, and of what its folder holds; none: it has never been published. */
static unsigned architectures_of(const struct ring *ring, const struct tree *tree)
{
    static const enum architecture every[] = {ARCH_X86, ARCH_X64};
    unsigned held = 0;
    for (int i = 0; i < 2; i++) {
        struct tree_pointer pointer = {0};
        struct err unread = {0};
        if (tree->data >= 0 && tree_pointer_read(tree, every[i], &pointer, &unread) && pointer.present)
            held |= every[i];
    }
    return held ? held | ring->content.architectures : 0;
}

static void look_through(struct door *door, unsigned architectures)
{
    door->began_seconds = clock_steady_now().seconds;
    if (architectures & ARCH_X64)
        look_at_pointer(door, ARCH_X64);
    if (architectures & ARCH_X86)
        look_at_pointer(door, ARCH_X86);
}

static void look_over_http(struct door *door, unsigned architectures)
{
    const struct http_options options = {.base = door->address,
                                         .connections = 1,
                                         .attempts = ATTEMPTS,
                                         .stall_seconds = STALL_SECONDS,
                                         .get_seconds = DOOR_SECONDS,
                                         .log = door->job->log};
    struct err err = {0};
    if (http_new(&options, &door->http, &err))
        look_through(door, architectures);
    else
        say(door, "client-unreachable", mem_printf("cannot be read: %s", err.msg));
    http_free(door->http);
}

void clients_look(const struct job *job, const struct ring *ring, struct clients_findings *findings)
{
    AUTO_TREE tree = TREE_CLOSED;
    struct err unread = {0};
    if (!tree_open(ring->path, false, &tree, &unread))
        return;
    unsigned architectures = architectures_of(ring, &tree);
    const struct {
        const char *key, *address;
    } shares[] = {{"unc", ring->unc}, {"dfs", ring->dfs}};
    for (int i = 0; architectures && i < 2; i++) {
        struct door door = {.job = job,
                            .ring = ring,
                            .tree = &tree,
                            .key = shares[i].key,
                            .address = shares[i].address,
                            .findings = findings};
        if (*door.address)
            look_through(&door, architectures);
    }
    struct door web = {
        .job = job, .ring = ring, .tree = &tree, .key = "http", .address = ring->http, .findings = findings};
    if (architectures && *web.address)
        look_over_http(&web, architectures);
}
