/* What sites answer. Every byte of it may be a stranger's: what does not read as it must is counted or
 * refused. */
#include "ringmgr/base/mem.h"
#include "shares/site.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The next line of a text, its end cut off; NULL at the end. *at moves on. */
static char *next_line(char **at)
{
    char *line = *at;
    if (!line || !*line)
        return NULL;
    size_t len = strcspn(line, "\n");
    *at = line[len] ? line + len + 1 : NULL;
    line[len] = 0;
    return line;
}

/* ---- the place ---- */

void site_place_clear(struct site_place *place)
{
    free(place->path);
    *place = (struct site_place){0};
}

bool site_place_read(const struct site_where *where, const struct errand_end *end, struct site_place *place,
                     enum site_trouble *trouble, struct err *err)
{
    unsigned long long device, inode;
    *place = (struct site_place){0};
    if (!site_judge(where, end, trouble, err))
        return false;
    char *text AUTO_FREE = mem_strdup(buf_text(&end->out)), *at = text;
    const char *path = next_line(&at), *numbers = next_line(&at), *writable = next_line(&at);
    if (path && numbers && sscanf(numbers, "%llu %llu", &device, &inode) == 2)
        *place = (struct site_place){mem_strdup(path), device, inode, writable != NULL};
    return true;
}

/* ---- listings ---- */

void site_listing_clear(struct site_listing *listing)
{
    strv_clear(&listing->builds);
    strv_clear(&listing->descriptors);
    strv_clear(&listing->links);
    strv_clear(&listing->strange);
    strv_clear(&listing->closed);
    *listing = (struct site_listing){0};
}

static bool skip_word(const char **at)
{
    *at += strspn(*at, " ");
    size_t len = strcspn(*at, " ");
    *at += len;
    return len > 0;
}

/* The name in "-r--r--r--      12345 2026/11/23 08:26:23 v64.cab"; NULL if the line is anything else. */
static const char *listed_name(const char *line)
{
    enum { WORDS_BEFORE = 4 };
    const char *at = line;
    if (!*line || !strchr("-dlpscbDS", *line))
        return NULL;
    for (int i = 0; i < WORDS_BEFORE; i++)
        if (!skip_word(&at))
            return NULL;
    return *at == ' ' && at[1] ? at + 1 : NULL;
}

static bool is_build(const char *name)
{
    struct build build;
    struct err none;
    char text[BUILD_TEXT_SIZE];
    if (!build_parse(name, &build, &none))
        return false;
    build_format(&build, text);
    return strcmp(text, name) == 0;
}

/* "v64_16.0.20326.20100.cab" */
static bool is_descriptor(const char *name)
{
    static const char end[] = ".cab";
    size_t len = strlen(name), head = strlen("v64_"), tail = strlen(end);
    if (len <= head + tail || strcmp(name + len - tail, end) != 0 ||
        (strncmp(name, "v64_", head) != 0 && strncmp(name, "v32_", head) != 0))
        return false;
    char *build AUTO_FREE = mem_strndup(name + head, len - head - tail);
    return is_build(build);
}

/* ".v64.cab.a1B2c3": what rsync calls a file while it writes it */
static bool is_leftover(const char *name)
{
    enum { RANDOM = 6 };
    size_t len = strlen(name);
    if (*name != '.' || len < RANDOM + sizeof ".v64.cab" || name[len - RANDOM - 1] != '.')
        return false;
    char *whole AUTO_FREE = mem_strndup(name + 1, len - RANDOM - 2);
    return is_descriptor(whole) || strcmp(whole, "v64.cab") == 0 || strcmp(whole, "v32.cab") == 0;
}

/* Such servers as do not tell V64.CAB from v64.cab show either to who asks for the other. */
static bool is_odd_pointer(const char *name)
{
    return strcasecmp(name, tree_pointer_name(ARCH_X64)) == 0 ||
           strcasecmp(name, tree_pointer_name(ARCH_X86)) == 0;
}

