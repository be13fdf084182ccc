/*
 * Whole builds: the folder of formats page, section 3, for one or both architectures.
 *
 * The work is a list of independent jobs (a stream with its cabinet and catalogue, an installer cabinet, a
 * descriptor) done by a few threads, largest first. A language's proofing stream is cut out of the language's
 * stream, so one job makes both. x86 streams share most of their segments with x64 ones, as they really do,
 * and are made after them.
 */
#include "build.h"

#include "cabinet.h"
#include "catalog.h"
#include "disk.h"
#include "random.h"
#include "stream.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define SHARED_BETWEEN_ARCHITECTURES 60
#define THREADS                      4

struct job {
    char *cab;    /* without .cab */
    char *stream; /* without .dat; NULL: an installer cabinet */
    char *donor;  /* the x64 stream an x86 stream shares segments with, or NULL */
    char *donor_cab;
    char *proof_cab; /* cabinet of the proofing tools, or NULL */
    char *proof_stream;
    const char *culture;
    uint64_t bytes;
    bool catalog; /* an installer cabinet with a .cat beside it */
};

struct work {
    const struct build_spec *spec;
    const struct signer *cabs;
    const struct signer *cats;
    char *folder;
    struct job *jobs;
    size_t count;
    atomic_size_t next;
};

static struct job *add_job(struct work *w, char *cab)
{
    w->jobs = realloc(w->jobs, (w->count + 1) * sizeof *w->jobs);
    if (!w->jobs)
        die("out of memory");
    w->jobs[w->count] = (struct job){.cab = cab, .culture = "x-none"};
    return &w->jobs[w->count++];
}

static void set_hash(struct cabinet *cab, const char *name, const char *build)
{
    BYTES lines = {0};
    TEXT member = text("%s.hash", name);
    descriptor_hash_lines(name, build, &lines);
    cabinet_set(cab, member, lines.data, lines.len);
}

static void set_stream_hash(struct cabinet *cab, const char *stream, const uint8_t sha256[32])
{
    BYTES digits = {0};
    TEXT member = text("%s.hash", stream);
    char hex[65];
    hex_upper(sha256, 32, hex);
    bytes_utf16(&digits, hex);
    cabinet_set(cab, member, digits.data, digits.len);
}

/* The table once more as a packed SQL script; nobody reads it, so the first rows do. */
static void set_database(struct cabinet *cab, const char *stream, const struct table *table)
{
    BYTES sql = {0};
    BYTES packed = {0};
    TEXT member = text("%s.db", stream);
    bytes_puts(&sql, "-- C2RxUnityDB\nBEGIN;\nCREATE TABLE segment(file, start, end);\n");
    for (size_t i = 0; i < table->segment_count && i < 200; i++)
        bytes_printf(&sql, "INSERT INTO segment VALUES(%u, %u, %u);\n", table->segments[i].file,
                     table->segments[i].start, table->segments[i].end);
    bytes_puts(&sql, "COMMIT;\n");
    uLong len = compressBound(sql.len);
    compress2(bytes_room(&packed, len), &len, sql.data, sql.len, 6);
    cabinet_set(cab, member, packed.data, len);
}

static void set_master(struct cabinet *cab, const char *culture, const char *build)
{
    BYTES xml = {0};
    TEXT member = text("MasterDescriptor.%s.xml", culture);
    bytes_printf(
        &xml,
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<descriptor version=\"%s\">\r\n"
        "  <Properties>\r\n    <Property name=\"PackageVersion\" value=\"%s\" />\r\n  </Properties>\r\n"
        "</descriptor>",
        build, build);
    cabinet_set(cab, member, xml.data, xml.len);
}

/* Writes s*.cab and .dat.cat of a stream. */
static void write_stream_cabinet(const struct work *w, const char *name, const char *stream,
                                 const char *culture, struct table *table, const uint8_t sha256[32])
{
    struct cabinet cab = {0};
    BYTES encoded = {0};
    BYTES build = {0};
    const char *number = w->spec->build;
    TEXT path = text("%s/%s.cab", w->folder, name);

    set_master(&cab, culture, number);
    set_hash(&cab, name, number);
    if (!w->spec->no_cats) {
        BYTES cat = {0};
        TEXT member = text("%s.dat.cat", stream);
        TEXT beside = text("%s/%s", w->folder, member);
        catalog_make(w->cats, stream, number, table, &cat);
        cabinet_set(&cab, member, cat.data, cat.len);
        disk_write(beside, cat.data, cat.len);
    }
    set_database(&cab, stream, table);
    set_stream_hash(&cab, stream, sha256);
    bytes_utf16(&build, number);
    bytes_u16(&build, 0);
    table_write(table, &build, &encoded);
    TEXT manifest = text("%s.man.dat", stream);
    cabinet_set(&cab, manifest, encoded.data, encoded.len);
    cabinet_write(&cab, w->cabs, path);
    cabinet_clear(&cab);
}

