/*
 * Streams of segments, deterministic and quick to make.
 *
 * First a plan: files (some empty, some of several segments) and for each segment a length and a key that
 * says what is in it. Then the .dat: pieces are sorted by a hash of their file's name, so the order is
 * neither that of the table nor that of the file, yet two builds put the pieces that survive in the same
 * relative order. Segments are valid zlib streams beginning 78 9C: noise in stored blocks (gigabytes in
 * seconds), words and constant bytes deflated at level 6. Survivors are copied from the older stream byte for
 * byte; some segments repeat others, as in reality.
 */
#include "stream.h"

#include "disk.h"
#include "random.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define SEGMENT_MAX  (8u << 20)
#define STORED_BLOCK 65535u
#define LARGE        (256u << 20)
#define WINDOW       (16u << 20)
#define TEXT_MAX     (32u << 10)

enum piece_kind { PIECE_NOISE, PIECE_WORDS, PIECE_CONSTANT, PIECE_COPY };

struct piece {
    enum piece_kind kind;
    uint32_t file;
    uint32_t unpacked;
    uint32_t unpacked_start;
    uint32_t copy_start; /* PIECE_COPY: place in the source .dat */
    uint32_t copy_bytes;
    uint64_t key;
    uint64_t order;
};

struct plan {
    const struct stream_spec *spec;
    struct table *table;
    struct piece *pieces;
    size_t count;
    size_t room;
    size_t file_room;
    uint64_t bytes; /* planned size of the .dat, about */
    uint64_t random;
    uint32_t largest;
};

static uint32_t add_file(struct plan *p, const char *name, const uint32_t version[2])
{
    struct table *t = p->table;
    if (t->file_count == p->file_room) {
        p->file_room = p->file_room ? 2 * p->file_room : 256;
        t->files = realloc(t->files, p->file_room * sizeof *t->files);
        if (!t->files)
            die("out of memory");
    }
    t->files[t->file_count] =
        (struct table_file){.name = text("%s", name), .version = {version[0], version[1]}};
    return (uint32_t)t->file_count++;
}

static void add_piece(struct plan *p, uint32_t file, struct piece piece)
{
    if (p->count == p->room) {
        p->room = p->room ? 2 * p->room : 1024;
        p->pieces = realloc(p->pieces, p->room * sizeof *p->pieces);
        if (!p->pieces)
            die("out of memory");
    }
    piece.file = file;
    piece.unpacked_start = p->table->files[file].size;
    piece.order = random_seed(p->count, p->table->files[file].name);
    p->table->files[file].size += piece.unpacked;
    p->bytes += piece.kind == PIECE_COPY    ? piece.copy_bytes
                : piece.kind == PIECE_NOISE ? piece.unpacked
                                            : piece.unpacked / 3;
    p->pieces[p->count++] = piece;
}

/* Mostly small, a few large: real segments have a median of some KB and a mean of more than 100 KB. */
static uint32_t draw_length(struct plan *p)
{
    uint32_t dice = random_below(&p->random, 100);
    uint32_t top = dice < 60 ? 8u << 10 : dice < 85 ? 64u << 10 : dice < 95 ? 1u << 20 : SEGMENT_MAX;
    if (top > p->largest)
        top = p->largest;
    return 1 + random_below(&p->random, top);
}

static struct piece fresh_piece(struct plan *p, uint32_t unpacked)
{
    struct piece piece = {.kind = PIECE_NOISE, .unpacked = unpacked, .key = random_next(&p->random)};
    uint32_t dice = random_below(&p->random, 100);
    if (dice < 2) {
        piece.kind = PIECE_CONSTANT;
        piece.unpacked = 4096;
        piece.key = dice ? 0xff : 0;
    } else if (unpacked <= TEXT_MAX && dice < 40 && p->count < 4000) {
        piece.kind = PIECE_WORDS;
    } else if (dice >= 95 && p->count > 0) {
        piece = p->pieces[random_below(&p->random, (uint32_t)p->count)];
    }
    return piece;
}

static void plan_source(struct plan *p)
{
    const struct stream_source *src = p->spec->source;
    const struct table *old = src->table;
    size_t s = 0;
    for (uint32_t f = 0; f < old->file_count && p->bytes < p->spec->bytes; f++) {
        uint32_t file = add_file(p, old->files[f].name, old->files[f].version);
        while (s < old->segment_count && old->segments[s].file < f)
            s++;
        for (; s < old->segment_count && old->segments[s].file == f; s++) {
            const struct table_segment *seg = &old->segments[s];
            uint32_t unpacked = seg->unpacked_end - seg->unpacked_start;
            struct piece piece = {.kind = PIECE_COPY,
                                  .unpacked = unpacked,
                                  .copy_start = seg->start,
                                  .copy_bytes = seg->end - seg->start};
            if (!p->spec->only_source && random_below(&p->random, 100) >= src->percent)
                piece = fresh_piece(p, unpacked);
            add_piece(p, file, piece);
        }
    }
}

