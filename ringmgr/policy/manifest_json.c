#include "ringmgr/policy/manifest_json.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/json.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA = 1 };

static const enum architecture architectures[] = {ARCH_X86, ARCH_X64};

/* ---- writing ---- */

static void set_digest(struct jv *object, const char *key, const struct digest *digest)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest, text);
    jv_set_text(object, key, text);
}

static struct jv *pointers_to_json(const struct manifest *manifest)
{
    struct jv *object = jv_object();
    for (size_t i = 0; i < 2; i++)
        if (manifest->architectures & architectures[i])
            set_digest(object, architecture_name(architectures[i]), &manifest->pointer[i]);
    return object;
}

static struct jv *files_to_json(const struct manifest *manifest)
{
    struct jv *list = jv_array();
    for (size_t i = 0; i < manifest->files; i++) {
        struct jv *file = jv_object();
        jv_set_text(file, "path", manifest->file[i].path);
        set_digest(file, "sha256", &manifest->file[i].digest);
        jv_set_int(file, "bytes", (int64_t)manifest->file[i].bytes);
        jv_push(list, file);
    }
    return list;
}

void manifest_json_write(const struct manifest *manifest, struct buf *out)
{
    char build[BUILD_TEXT_SIZE];
    struct jv *root AUTO(jv_auto_free)
    = jv_object();
    build_format(&manifest->build, build);
    jv_set_int(root, "schema", SCHEMA);
    jv_set_text(root, "ring", manifest->ring);
    jv_set_text(root, "channel", manifest->channel->id);
    jv_set_int(root, "sequence", manifest->sequence);
    jv_set_time(root, "issued", manifest->issued_unix);
    jv_set_time(root, "expires", manifest->expires_unix);
    jv_set_text(root, "build", build);
    jv_set_text(root, "version", manifest->version);
    jv_set_time(root, "released", manifest->released_unix);
    set_digest(root, "files_digest", &manifest->files_digest);
    jv_set(root, "architectures", pointers_to_json(manifest));
    jv_set(root, "files", files_to_json(manifest));
    jv_write_canonical(root, out);
}

/* ---- reading ---- */

static bool refuse(struct err *err, const char *what)
{
    return err_set(err, ERR_NOT_GENUINE, "%s", what);
}

static bool read_time(const struct jv *root, const char *key, int64_t *unix_seconds, struct err *err)
{
    const char *text = jv_get_text(root, key);
    return (text && clock_parse(text, unix_seconds)) ||
           err_set(err, ERR_NOT_GENUINE, "\"%s\" is no time", key);
}

static bool read_digest(const struct jv *object, const char *key, struct digest *digest, struct err *err)
{
    const char *text = jv_get_text(object, key);
    return (text && digest_parse(text, digest)) || err_set(err, ERR_NOT_GENUINE, "\"%s\" is no SHA-256", key);
}

/* Letters, digits and "._-", as names of Office's files are; nothing that leads elsewhere. */
static bool is_name(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(text);
    return len > 0 && len <= LIMIT_NAME_BYTES && text[0] != '.' && strspn(text, allowed) == len;
}

/* Of the build: in its folder, or one of its descriptors. */
static bool is_path(const struct manifest *manifest, const char *path)
{
    char build[BUILD_TEXT_SIZE], descriptor[2][BUILD_TEXT_SIZE + 16];
    build_format(&manifest->build, build);
    size_t len = strlen(build);
    if (strncmp(path, build, len) == 0 && path[len] == '/')
        return is_name(path + len + 1);
    for (size_t i = 0; i < 2; i++)
        snprintf(descriptor[i], sizeof descriptor[i], "v%d_%s.cab", architecture_bits(architectures[i]),
                 build);
    return strcmp(path, descriptor[0]) == 0 || strcmp(path, descriptor[1]) == 0;
}

static bool read_file(const struct jv *object, struct manifest *manifest, struct err *err)
{
    const char *path = jv_get_text(object, "path");
    int64_t bytes = jv_get_int(object, "bytes", -1);
    struct manifest_file *file = &manifest->file[manifest->files];
    if (!path || !is_path(manifest, path))
        return refuse(err, "a file that is not of the build");
    if (manifest->files && strcmp(manifest->file[manifest->files - 1].path, path) >= 0)
        return refuse(err, "the files are not in their order");
    if (bytes < 0 || (uint64_t)bytes > LIMIT_STREAM_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "%s has an impossible size", path);
    if (!read_digest(object, "sha256", &file->digest, err))
        return false;
    file->bytes = (uint64_t)bytes;
    file->path = mem_strdup(path);
    manifest->files++;
    return true;
}

