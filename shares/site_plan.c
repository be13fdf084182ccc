/*
 * The commands. What a site's rsync must know: 3.2.4 (--fsync). What is left out on purpose:
 *
 *   --secluded-args   rrsync(1) refuses it, and rsync quotes by itself since 3.2.4; our names need no quotes
 *   --files-from when fetching   rsync 3.5.0 calls every file vanished that a daemon without chroot is asked
 * for
 *   .. in --link-dest   rrsync refuses it; absolute paths are below the daemon's module, or rrsync's folder
 *   --mkpath, --inplace, --delete when sending   nothing may be made above the rings, changed or removed
 */
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "shares/site_where.h"

#include <string.h>

enum {
    /* Answers of a line or two a file. */
    LISTING_BYTES = 1 << 20,
    PROOF_BYTES = 1 << 20,
    /* rsync keeps a listing whole before it tells of it, and a site may say names without end. */
    LISTING_MEMORY = 256 << 20,
    /* What is left of progress and statistics. */
    TAIL_BYTES = 8 << 10,
    /* A question of some kilobytes. */
    QUICK_SECONDS = 120,
    SLOW_SECONDS = 1800,
    /* A transfer says nothing while a file of gigabytes is put on disk there. */
    SENDING_SECONDS = 300,
    /* Nor does rsync while it reads a file there to compare it: 4 GiB at 5 MB/s take 14
       minutes. */
    READING_SECONDS = 1800,
    /* For what rsync itself has not noticed. */
    STUCK_SECONDS = READING_SECONDS + 600,
    PROVING_SECONDS = 6 * 3600,
    BWLIMIT_UNIT = 1024
};

/* ---- parts ---- */

static void add(struct errand *errand, const char *argument)
{
    strv_add(&errand->arguments, argument);
}

/* Adds "ring/Office/Data/" and what is below it, of the site. */
static void add_data(const struct site_where *where, const char *ring, const char *below,
                     struct errand *errand)
{
    char *path AUTO_FREE = mem_printf("%s/" TREE_DATA "/%s", ring, below);
    where_add(where, path, errand);
}

/* Names that rsync takes from the errand's input, one after another. */
static void add_name(struct errand *errand, const char *name)
{
    buf_append(&errand->input, name, strlen(name) + 1);
}

static void take_names(struct errand *errand)
{
    add(errand, "--files-from=-");
    add(errand, "--from0");
}

/* The name in the build's folder; NULL if it is no file of that folder. */
static const char *name_in_folder(const struct share_file *file)
{
    const char *slash = strchr(file->path, '/');
    return slash ? slash + 1 : NULL;
}

/* Files as clients may read them and nobody may write them, on disk before they have their names. */
static void keep_attributes(struct errand *errand)
{
    add(errand, "--times");
    add(errand, "--perms");
    add(errand, "--chmod=F0444");
    add(errand, "--fsync");
}

/* ---- look ---- */

static void list(const struct site_where *where, struct errand *errand)
{
    where_begin(where, QUICK_SECONDS, errand);
    add(errand, "--list-only");
    add(errand, "--no-human-readable");
    errand->out_bytes = LISTING_BYTES;
    errand->memory_bytes = LISTING_MEMORY;
    errand->seconds = QUICK_SECONDS;
}

void site_list_plan(const struct site_where *where, const char *ring, struct errand *errand)
{
    list(where, errand);
    if (where->kind != WHERE_FOLDER) {
        add(errand, "--");
        add_data(where, ring, "", errand);
        return;
    }
    /* from the ring on, so that rsync does not follow links on the way, and says that they are such; folders
       that are no builds may be closed to us (lost+found) */
    add(errand, "--recursive");
    strv_addf(&errand->arguments, "--filter=- /%s/" TREE_DATA "/[!0-9]*/", ring);
    strv_addf(&errand->arguments, "--filter=+ /%s/" TREE_DATA "/*", ring);
    strv_addf(&errand->arguments, "--filter=+ /%s/" TREE_DATA, ring);
    strv_addf(&errand->arguments, "--filter=+ /%s/Office", ring);
    strv_addf(&errand->arguments, "--filter=+ /%s", ring);
    add(errand, "--filter=- *");
    add(errand, "--");
    where_add(where, ring, errand);
}