static void plan_fresh(struct plan *p)
{
    static const char *const kinds[] = {"dll", "exe", "xml", "ttf", "mui", "dotx"};
    const uint32_t version[2] = {16u << 16, (uint32_t)random_next(&p->random)};
    while (p->bytes < p->spec->bytes) {
        unsigned n = (unsigned)p->table->file_count;
        TEXT name = text("root\\Office16\\%s\\part%05u.%s", p->spec->name, n, kinds[n % 6]);
        uint32_t file = add_file(p, name, version);
        uint32_t dice = random_below(&p->random, 100);
        uint32_t segments = dice < 3 ? 0 : dice < 75 ? 1 : 2 + random_below(&p->random, 4);
        while (segments-- > 0)
            add_piece(p, file, fresh_piece(p, draw_length(p)));
    }
}

static void fill_noise(uint64_t key, uint8_t *out, size_t len)
{
    for (; len >= 8; len -= 8, out += 8) {
        uint64_t v = random_next(&key);
        memcpy(out, &v, 8);
    }
    uint64_t v = random_next(&key);
    memcpy(out, &v, len);
}

static void fill_words(uint64_t key, uint8_t *out, size_t len)
{
    static const char *const words[] = {"office ",     "stream ", "resource ",     "string ",     "table\r\n",
                                        "<item id=\"", "\" />",   "Click-to-Run ", "0x00000000 ", "version "};
    while (len > 0) {
        const char *word = words[random_below(&key, sizeof words / sizeof words[0])];
        size_t n = strlen(word) < len ? strlen(word) : len;
        memcpy(out, word, n);
        out += n;
        len -= n;
    }
}

/* A zlib stream of stored blocks; room for 6 + len + 5 per block. */
static size_t store_noise(const struct piece *piece, uint8_t *out, uint8_t *scratch)
{
    uint8_t *o = out;
    uLong adler = adler32(0, NULL, 0);
    fill_noise(piece->key, scratch, piece->unpacked);
    adler = adler32(adler, scratch, piece->unpacked);
    *o++ = 0x78;
    *o++ = 0x9c;
    for (uint32_t at = 0; at < piece->unpacked;) {
        uint32_t n = piece->unpacked - at < STORED_BLOCK ? piece->unpacked - at : STORED_BLOCK;
        *o++ = at + n == piece->unpacked;
        le16_write(o, n);
        le16_write(o + 2, ~n & 0xffff);
        memcpy(o + 4, scratch + at, n);
        o += 4 + n;
        at += n;
    }
    for (int shift = 24; shift >= 0; shift -= 8)
        *o++ = (uint8_t)(adler >> shift);
    return (size_t)(o - out);
}

static size_t read_source(int fd, const struct piece *piece, uint8_t *out)
{
    for (size_t at = 0; at < piece->copy_bytes;) {
        ssize_t n = pread(fd, out + at, piece->copy_bytes - at, (off_t)(piece->copy_start + at));
        if (n <= 0)
            die("read the older stream: %s", n < 0 ? strerror(errno) : "too short");
        at += (size_t)n;
    }
    return piece->copy_bytes;
}

static size_t produce(const struct piece *piece, int source_fd, uint8_t *out, uLong room, uint8_t *scratch)
{
    switch (piece->kind) {
    case PIECE_COPY:
        return read_source(source_fd, piece, out);
    case PIECE_NOISE:
        return store_noise(piece, out, scratch);
    case PIECE_WORDS:
        fill_words(piece->key, scratch, piece->unpacked);
        break;
    case PIECE_CONSTANT:
        memset(scratch, (int)piece->key, piece->unpacked);
        break;
    }
    uLong len = room;
    if (compress2(out, &len, scratch, piece->unpacked, 6) != Z_OK)
        die("deflate failed");
    return len;
}

static int by_order(const void *a, const void *b)
{
    const struct piece *x = *(const struct piece *const *)a, *y = *(const struct piece *const *)b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x < y ? -1 : x > y;
}