static void load_table(const char *cab_path, struct table *table)
{
    struct cabinet cab = {0};
    cabinet_unpack(cab_path, &cab);
    struct member *manifest = cabinet_find(&cab, ".man.dat");
    if (!manifest)
        die("%s: no segment table", cab_path);
    table_read(&manifest->content, table);
    cabinet_clear(&cab);
}

static void run_proofing(const struct work *w, const struct job *j, const char *dat,
                         const struct table *table)
{
    struct table proof;
    uint8_t sha256[32];
    struct stream_source source = {.dat_path = dat, .table = table, .percent = 100};
    struct stream_spec spec = {.name = j->proof_stream,
                               .build = w->spec->build,
                               .seed = w->spec->seed,
                               .bytes = w->spec->proofing_bytes,
                               .source = &source,
                               .only_source = true};
    TEXT path = text("%s/%s.dat", w->folder, j->proof_stream);
    stream_make(&spec, path, &proof, sha256);
    write_stream_cabinet(w, j->proof_cab, j->proof_stream, j->culture, &proof, sha256);
    table_clear(&proof);
}

static void run_stream(const struct work *w, const struct job *j)
{
    const struct build_spec *b = w->spec;
    struct table old = {0}, table;
    struct stream_source source = {.table = &old};
    struct stream_spec spec = {.name = j->stream, .build = b->build, .seed = b->seed, .bytes = j->bytes};
    uint8_t sha256[32];
    TEXT dat = text("%s/%s.dat", w->folder, j->stream);
    TEXT older_dat = text("%s/../%s/%s.dat", w->folder, b->from ? b->from : "-", j->stream);
    TEXT older_cab = text("%s/../%s/%s.cab", w->folder, b->from ? b->from : "-", j->cab);
    TEXT donor_dat = text("%s/%s.dat", w->folder, j->donor ? j->donor : "-");
    TEXT donor_cab = text("%s/%s.cab", w->folder, j->donor_cab ? j->donor_cab : "-");

    if (b->from && disk_exists(older_dat)) {
        load_table(older_cab, &old);
        source.dat_path = older_dat;
        source.percent = (unsigned)b->survive;
    } else if (j->donor && disk_exists(donor_dat)) {
        load_table(donor_cab, &old);
        source.dat_path = donor_dat;
        source.percent = SHARED_BETWEEN_ARCHITECTURES;
    }
    spec.source = source.dat_path ? &source : NULL;
    stream_make(&spec, dat, &table, sha256);
    write_stream_cabinet(w, j->cab, j->stream, j->culture, &table, sha256);
    if (j->proof_cab)
        run_proofing(w, j, dat, &table);
    table_clear(&table);
    table_clear(&old);
}

static void run_installer(const struct work *w, const struct job *j)
{
    struct cabinet cab = {0};
    TEXT path = text("%s/%s.cab", w->folder, j->cab);
    set_hash(&cab, j->cab, w->spec->build);
    cabinet_set(&cab, "placeholder.txt", NULL, 0);
    if (j->bytes > 0) {
        BYTES program = {0};
        uint64_t state = random_seed(random_seed(w->spec->seed, w->spec->build), j->cab);
        while (program.len < j->bytes)
            bytes_u32(&program, (uint32_t)random_next(&state));
        cabinet_set(&cab, "OfficeClickToRun.exe", program.data, program.len);
    }
    cabinet_write(&cab, w->cabs, path);
    cabinet_clear(&cab);
    if (j->catalog && !w->spec->no_cats) {
        BYTES cat = {0};
        TEXT beside = text("%s.cat", path);
        catalog_make(w->cats, j->cab, w->spec->build, NULL, &cat);
        disk_write(beside, cat.data, cat.len);
    }
}

static void *run_jobs(void *arg)
{
    struct work *w = arg;
    for (size_t i; (i = atomic_fetch_add(&w->next, 1)) < w->count;) {
        if (w->jobs[i].stream)
            run_stream(w, &w->jobs[i]);
        else
            run_installer(w, &w->jobs[i]);
    }
    return NULL;
}

