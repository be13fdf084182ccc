/*
 * Cabinets: packed by gcab, signed here or by osslsigncode.
 *
 * gcab writes plain MSZIP cabinets. Signing (formats page, section 7) opens a gap of 24 bytes after the
 * header for the place and the length of the signature, moves the folder offsets by as much and appends the
 * PKCS#7, padded to 8. The bytes outside the digest are set as every real cabinet has them. With
 * signer.ts_url the same is done by osslsigncode, a second and foreign signer, for tests of tests.
 */
#include "cabinet.h"

#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADER  36
#define RESERVE 24

void cabinet_clear(struct cabinet *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->members[i].name);
        bytes_clear(&c->members[i].content);
    }
    free(c->members);
    *c = (struct cabinet){0};
}

void cabinet_set(struct cabinet *c, const char *name, const void *data, size_t len)
{
    struct member *m = NULL;
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->members[i].name, name) == 0)
            m = &c->members[i];
    if (!m) {
        c->members = realloc(c->members, (c->count + 1) * sizeof *m);
        if (!c->members)
            die("out of memory");
        m = &c->members[c->count++];
        *m = (struct member){.name = text("%s", name)};
    }
    bytes_clear(&m->content);
    bytes_put(&m->content, data, len);
}

void cabinet_remove(struct cabinet *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++) {
        if (strcmp(c->members[i].name, name) != 0)
            continue;
        free(c->members[i].name);
        bytes_clear(&c->members[i].content);
        memmove(&c->members[i], &c->members[i + 1], (c->count - i - 1) * sizeof c->members[i]);
        c->count--;
        return;
    }
}

struct member *cabinet_find(struct cabinet *c, const char *suffix)
{
    size_t want = strlen(suffix);
    for (size_t i = 0; i < c->count; i++) {
        size_t len = strlen(c->members[i].name);
        if (len >= want && strcmp(c->members[i].name + len - want, suffix) == 0)
            return &c->members[i];
    }
    return NULL;
}

void cabinet_unpack(const char *path, struct cabinet *c)
{
    TEXT dir = disk_temp_dir();
    const char *argv[] = {"gcab", "-x", "-n", "-C", dir, path, NULL};
    struct dirent **entries;
    disk_run(argv);
    int n = scandir(dir, &entries, NULL, alphasort);
    if (n < 0)
        die("read %s: %s", dir, strerror(errno));
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            TEXT file = text("%s/%s", dir, entries[i]->d_name);
            BYTES content = {0};
            disk_read(file, &content);
            cabinet_set(c, entries[i]->d_name, content.data, content.len);
        }
        free(entries[i]);
    }
    free(entries);
    disk_remove_tree(dir);
}

static void run_gcab(const struct cabinet *c, const char *dir, const char *cab, int64_t member_time)
{
    const char **argv = calloc(c->count + 6, sizeof *argv);
    size_t n = 0;
    if (!argv)
        die("out of memory");
    argv[n++] = "gcab";
    argv[n++] = "-c";
    argv[n++] = "-z";
    argv[n++] = "-n";
    argv[n++] = cab;
    size_t first = n;
    for (size_t i = 0; i < c->count; i++) {
        char *file = text("%s/%s", dir, c->members[i].name);
        disk_write(file, c->members[i].content.data, c->members[i].content.len);
        disk_set_time(file, member_time);
        argv[n++] = file;
    }
    disk_run(argv);
    for (size_t i = first; i < n; i++)
        free((char *)(uintptr_t)argv[i]);
    free(argv);
}

void cabinet_pack(const struct cabinet *c, int64_t member_time, struct bytes *out)
{
    TEXT dir = disk_temp_dir();
    TEXT cab = text("%s/.packed", dir);
    run_gcab(c, dir, cab, member_time);
    disk_read(cab, out);
    disk_remove_tree(dir);
}

void cabinet_digest(const uint8_t *cab, size_t end, uint8_t digest[32])
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    EVP_DigestInit_ex(sha, EVP_sha256(), NULL);
    EVP_DigestUpdate(sha, cab, 4);
    EVP_DigestUpdate(sha, cab + 8, 26);
    EVP_DigestUpdate(sha, cab + 56, end - 56);
    EVP_DigestFinal_ex(sha, digest, NULL);
    EVP_MD_CTX_free(sha);
}

/* Opens the gap for the signature: flag, reserve header, moved offsets. */
static void add_reserve(const struct bytes *plain, struct bytes *out)
{
    static const uint8_t reserve[RESERVE] = {20, 0, 0, 0, 0, 0, 16, 0};
    if (plain->len < HEADER + 8 || memcmp(plain->data, "MSCF", 4) != 0 || le16_read(plain->data + 30) != 0)
        die("sign: not a plain cabinet");
    bytes_put(out, plain->data, HEADER);
    bytes_put(out, reserve, RESERVE);
    bytes_put(out, plain->data + HEADER, plain->len - HEADER);
    uint8_t *h = out->data;
    le32_write(h + 4, 0);
    le32_write(h + 8, (uint32_t)out->len);
    le32_write(h + 16, le32_read(h + 16) + RESERVE);
    le16_write(h + 30, 4);
    le16_write(h + 34, 0);
    for (uint32_t i = 0; i < le16_read(h + 26); i++) {
        uint8_t *folder = h + HEADER + RESERVE + 8 * i;
        le32_write(folder, le32_read(folder) + RESERVE);
    }
    le32_write(h + 44, (uint32_t)out->len);
}

static void sign_here(const struct signer *s, const struct bytes *plain, const struct cabinet_lie *lie,
                      struct bytes *out)
{
    BYTES content = {0};
    BYTES signature = {0};
    uint8_t digest[32];
    add_reserve(plain, out);
    if (lie)
        lie->edit(out, lie->value);
    cabinet_digest(out->data, out->len, digest);
    sign_indirect_data(digest, &content);
    sign_content(s, "1.3.6.1.4.1.311.2.1.4", &content, &signature);
    while (signature.len % 8)
        bytes_u8(&signature, 0);
    le32_write(out->data + 48, (uint32_t)signature.len);
    bytes_put(out, signature.data, signature.len);
}

static void sign_outside(const struct signer *s, const struct bytes *plain, struct bytes *out)
{
    TEXT dir = disk_temp_dir();
    TEXT in = text("%s/plain.cab", dir);
    TEXT signed_cab = text("%s/signed.cab", dir);
    TEXT cert = text("%s/%s.pem", s->ca_dir, s->by_name);
    TEXT key = text("%s/%s.key", s->ca_dir, s->by_name);
    TEXT url = text("%s?at=%lld", s->ts_url, (long long)s->time_unix);
    const char *argv[] = {"osslsigncode", "sign", "-certs", cert,       "-key", key, "-h", "sha256",
                          "-in",          in,     "-out",   signed_cab, "-ts",  url, NULL};
    if (s->no_timestamp)
        argv[12] = NULL;
    disk_write(in, plain->data, plain->len);
    disk_run(argv);
    disk_read(signed_cab, out);
    disk_remove_tree(dir);
}

void cabinet_write_lying(const struct cabinet *c, const struct signer *s, const struct cabinet_lie *lie,
                         const char *path)
{
    BYTES plain = {0};
    BYTES out = {0};
    cabinet_pack(c, s->time_unix, &plain);
    if (s->ts_url)
        sign_outside(s, &plain, &out);
    else
        sign_here(s, &plain, lie, &out);
    disk_write(path, out.data, out.len);
}

void cabinet_write(const struct cabinet *c, const struct signer *s, const char *path)
{
    cabinet_write_lying(c, s, NULL, path);
}