void site_place_plan(const struct site_where *where, const char *ring, struct errand *errand)
{
    add(errand, "sh");
    add(errand, "-c");
    add(errand, "cd -P -- \"$1\" && pwd -P && stat -c '%d %i' . || exit 0; d=$2; [ -d \"$d\" ] || d=.; "
                "[ -w \"$d\" ] && echo writable; exit 0");
    add(errand, "sh");
    add(errand, where->path);
    strv_addf(&errand->arguments, "%s/" TREE_DATA, ring);
    errand->out_bytes = TAIL_BYTES;
    errand->seconds = QUICK_SECONDS;
}

void site_knock_plan(const struct site_where *where, struct errand *errand)
{
    list(where, errand);
    add(errand, "--");
    where_add(where, "./", errand);
}

void site_fetch_plan(const struct site_where *where, const char *ring, unsigned pointers, const char *folder,
                     struct errand *errand)
{
    where_begin(where, QUICK_SECONDS, errand);
    add(errand, "--times");
    add(errand, "--chmod=F0600"); /* whatever it is there: we are to read it */
    strv_addf(&errand->arguments, "--max-size=%llub", (unsigned long long)LIMIT_METADATA_BYTES);
    add(errand, "--");
    if (pointers & ARCH_X86)
        add_data(where, ring, tree_pointer_name(ARCH_X86), errand);
    if (pointers & ARCH_X64)
        add_data(where, ring, tree_pointer_name(ARCH_X64), errand);
    strv_addf(&errand->arguments, "%s/", folder);
    errand->memory_bytes = LISTING_MEMORY;
    errand->file_bytes = LIMIT_METADATA_BYTES; /* whatever length the site has named before */
    errand->out_bytes = TAIL_BYTES;
    errand->tail = true;
    errand->seconds = QUICK_SECONDS;
}

/* ---- stage ---- */

/* All of the way, which is not there yet. */
static void add_way(const struct site_where *where, const char *ring, const char *build, const char *rings,
                    struct errand *errand)
{
    char *office AUTO_FREE = mem_printf("%s/Office", ring);
    char *data AUTO_FREE = mem_printf("%s/" TREE_DATA, ring);
    char *folder AUTO_FREE = mem_printf("%s/" TREE_DATA "/%s", ring, build);
    if (where->kind == WHERE_DAEMON)
        add(errand, "--keep-dirlinks"); /* rrsync(1) refuses it; of a folder such links are */
    add(errand, "--");
    strv_addf(&errand->arguments, "%s/", rings);
    where_add(where, ".", errand);
    add_name(errand, ring);
    add_name(errand, office);
    add_name(errand, data);
    add_name(errand, folder);
}

void site_folders_plan(const struct site_where *where, const char *ring, const char *build, const char *rings,
                       bool stands, struct errand *errand)
{
    where_begin(where, QUICK_SECONDS, errand);
    add(errand, "--dirs");
    add(errand, "--perms"); /* whatever the umask of the account there is: clients shall read it */
    add(errand, "--chmod=D0755");
    take_names(errand);
    if (!stands)
        add_way(where, ring, build, rings, errand);
    else {
        add(errand, "--");
        strv_addf(&errand->arguments, "%s/%s/" TREE_DATA "/", rings, ring);
        add_data(where, ring, "", errand);
        add_name(errand, build);
    }
    errand->out_bytes = TAIL_BYTES;
    errand->tail = true;
    errand->seconds = QUICK_SECONDS;
}

/* What a file may be compared with, linked to or be sent as a difference from. */
static void add_basis(const struct site_where *where, const struct site_stage *stage, struct errand *errand)
{
    for (size_t i = 0; stage->basis && i < stage->basis->len && i < SITE_BASIS_MAX; i++) {
        const char *name = stage->basis->item[i], *slash = strchr(name, '/');
        if (!slash)
            continue;
        char *below AUTO_FREE = mem_printf("%.*s/" TREE_DATA "%s", (int)(slash - name), name, slash);
        char *path AUTO_FREE = where_path(where, below);
        strv_addf(&errand->arguments, "--link-dest=%s", path);
    }
}

