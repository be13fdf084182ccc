/*
 * What a site answers. One byte says over what it was asked, one how the program ended and one its status;
 * then what it said on standard error, up to a NUL, and its answer. Names that come out are of our grammar,
 * sentences are printable ASCII, and a proof tells of each file once.
 */
#include "fuzz.h"

#include "shares/site.h"

static const struct share_file files[] = {
    {.path = "16.0.20228.20188/s640.cab"},
    {.path = "16.0.20228.20188/stream.x64.x-none.dat"},
    {.path = "16.0.20228.20188/i640.cab"},
    {.path = "v64_16.0.20228.20188.cab"},
};
enum { FILES = sizeof files / sizeof *files };
static const uint64_t NUMBER_MAX = UINT64_C(1) << 50;
static const struct site_load load = {
    .ring = "pilot", .build = "16.0.20228.20188", .file = files, .files = FILES};
static const struct site_where places[] = {
    {.kind = WHERE_DAEMON, .host = "oslo.example", .module = "office", .path = ""},
    {.kind = WHERE_SSH, .user = "office", .host = "oslo.example", .path = "/srv/office"},
    {.kind = WHERE_FOLDER, .path = "/mnt/oslo"},
};

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void check_end(bool good, enum site_trouble trouble, const struct err *err)
{
    must(!good || trouble == SITE_FINE);
    must(*site_trouble_name(trouble));
    must(good || (err->code != ERR_NONE && *err->msg && is_printable(err->msg)));
}

static void check_names(const struct strv *names, bool (*is_right)(const char *name))
{
    for (size_t i = 0; i < names->len; i++)
        must(is_right(names->item[i]));
}

static bool is_build(const char *name)
{
    struct build build;
    struct err none;
    return build_parse(name, &build, &none) && !strchr(name, '/');
}

static bool is_descriptor(const char *name)
{
    return strncmp(name, "v64_", 4) == 0 || strncmp(name, "v32_", 4) == 0;
}

static void read_listing(const struct site_where *where, const struct errand_end *end)
{
    struct site_listing listing;
    enum site_trouble trouble;
    struct err err = {0};
    bool good = site_list_read(where, load.ring, end, &listing, &trouble, &err);
    check_end(good, trouble, &err);
    check_names(&listing.builds, is_build);
    check_names(&listing.links, is_build);
    check_names(&listing.descriptors, is_descriptor);
    check_names(&listing.closed, is_descriptor);
    check_names(&listing.strange, is_printable);
    must(listing.builds.len <= SITE_BUILDS_MAX && listing.strange.len <= SITE_STRANGE_MAX);
    must(good || (!listing.stands && !listing.pointers && listing.foreign == 0));
    site_listing_clear(&listing);
}

static void read_place(const struct site_where *where, const struct errand_end *end)
{
    struct site_place place;
    enum site_trouble trouble;
    struct err err = {0};
    bool good = site_place_read(where, end, &place, &trouble, &err);
    check_end(good, trouble, &err);
    must(good || !place.path);
    must(!place.path || !strchr(place.path, '\n'));
    site_place_clear(&place);
}

static void read_survey(const struct site_where *where, const struct errand_end *end)
{
    struct site_survey survey;
    enum site_trouble trouble;
    struct err err = {0};
    bool good = site_survey_read(where, &load, end, &survey, &trouble, &err);
    check_end(good, trouble, &err);
    for (size_t i = 0; i < survey.closed.len; i++)
        must(strncmp(survey.closed.item[i], load.build, strlen(load.build)) == 0);
    check_names(&survey.strange, is_printable);
    must(survey.strange.len <= SITE_STRANGE_MAX);
    site_survey_clear(&survey);
}

static void read_sent(const struct site_where *where, const struct errand_end *end)
{
    struct site_sent sent;
    enum site_trouble trouble;
    struct err err = {0};
    bool good = site_sent_read(where, end, &sent, &trouble, &err);
    check_end(good, trouble, &err);
    must(sent.files <= NUMBER_MAX && sent.bytes <= NUMBER_MAX && sent.wire_bytes <= NUMBER_MAX);
}

static void read_proof(const struct site_where *where, const struct errand_end *end, enum site_proof by)
{
    struct site_wrongs wrongs;
    enum site_trouble trouble;
    struct err err = {0};
    unsigned seen = 0;
    bool good = site_prove_read(where, &load, by, true, end, &wrongs, &trouble, &err);
    check_end(good, trouble, &err);
    must(good || wrongs.len == 0);
    for (size_t i = 0; i < wrongs.len; i++) {
        unsigned bit = 1u << (wrongs.item[i].file - files);
        must(!(seen & bit) && *wrongs.item[i].problem);
        seen |= bit;
    }
    for (size_t i = 0; good && by == SITE_PROOF_SHA256 && i < FILES; i++)
        must(seen & 1u << i || strstr(buf_text(&end->out), files[i].path));
    site_wrongs_clear(&wrongs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ERRAND_END end = {0};
    if (size < 3)
        return 0;
    const struct site_where *where = &places[data[0] % (sizeof places / sizeof *places)];
    end.how = data[1] % ERRAND_UNSTARTED; /* which brings a sentence of the system's */
    end.status = end.how == ERRAND_EXITED ? data[2] : -1;
    end.signal = end.how == ERRAND_SIGNAL ? 11 : 0;
    data += 3, size -= 3;
    char *said AUTO_FREE = take_until(0, &data, &size);
    buf_puts(&end.said, said);
    buf_append(&end.out, data, size);
    read_listing(where, &end);
    read_place(where, &end);
    read_survey(where, &end);
    read_sent(where, &end);
    read_proof(where, &end, SITE_PROOF_RSYNC);
    read_proof(where, &end, SITE_PROOF_SHA256);
    return 0;
}