/*
 * Writing gigabytes through the page cache costs mostly fresh pages, so of large streams what lies behind the
 * writer is put on disk and let go. `at` is where the stream has got to.
 */
static void let_go(int fd, uint64_t total, uint64_t before, uint64_t at)
{
    if (total < LARGE || before / WINDOW == at / WINDOW)
        return;
    uint64_t window = before / WINDOW * WINDOW;
    sync_file_range(fd, (off_t)window, WINDOW, SYNC_FILE_RANGE_WRITE);
    if (window < WINDOW)
        return;
    sync_file_range(fd, (off_t)(window - WINDOW), WINDOW,
                    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    posix_fadvise(fd, (off_t)(window - WINDOW), WINDOW, POSIX_FADV_DONTNEED);
}

static void write_all(int fd, const char *path, const uint8_t *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0)
            die("write %s: %s", path, strerror(errno));
        p += n;
        len -= (size_t)n;
    }
}

static void write_dat(struct plan *p, const char *path, uint8_t sha256[32])
{
    struct piece **sorted = calloc(p->count + 1, sizeof(struct piece *));
    uLong room = compressBound(SEGMENT_MAX) + SEGMENT_MAX / STORED_BLOCK * 5 + 64;
    uint8_t *out = malloc(room);
    uint8_t *scratch = malloc(SEGMENT_MAX);
    EVP_MD_CTX *whole = EVP_MD_CTX_new();
    int source = p->spec->source ? open(p->spec->source->dat_path, O_RDONLY | O_CLOEXEC) : -1;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    uint64_t at = 0;

    if (!sorted || !out || !scratch || fd < 0 || (p->spec->source && source < 0))
        die("make %s: %s", path, strerror(errno));
    for (size_t i = 0; i < p->count; i++)
        sorted[i] = &p->pieces[i];
    qsort(sorted, p->count, sizeof(struct piece *), by_order);
    EVP_DigestInit_ex(whole, EVP_sha256(), NULL);
    for (size_t i = 0; i < p->count; i++) {
        struct table_segment *seg = &p->table->segments[sorted[i] - p->pieces];
        size_t len = produce(sorted[i], source, out, room, scratch);
        if (at + len > UINT32_MAX)
            die("make %s: above 4 GiB a table cannot say where a segment is", path);
        seg->start = (uint32_t)at;
        seg->end = (uint32_t)(at += len);
        EVP_Digest(out, len, seg->sha256, NULL, EVP_sha256(), NULL);
        EVP_DigestUpdate(whole, out, len);
        write_all(fd, path, out, len);
        let_go(fd, p->bytes, at - len, at);
    }
    p->table->dat_bytes = (uint32_t)at;
    EVP_DigestFinal_ex(whole, sha256, NULL);
    EVP_MD_CTX_free(whole);
    free(sorted);
    free(out);
    free(scratch);
    if (source >= 0)
        close(source);
    if (close(fd) < 0)
        die("write %s: %s", path, strerror(errno));
}

/* Segment records: file by file, and within a file not always in file order. */
static void make_records(struct plan *p)
{
    struct table *t = p->table;
    for (size_t i = 1; i < p->count; i++)
        if (p->pieces[i].file == p->pieces[i - 1].file && random_below(&p->random, 4) == 0) {
            struct piece swap = p->pieces[i];
            p->pieces[i] = p->pieces[i - 1];
            p->pieces[i - 1] = swap;
        }
    t->segment_count = p->count;
    t->segments = calloc(p->count + 1, sizeof *t->segments);
    if (!t->segments)
        die("out of memory");
    for (size_t i = 0; i < p->count; i++)
        t->segments[i] =
            (struct table_segment){.file = p->pieces[i].file,
                                   .unpacked_start = p->pieces[i].unpacked_start,
                                   .unpacked_end = p->pieces[i].unpacked_start + p->pieces[i].unpacked};
}

void stream_make(const struct stream_spec *spec, const char *dat_path, struct table *table,
                 uint8_t sha256[32])
{
    struct plan p = {.spec = spec, .table = table};
    uint64_t largest = spec->bytes / 8;
    p.largest = largest < 1024 ? 1024 : largest > SEGMENT_MAX ? SEGMENT_MAX : (uint32_t)largest;
    p.random = random_seed(random_seed(spec->seed, spec->build), spec->name);
    *table = (struct table){0};
    if (spec->source)
        plan_source(&p);
    if (!spec->only_source)
        plan_fresh(&p);
    make_records(&p);
    disk_mkdirs_above(dat_path);
    write_dat(&p, dat_path, sha256);
    free(p.pieces);
}