static void begin_stage(const struct site_where *where, const struct site_load *load, bool by_content,
                        struct errand *errand)
{
    where_begin(where, by_content ? READING_SECONDS : SENDING_SECONDS, errand);
    keep_attributes(errand);
    take_names(errand);
    add(errand, "--partial-dir=" SITE_PARTIAL_DIR);
    if (by_content) {
        add(errand, "--checksum");
        add(errand, "--checksum-choice=md5");
    }
    add(errand, "--stats");
    add(errand, "--no-human-readable");
    errand->out_bytes = TAIL_BYTES;
    errand->tail = true;
    for (size_t i = 0; i < load->files; i++) {
        const char *name = name_in_folder(&load->file[i]);
        if (name)
            add_name(errand, name);
    }
}

static void end_stage(const struct site_where *where, const struct site_load *load, struct errand *errand)
{
    char *below AUTO_FREE = mem_printf("%s/", load->build);
    add(errand, "--");
    strv_addf(&errand->arguments, "%s/%s/", load->data, load->build);
    add_data(where, load->ring, below, errand);
}

void site_measure_plan(const struct site_where *where, const struct site_stage *stage, struct errand *errand)
{
    begin_stage(where, &stage->load, stage->by_content, errand);
    errand->seconds = PROVING_SECONDS;
    add(errand, "--dry-run");
    end_stage(where, &stage->load, errand);
}

void site_stage_plan(const struct site_where *where, const struct site_stage *stage, struct errand *errand)
{
    /* Files of two builds that came within the same second would by name, size and time be taken for each
       other. Nanoseconds (--modify-window=-1) do not help: CIFS and NTFS keep hundreds of them, and rrsync(1)
       refuses the option. */
    bool basis = stage->basis && stage->basis->len;
    begin_stage(where, &stage->load, stage->by_content || basis, errand);
    errand->silent_seconds = STUCK_SECONDS;
    errand->until_seconds = stage->until_seconds;
    add_basis(where, stage, errand);
    add(errand, "--info=progress2");
    if (stage->rate_limit) {
        uint64_t units = stage->rate_limit / BWLIMIT_UNIT;
        strv_addf(&errand->arguments, "--bwlimit=%llu", (unsigned long long)(units ? units : 1));
    }
    end_stage(where, &stage->load, errand);
}

/* ---- prove ---- */

static bool is_proven(const struct share_file *file, bool descriptors)
{
    return descriptors || name_in_folder(file);
}

static void prove_by_rsync(const struct site_where *where, const struct site_load *load, bool descriptors,
                           struct errand *errand)
{
    where_begin(where, READING_SECONDS, errand);
    add(errand, "--dry-run");
    add(errand, "--checksum");
    add(errand, "--checksum-choice=md5"); /* what it would choose by itself is no cryptographic digest */
    add(errand, "--out-format=%i %n");
    add(errand, "--stats");
    add(errand, "--no-human-readable");
    take_names(errand);
    add(errand, "--");
    strv_addf(&errand->arguments, "%s/", load->data);
    add_data(where, load->ring, "", errand);
    for (size_t i = 0; i < load->files; i++)
        if (is_proven(&load->file[i], descriptors))
            add_name(errand, load->file[i].path);
}

static void prove_by_sha256(const struct site_where *where, const struct site_load *load, bool descriptors,
                            struct errand *errand)
{
    char *below AUTO_FREE = mem_printf("%s/" TREE_DATA, load->ring);
    char *path AUTO_FREE = where_path(where, below);
    char *quoted AUTO_FREE = where_quote(path);
    /* no --strict, --quiet: BusyBox has none of it, and each file has to be told of */
    char *command AUTO_FREE =
        mem_printf("cd %s || exit %d; LC_ALL=C exec sha256sum -c", quoted, SITE_NO_FOLDER);
    where_begin_shell(where, command, errand);
    for (size_t i = 0; i < load->files; i++) {
        char digest[DIGEST_TEXT_SIZE];
        digest_format(&load->file[i].digest, digest);
        if (is_proven(&load->file[i], descriptors))
            buf_printf(&errand->input, "%s  %s\n", digest, load->file[i].path);
    }
}