static bool read_files(const struct jv *root, struct manifest *manifest, struct err *err)
{
    const struct jv *list = jv_get(root, "files");
    size_t len = list ? jv_count(list) : 0;
    if (len == 0 || len > LIMIT_FILE_LIST)
        return err_set(err, ERR_NOT_GENUINE, "%zu files; 1 to %d are possible", len, LIMIT_FILE_LIST);
    manifest->file = mem_new(len, sizeof *manifest->file);
    for (size_t i = 0; i < len; i++)
        if (!read_file(jv_at(list, i), manifest, err))
            return false;
    struct digest digest = manifest_files_digest(manifest);
    return digest_equal(&digest, &manifest->files_digest) ||
           refuse(err, "the digest of the file list is not that of its files");
}

/* A pointer is a copy of the build's own descriptor. */
static bool read_pointers(const struct jv *root, struct manifest *manifest, struct err *err)
{
    const struct jv *object = jv_get(root, "architectures");
    char build[BUILD_TEXT_SIZE];
    build_format(&manifest->build, build);
    for (size_t i = 0; object && i < 2; i++) {
        const char *name = architecture_name(architectures[i]);
        char *path AUTO_FREE = mem_printf("v%d_%s.cab", architecture_bits(architectures[i]), build);
        const struct manifest_file *own = manifest_find(manifest, path);
        if (!jv_get(object, name))
            continue;
        if (!read_digest(object, name, &manifest->pointer[i], err))
            return false;
        if (!own || !digest_equal(&own->digest, &manifest->pointer[i]))
            return err_set(err, ERR_NOT_GENUINE, "the pointer of %s is not the descriptor of the build",
                           name);
        manifest->architectures |= architectures[i];
    }
    return manifest->architectures || refuse(err, "no architecture");
}

static bool read_build(const struct jv *root, struct manifest *manifest, struct err *err)
{
    struct err none = {0};
    const char *channel = jv_get_text(root, "channel"), *build = jv_get_text(root, "build");
    const char *version = jv_get_text(root, "version");
    const struct channel *known = channel ? channel_find(channel) : NULL;
    if (!known)
        return refuse(err, "no channel that this program knows");
    manifest->channel = known;
    if (!build || !build_parse(build, &manifest->build, &none))
        return refuse(err, "\"build\" is no build");
    if (!version || strlen(version) >= sizeof manifest->version || (*version && !is_name(version)))
        return refuse(err, "\"version\" is no version");
    snprintf(manifest->version, sizeof manifest->version, "%s", version);
    manifest->released_unix = -1;
    return !jv_get_text(root, "released") || read_time(root, "released", &manifest->released_unix, err);
}

static bool read_root(const struct jv *root, struct manifest *manifest, struct err *err)
{
    const char *ring = jv_get_text(root, "ring");
    if (!jv_is_object(root) || jv_get_int(root, "schema", 0) != SCHEMA)
        return refuse(err, "not of schema 1: a newer ringmgr wrote it");
    if (!ring || !is_name(ring))
        return refuse(err, "\"ring\" is no ring");
    manifest->ring = mem_strdup(ring);
    manifest->sequence = jv_get_int(root, "sequence", 0);
    if (manifest->sequence <= 0)
        return refuse(err, "\"sequence\" is no number above 0");
    if (!read_time(root, "issued", &manifest->issued_unix, err) ||
        !read_time(root, "expires", &manifest->expires_unix, err))
        return false;
    if (manifest->expires_unix <= manifest->issued_unix)
        return refuse(err, "it expires before it was issued");
    return read_build(root, manifest, err) &&
           read_digest(root, "files_digest", &manifest->files_digest, err) &&
           read_files(root, manifest, err) && read_pointers(root, manifest, err);
}

bool manifest_json_read(const void *bytes, size_t len, struct manifest *manifest, struct err *err)
{
    AUTO_BUF again = {0};
    struct jv *root AUTO(jv_auto_free)
    = jv_parse(bytes, len, err);
    if (!root || !read_root(root, manifest, err))
        return false;
    manifest_json_write(manifest, &again);
    return (again.len == len && memcmp(again.data, bytes, len) == 0) || refuse(err, "not canonical JSON");
}