static bool listed(const struct list *l, const char *word)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcasecmp(l->items[i], word) == 0)
            return true;
    return false;
}

static void list_language(struct work *w, const struct language *l, unsigned bits, const char *arch)
{
    const struct build_spec *b = w->spec;
    struct job *j = add_job(w, text("s%u%u", bits, l->lcid));
    j->stream = text("stream.%s.%s", arch, l->culture);
    j->culture = l->culture;
    j->bytes = b->language_bytes;
    if (bits == 32) {
        j->donor = text("stream.x64.%s", l->culture);
        j->donor_cab = text("s64%u", l->lcid);
    }
    if (listed(&b->proofing, l->culture) && l->kind != LANGUAGE_PROOFING) {
        j->proof_cab = text("sp%u%u", bits, l->lcid);
        j->proof_stream = text("stream.%s.%s.proof", arch, l->culture);
    }
    if (l->kind == LANGUAGE_CORE)
        add_job(w, text("i%u%u", bits, l->lcid));
    if (l->kind == LANGUAGE_CORE && bits == 32 && !listed(&b->archs, "x64"))
        add_job(w, text("i64%u", l->lcid));
}

static void list_installer(struct work *w, unsigned bits)
{
    struct job *j = add_job(w, text("i%u0", bits));
    j->bytes = w->spec->installer_bytes;
    j->catalog = true;
}

static void list_arm(struct work *w, unsigned bits)
{
    struct job *j = add_job(w, text(bits == 64 ? "sa640" : "sc320"));
    j->stream = text(bits == 64 ? "stream.x64.x-none.arm64x" : "stream.x86.x-none.chpe");
    j->bytes = w->spec->language_bytes / 4 + 1;
    add_job(w, text("a%u0_exp", bits));
    if (bits == 32 && !listed(&w->spec->archs, "x64"))
        add_job(w, text("a640_exp"));
}

static void list_architecture(struct work *w, const char *arch)
{
    const struct build_spec *b = w->spec;
    unsigned bits = strcmp(arch, "x64") == 0 ? 64 : strcmp(arch, "x86") == 0 ? 32 : 0;
    if (bits == 0)
        die("no architecture %s (x64 or x86)", arch);
    struct job *j = add_job(w, text("s%u0", bits));
    j->stream = text("stream.%s.x-none", arch);
    j->bytes = b->stream_bytes;
    if (bits == 32) {
        j->donor = text("stream.x64.x-none");
        j->donor_cab = text("s640");
    }
    for (size_t i = 0; i < b->languages.count; i++)
        list_language(w, language_find(b->languages.items[i]), bits, arch);
    list_installer(w, bits);
    if (bits == 32 && !listed(&b->archs, "x64"))
        list_installer(w, 64);
    if (b->arm64)
        list_arm(w, bits);
}

static void free_jobs(struct work *w)
{
    for (size_t i = 0; i < w->count; i++) {
        struct job *j = &w->jobs[i];
        char *owned[] = {j->cab, j->stream, j->donor, j->donor_cab, j->proof_cab, j->proof_stream};
        for (size_t k = 0; k < sizeof owned / sizeof owned[0]; k++)
            free(owned[k]);
    }
    free(w->jobs);
    w->jobs = NULL;
    w->count = 0;
}

static void run_architecture(struct work *w, const char *arch)
{
    pthread_t threads[THREADS];
    list_architecture(w, arch);
    atomic_store(&w->next, 0);
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, run_jobs, w) != 0)
            die("start a thread");
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    free_jobs(w);
}

void build_make(const struct build_spec *spec, const struct signer *cabs, const struct signer *cats)
{
    struct work w = {.spec = spec, .cabs = cabs, .cats = cats};
    w.folder = text("%s/%s/Office/Data/%s", spec->origin, spec->channel->guid, spec->build);
    disk_mkdirs(w.folder);
    for (size_t i = 0; i < spec->archs.count; i++) {
        struct descriptor d = spec->descriptor;
        run_architecture(&w, spec->archs.items[i]);
        d.bits = strcmp(spec->archs.items[i], "x86") == 0 ? 32 : 64;
        TEXT path = text("%s/../v%u_%s.cab", w.folder, d.bits, spec->build);
        descriptor_write(&d, cabs, path);
    }
    free(w.folder);
}