void site_prove_plan(const struct site_where *where, const struct site_load *load, enum site_proof proof,
                     bool descriptors, struct errand *errand)
{
    if (proof == SITE_PROOF_SHA256)
        prove_by_sha256(where, load, descriptors, errand);
    else
        prove_by_rsync(where, load, descriptors, errand);
    errand->out_bytes = PROOF_BYTES;
    errand->seconds = PROVING_SECONDS;
}

void site_survey_plan(const struct site_where *where, const char *ring, const char *build,
                      struct errand *errand)
{
    char *below AUTO_FREE = mem_printf("%s/", build);
    list(where, errand);
    add(errand, "--recursive");
    add(errand, "--");
    add_data(where, ring, below, errand);
}

/* ---- descriptors and pointers ---- */

static void begin_placing(const struct site_where *where, struct errand *errand)
{
    where_begin(where, QUICK_SECONDS, errand);
    keep_attributes(errand);
    take_names(errand);
    add(errand, "--whole-file");
    errand->out_bytes = TAIL_BYTES;
    errand->tail = true;
    errand->seconds = SLOW_SECONDS;
}

void site_descriptors_plan(const struct site_where *where, const struct site_load *load,
                           struct errand *errand)
{
    begin_placing(where, errand);
    add(errand, "--checksum");
    add(errand, "--checksum-choice=md5");
    add(errand, "--");
    strv_addf(&errand->arguments, "%s/", load->data);
    add_data(where, load->ring, "", errand);
    for (size_t i = 0; i < load->files; i++)
        if (!name_in_folder(&load->file[i]))
            add_name(errand, load->file[i].path);
}

int64_t site_pointer_time(int64_t now_unix, int64_t there_unix)
{
    const int64_t believed = now_unix + INT64_C(10) * 366 * 86400; /* a time of the site's making */
    return there_unix >= now_unix && there_unix < believed ? there_unix + 1 : now_unix;
}

void site_flip_plan(const struct site_where *where, const char *ring, enum architecture architecture,
                    const char *folder, struct errand *errand)
{
    begin_placing(where, errand);
    add(errand, "--ignore-times"); /* a new inode also where it seems to be right */
    add(errand, "--");
    strv_addf(&errand->arguments, "%s/", folder);
    add_data(where, ring, "", errand);
    add_name(errand, tree_pointer_name(architecture));
}

/* ---- removal ---- */

/* Everything that these rules do not include stays. */
static void remove_included(const struct site_where *where, const char *ring, const char *below,
                            const char *empty, struct errand *errand)
{
    add(errand, "--delete");
    add(errand, "--filter=- *");
    add(errand, "--");
    strv_addf(&errand->arguments, "%s/", empty);
    add_data(where, ring, below, errand);
    errand->out_bytes = TAIL_BYTES;
    errand->tail = true;
    errand->seconds = READING_SECONDS;
}

void site_undescribe_plan(const struct site_where *where, const char *ring, const char *build,
                          const char *empty, struct errand *errand)
{
    where_begin(where, QUICK_SECONDS, errand);
    add(errand, "--dirs");
    strv_addf(&errand->arguments, "--filter=+ /v32_%s.cab", build);
    strv_addf(&errand->arguments, "--filter=+ /v64_%s.cab", build);
    remove_included(where, ring, "", empty, errand);
}

void site_remove_plan(const struct site_where *where, const char *ring, const char *build, const char *empty,
                      struct errand *errand)
{
    where_begin(where, READING_SECONDS, errand);
    add(errand, "--recursive");
    strv_addf(&errand->arguments, "--filter=+ /%s/", build);
    strv_addf(&errand->arguments, "--filter=+ /%s/**", build);
    remove_included(where, ring, "", empty, errand);
}

void site_sweep_plan(const struct site_where *where, const char *ring, const char *build, const char *empty,
                     struct errand *errand)
{
    char *below AUTO_FREE = mem_printf("%s%s", build ? build : "", build ? "/" : "");
    where_begin(where, READING_SECONDS, errand);
    add(errand, "--dirs");
    if (build)
        add(errand, "--filter=+ /.*.??????");
    else {
        add(errand, "--filter=+ /.v[36][24].cab.??????");
        add(errand, "--filter=+ /.v[36][24]_16.*.cab.??????");
    }
    remove_included(where, ring, below, empty, errand);
}