/* "-r--r--r--", "drwxr-xr-x": what others may do stands last. */
static bool is_open(const char *line)
{
    enum { OTHERS = 7 };
    return strlen(line) > OTHERS + 2 && line[OTHERS] == 'r' && (*line != 'd' || line[OTHERS + 2] == 'x');
}

static void add_strange(struct strv *names, const char *folder, const char *name)
{
    char *text AUTO_FREE = mem_printf("%s%s%s", folder, *folder ? "/" : "", name);
    for (char *at = text; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    if (names->len < SITE_STRANGE_MAX)
        strv_add(names, text);
}

static void note_modes(const char *line, const char *name, struct site_listing *listing)
{
    if (*line != '-' || is_open(line))
        return;
    if (strcmp(name, tree_pointer_name(ARCH_X64)) == 0)
        listing->closed_pointers |= ARCH_X64;
    else if (strcmp(name, tree_pointer_name(ARCH_X86)) == 0)
        listing->closed_pointers |= ARCH_X86;
    else if (is_descriptor(name))
        strv_add(&listing->closed, name);
}

static void note(const char *line, const char *name, struct site_listing *listing)
{
    char type = *line;
    bool file = type == '-';
    note_modes(line, name, listing);
    if (type == 'd' && listing->builds.len < SITE_BUILDS_MAX && is_build(name))
        strv_add(&listing->builds, name);
    else if (type == 'l' && listing->links.len < SITE_BUILDS_MAX && is_build(name))
        strv_add(&listing->links, name);
    else if (file && strcmp(name, tree_pointer_name(ARCH_X64)) == 0)
        listing->pointers |= ARCH_X64;
    else if (file && strcmp(name, tree_pointer_name(ARCH_X86)) == 0)
        listing->pointers |= ARCH_X86;
    else if (file && is_descriptor(name))
        strv_add(&listing->descriptors, name);
    else if (file && strcmp(name, TREE_MANIFEST) == 0)
        listing->manifest = true;
    else if (file && is_leftover(name))
        listing->leftovers++;
    else {
        listing->odd_pointers = listing->odd_pointers || is_odd_pointer(name);
        listing->foreign++;
        add_strange(&listing->strange, "", name);
    }
}

/* A line of a WHERE_FOLDER's listing, which begins at the ring. False if a link is on the way. */
static bool note_below(const char *line, const char *name, const char *ring, struct site_listing *listing)
{
    char type = *line;
    char *data AUTO_FREE = mem_printf("%s/" TREE_DATA, ring),
               *office AUTO_FREE = mem_printf("%s/Office", ring);
    size_t len = strlen(data);
    bool end = strcmp(name, data) == 0;
    listing->stands = listing->stands || (end && type == 'd');
    listing->modes = listing->modes || (end && is_open(line));
    if (end || strcmp(name, office) == 0 || strcmp(name, ring) == 0)
        return type != 'l';
    if (strncmp(name, data, len) == 0 && name[len] == '/')
        note(line, name + len + 1, listing);
    else
        listing->foreign++;
    return true;
}

static bool note_all(const struct site_where *where, const char *ring, char *text,
                     struct site_listing *listing)
{
    bool straight = true;
    for (char *line = next_line(&text); line && straight; line = next_line(&text)) {
        const char *name = listed_name(line);
        if (!name)
            listing->foreign++;
        else if (where->kind == WHERE_FOLDER)
            straight = note_below(line, name, ring, listing);
        else if (*line != 'd' || strcmp(name, ".") != 0)
            note(line, name, listing);
    }
    listing->modes = listing->modes || where->kind != WHERE_FOLDER;
    listing->stands = listing->stands || where->kind != WHERE_FOLDER;
    return straight;
}

/* No such tree: below a folder that env(1) was in, or in a module that could be entered. */
static bool is_absent(const struct site_where *where, const struct errand_end *end)
{
    const char *said = buf_text(&end->said);
    /* rrsync(1) of rsync 3.5 opens what it is asked for itself */
    if (end->status > 0 && strstr(said, "rrsync error: ") &&
        strstr(said, "/" TREE_DATA "/ No such file or directory"))
        return true;
    return end->status > 0 && strstr(said, "No such file or directory (2)") &&
           strstr(said, where->kind == WHERE_FOLDER ? "link_stat " : "change_dir ");
}

static int by_number(const void *a, const void *b)
{
    struct build one = {0}, other = {0};
    struct err none;
    return build_parse(*(char *const *)a, &one, &none) && build_parse(*(char *const *)b, &other, &none)
               ? build_compare(&one, &other)
               : 0;
}

bool site_list_read(const struct site_where *where, const char *ring, const struct errand_end *end,
                    struct site_listing *listing, enum site_trouble *trouble, struct err *err)
{
    enum site_trouble found;
    *listing = (struct site_listing){0};
    bool fine = site_judge(where, end, &found, err);
    bool none = !fine && is_absent(where, end);
    char *text AUTO_FREE = mem_strdup(fine ? buf_text(&end->out) : "");
    bool straight = note_all(where, ring, text, listing);
    if (none || !straight)
        found = straight ? SITE_FINE : SITE_STRANGE;
    if (trouble)
        *trouble = found;
    if (!fine || !straight)
        site_listing_clear(listing);
    if (!straight)
        return err_set(
            err, ERR_FAILED,
            "%s, its Office or its Data in %s is a symbolic link, which would be followed to wherever it "
            "leads: make it a folder, or mount there what it leads to",
            ring, where->path);
    if (!fine)
        return none;
    if (listing->builds.len)
        qsort(listing->builds.item, listing->builds.len, sizeof *listing->builds.item, by_number);
    strv_sort(&listing->descriptors);
    return true;
}

/* ---- a build's folder ---- */

void site_survey_clear(struct site_survey *survey)
{
    strv_clear(&survey->closed);
    strv_clear(&survey->strange);
    *survey = (struct site_survey){0};
}

static bool is_of_load(const struct site_load *load, const char *path)
{
    for (size_t i = 0; i < load->files; i++)
        if (strcmp(load->file[i].path, path) == 0)
            return true;
    return false;
}

/* What transfers leave is swept by who sends. */
static bool is_of_transfers(const char *name)
{
    enum { RANDOM = 6 };
    size_t len = strlen(name), partial = strlen(SITE_PARTIAL_DIR);
    return (strncmp(name, SITE_PARTIAL_DIR, partial) == 0 && (name[partial] == 0 || name[partial] == '/')) ||
           (*name == '.' && len > RANDOM + 2 && name[len - RANDOM - 1] == '.');
}

bool site_survey_read(const struct site_where *where, const struct site_load *load,
                      const struct errand_end *end, struct site_survey *survey, enum site_trouble *trouble,
                      struct err *err)
{
    *survey = (struct site_survey){0};
    if (!site_judge(where, end, trouble, err))
        return false;
    char *text AUTO_FREE = mem_strdup(buf_text(&end->out)), *at = text;
    for (char *line = next_line(&at); line; line = next_line(&at)) {
        const char *name = listed_name(line);
        if (!name)
            continue;
        char *path AUTO_FREE = mem_printf("%s/%s", load->build, name);
        if (strcmp(name, ".") == 0)
            survey->closed_folder = !is_open(line);
        else if (*line == '-' && is_of_load(load, path)) {
            if (!is_open(line))
                strv_add(&survey->closed, path);
        } else if (!is_of_transfers(name))
            add_strange(&survey->strange, load->build, name);
    }
    return true;
}

/* ---- statistics ---- */

/* A daemon's own words stand in that text, too: no number is believed that nothing could count any more. */
static uint64_t number_at(const char *digits)
{
    const uint64_t most = UINT64_C(1) << 50;
    uint64_t number = strtoull(digits, NULL, 10);
    return number < most ? number : most;
}

/* The number behind `title` at the beginning of a line; false if there is none. */
static bool find_number(const char *text, const char *title, uint64_t *number)
{
    size_t len = strlen(title);
    for (const char *at = strstr(text, title); at; at = strstr(at + len, title))
        if ((at == text || at[-1] == '\n') && isdigit((unsigned char)at[len])) {
            *number = number_at(at + len);
            return true;
        }
    return false;
}

uint64_t site_progress(const char *out)
{
    uint64_t done = 0;
    for (const char *at = strchr(out, '\r'); at; at = strchr(at + 1, '\r')) {
        const char *number = at + 1 + strspn(at + 1, " ");
        if (isdigit((unsigned char)*number))
            done = number_at(number);
    }
    return done;
}

bool site_sent_read(const struct site_where *where, const struct errand_end *end, struct site_sent *sent,
                    enum site_trouble *trouble, struct err *err)
{
    const char *out = buf_text(&end->out);
    *sent = (struct site_sent){.bytes = site_progress(out)};
    if (!site_judge(where, end, trouble, err))
        return false;
    if (find_number(out, "Number of regular files transferred: ", &sent->files) &&
        find_number(out, "Total transferred file size: ", &sent->bytes) &&
        find_number(out, "Total bytes sent: ", &sent->wire_bytes))
        return true;
    if (trouble)
        *trouble = SITE_STRANGE;
    return err_set(err, ERR_FAILED, "rsync has not said what it did");
}

/* ---- proofs ---- */

void site_wrongs_clear(struct site_wrongs *wrongs)
{
    free(wrongs->item);
    *wrongs = (struct site_wrongs){0};
}

/* What is being proven: the files of the load, and which of them have been told of. */
struct proof {
    const struct site_load *load;
    bool descriptors;
    struct site_wrongs *wrongs;
    bool *told; /* of which of the load's files */
    size_t expected, right;
    bool strange; /* something was told that was not asked for, or twice */
};

static bool is_asked(const struct proof *proof, const struct share_file *file)
{
    return proof->descriptors || strchr(file->path, '/');
}

/* The file that is told of, for the first time; else the answer is strange, and it is NULL. */
static const struct share_file *take_file(struct proof *proof, const char *path)
{
    for (size_t i = 0; i < proof->load->files; i++) {
        const struct share_file *file = &proof->load->file[i];
        if (proof->told[i] || strcmp(file->path, path) != 0 || !is_asked(proof, file))
            continue;
        proof->told[i] = true;
        return file;
    }
    proof->strange = true;
    return NULL;
}

static void add_wrong(struct proof *proof, const struct share_file *file, const char *problem)
{
    struct site_wrongs *wrongs = proof->wrongs;
    if (!file)
        return;
    wrongs->item = mem_grow(wrongs->item, wrongs->len, sizeof *wrongs->item);
    wrongs->item[wrongs->len++] = (struct site_wrong){file, problem};
}

static const char MISSING[] = "is missing", OTHER[] = "has other bytes";

/* "<fc.T...... 16.0.1.2/s640.cab": rsync(1), --itemize-changes; nothing is said of what is right. Folders
 * ("cd+++") and "created directory" tell no more than that what is in them is missing. */
static void take_item(struct proof *proof, const char *line)
{
    enum { ITEM = 11 };
    static const char new[] = "+++++++++";
    bool item =
        strlen(line) > ITEM && strchr("<>ch", line[0]) && strchr("fLDS", line[1]) && line[ITEM] == ' ';
    if (item)
        add_wrong(proof, take_file(proof, line + ITEM + 1),
                  strncmp(line + 2, new, strlen(new)) == 0 ? MISSING : OTHER);
}

static bool ends_with(const char *line, const char *end, size_t *head)
{
    size_t len = strlen(line), tail = strlen(end);
    *head = len >= tail ? len - tail : 0;
    return len > tail && strcmp(line + *head, end) == 0;
}

/* "16.0.1.2/s640.cab: OK": sha256sum(1), --check. */
static void take_check(struct proof *proof, char *line)
{
    size_t head;
    if (ends_with(line, ": OK", &head)) {
        line[head] = 0;
        proof->right += take_file(proof, line) != NULL;
    } else if (ends_with(line, ": FAILED open or read", &head)) {
        line[head] = 0;
        add_wrong(proof, take_file(proof, line), MISSING);
    } else if (ends_with(line, ": FAILED", &head)) {
        line[head] = 0;
        add_wrong(proof, take_file(proof, line), OTHER);
    } else
        proof->strange = true;
}

/* How many files were compared. */
static uint64_t count_compared(const struct proof *proof, enum site_proof by, const char *out)
{
    uint64_t files = 0;
    if (by == SITE_PROOF_SHA256)
        return proof->right + proof->wrongs->len;
    const char *reg = strstr(out, "\nNumber of files: ");
    if (!reg && strncmp(out, "Number of files: ", strlen("Number of files: ")) == 0)
        reg = out;
    size_t line = reg ? 1 + strcspn(reg + 1, "\n") : 0;
    const char *at = reg ? strstr(reg, "(reg: ") : NULL;
    if (at && at < reg + line)
        files = strtoull(at + strlen("(reg: "), NULL, 10);
    return files;
}

static void all_missing(struct proof *proof)
{
    for (size_t i = 0; i < proof->load->files; i++)
        if (is_asked(proof, &proof->load->file[i]))
            add_wrong(proof, &proof->load->file[i], MISSING);
}

/* sha256sum ends with 1 where a file is wrong, and says which. What ends so without that is none. */
static bool judge_sha256(const struct site_where *where, const struct errand_end *end,
                         enum site_trouble *trouble, struct err *err)
{
    const char *out = buf_text(&end->out);
    if (end->how == ERRAND_EXITED &&
        (end->status == SITE_NO_FOLDER || (end->status == 1 && strstr(out, ": FAILED"))))
        return true;
    if (site_judge(where, end, trouble, err))
        return true;
    if (end->how == ERRAND_EXITED && *trouble != SITE_UNREACHABLE && *trouble != SITE_DENIED)
        *trouble = SITE_UNABLE;
    return false;
}

static bool take_answer(struct proof *proof, enum site_proof by, const struct errand_end *end)
{
    char *text AUTO_FREE = mem_strdup(buf_text(&end->out)), *at = text;
    if (by == SITE_PROOF_SHA256 && end->status == SITE_NO_FOLDER)
        all_missing(proof);
    else
        for (char *line = next_line(&at); line; line = next_line(&at))
            if (by == SITE_PROOF_SHA256)
                take_check(proof, line);
            else
                take_item(proof, line);
    return !proof->strange && count_compared(proof, by, buf_text(&end->out)) == proof->expected;
}

bool site_prove_read(const struct site_where *where, const struct site_load *load, enum site_proof proof_by,
                     bool descriptors, const struct errand_end *end, struct site_wrongs *wrongs,
                     enum site_trouble *trouble, struct err *err)
{
    bool *told AUTO_FREE = mem_new(load->files + 1, sizeof *told);
    struct proof proof = {.load = load, .descriptors = descriptors, .wrongs = wrongs, .told = told};
    enum site_trouble unheard = SITE_FINE, *found = trouble ? trouble : &unheard;
    *wrongs = (struct site_wrongs){0};
    *found = SITE_FINE;
    for (size_t i = 0; i < load->files; i++)
        proof.expected += is_asked(&proof, &load->file[i]);
    if (!(proof_by == SITE_PROOF_SHA256 ? judge_sha256(where, end, found, err)
                                        : site_judge(where, end, found, err)))
        return false;
    if (take_answer(&proof, proof_by, end))
        return true;
    site_wrongs_clear(wrongs);
    *found = SITE_STRANGE;
    return err_set(err, ERR_FAILED,
                   "%zu files were to be compared, and the answer does not tell of just these",
                   proof.expected);
}
