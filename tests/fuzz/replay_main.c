/*
 * Runs a fuzz target without libFuzzer, as an ordinary test: over every file of the given folders (or files),
 * over changed copies of them (--rounds N of each folder's, dealt out evenly), and over the real files below
 * RINGMGR_REAL where that is set. What is changed is a fixed sequence, so that a failure comes back. A target
 * fails by ending the program; its last input is then in the file that --last names.
 */
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    FILE_BYTES_MAX = 256 << 10, /* larger ones say nothing more, and slowly */
    CORPUS_BUDGET_BYTES = 16 << 20,
    REAL_BUDGET_BYTES = 64 << 10,
    ROUNDS = 20000
};

static struct {
    size_t files;
    size_t inputs;
    size_t rounds;       /* of a folder */
    size_t of_file;      /* and of each file in it */
    size_t budget_bytes; /* of changed copies of one file */
    const char *last;
} replay = {.rounds = ROUNDS, .budget_bytes = CORPUS_BUDGET_BYTES};

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void keep_last(const void *data, size_t size)
{
    FILE *file = replay.last ? fopen(replay.last, "wb") : NULL;
    if (!file)
        return;
    fwrite(data, 1, size, file);
    fclose(file);
}

/* One input, in memory of exactly its size, so that a sanitizer sees a byte read too far. */
static void give(const uint8_t *data, size_t size)
{
    uint8_t *copy AUTO_FREE = mem_new(size, 1);
    if (size)
        memcpy(copy, data, size);
    keep_last(copy, size);
    LLVMFuzzerTestOneInput(copy, size);
    replay.inputs++;
}

/* Flips a few bits, sets a few bytes to extreme values, or cuts the end off. */
static void give_changed(const struct buf *original, uint32_t *seed)
{
    static const uint8_t extremes[] = {0, 1, 0x7f, 0x80, 0xff};
    uint8_t *copy AUTO_FREE = mem_new(original->len, 1);
    size_t size = original->len;
    memcpy(copy, original->data, size);
    for (uint32_t left = next_random(seed) % 4 + 1; left; left--) {
        size_t at = next_random(seed) % size;
        switch (next_random(seed) % 4) {
        case 0:
            copy[at] = extremes[next_random(seed) % sizeof extremes];
            break;
        case 1:
            size = at ? at : 1;
            break;
        default:
            copy[at] ^= (uint8_t)(1u << next_random(seed) % 8);
            break;
        }
    }
    give(copy, size);
}

static bool read_file(const char *path, struct buf *bytes)
{
    char block[4096];
    size_t len;
    FILE *file = fopen(path, "rb");
    while (file && (len = fread(block, 1, sizeof block, file)) > 0)
        buf_append(bytes, block, len);
    bool good = file && !ferror(file);
    if (file)
        fclose(file);
    return good;
}

static bool replay_file(const char *path)
{
    AUTO_BUF bytes = {0};
    uint32_t seed = 20260822;
    if (!read_file(path, &bytes))
        return false;
    replay.files++;
    give(bytes.data, bytes.len);
    size_t rounds = bytes.len ? replay.budget_bytes / bytes.len : 0;
    for (size_t i = 0; i < rounds && i < replay.of_file; i++)
        give_changed(&bytes, &seed);
    return true;
}

static bool is_input(const struct stat *status, int type)
{
    return type == FTW_F && status->st_size <= FILE_BYTES_MAX;
}

static int count(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)path, (void)where;
    replay.of_file += is_input(status, type);
    return 0;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)where;
    return is_input(status, type) && !replay_file(path);
}

static bool replay_tree(const char *path)
{
    replay.of_file = 0;
    if (nftw(path, count, 16, FTW_PHYS) != 0)
        return false;
    replay.of_file = replay.of_file ? (replay.rounds + replay.of_file - 1) / replay.of_file : 0;
    return nftw(path, visit, 16, FTW_PHYS) == 0;
}

int main(int argc, char **argv)
{
    const char *real = getenv("RINGMGR_REAL");
    give(NULL, 0);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--last") == 0 && i + 1 < argc)
            replay.last = argv[++i];
        else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            replay.rounds = strtoul(argv[++i], NULL, 10);
        else if (!replay_tree(argv[i])) {
            fprintf(stderr, "%s: cannot replay it\n", argv[i]);
            return 1;
        }
    }
    if (replay.files == 0) {
        fprintf(stderr, "the corpus is empty\n");
        return 1;
    }
    replay.budget_bytes = REAL_BUDGET_BYTES;
    if (real && !replay_tree(real)) {
        fprintf(stderr, "%s: cannot replay it\n", real);
        return 1;
    }
    printf("%zu files, %zu inputs\n", replay.files, replay.inputs);
    return 0;
}
