/*
 * Random rings and requests: what odt_write() accepts, lint finds clean; what it refuses has a reason. The
 * seed is fixed, so that a failure can be had again.
 */
#include "test.h"

#include "config/lint.h"
#include "config/odt.h"
#include "config/products.h"
#include "config/properties.h"
#include "ringmgr/base/mem.h"

enum { ROUNDS = 5000, STANDING = 3 };

#define NOW_UNIX 1785579630 /* 2026-08-01T10:20:30Z */
#define KEY      "AB12C-DE34F-GH56J-KL78M-NP90Q"

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static size_t pick(uint64_t *seed, size_t below)
{
    return (next_random(seed) >> 11) % below;
}

/* True once in so many times. */
static bool once_in(uint64_t *seed, size_t times)
{
    return pick(seed, times) == 0;
}

#define PICK(seed, list) (list)[pick(seed, sizeof(list) / sizeof *(list))]

/* One ring, what stands on its share, and a request. A careful one has no slip of the pen. */
struct trial {
    bool careful;
    struct ring ring;
    struct content offered;
    struct strv shares, products, excluded, languages;
    struct build standing[STANDING]; /* the newest first, which is live */
    struct odt_options options;
};

static void add_some(uint64_t *seed, struct strv *list, const char *const *words, size_t len, size_t most)
{
    for (size_t count = pick(seed, most + 1); count > 0; count--) {
        const char *word = words[pick(seed, len)];
        if (!strv_has(list, word) || once_in(seed, 20))
            strv_add(list, word);
    }
}

#define ADD_SOME(seed, list, words, most) add_some(seed, list, words, sizeof(words) / sizeof *(words), most)

static void make_content(uint64_t *seed, struct trial *trial)
{
    static const char *const full[] = {"en-us", "fr-fr", "sv-se", "de-de"};
    static const char *const any[] = {"en-us", "ca-es", "ja-jp", "cy-gb"};
    static const char *const tools[] = {"sv-se", "da-dk", "ca-es", "fr-fr"};
    struct content *content = &trial->ring.content;
    content->architectures = 1 + (unsigned)pick(seed, 3);
    if (trial->careful || !once_in(seed, 5))
        strv_add(&content->languages, PICK(seed, full));
    ADD_SOME(seed, &content->languages, any, 2);
    if (once_in(seed, 2))
        ADD_SOME(seed, &content->proofing, tools, 2);
    content_copy(&trial->offered, content);
    if (once_in(seed, 5)) { /* what is configured since, and what is no longer */
        strv_add(&content->languages, "ko-kr");
        strv_add(&content->proofing, "nl-nl");
        strv_add(&trial->offered.languages, "it-it");
    }
    if (!trial->careful && once_in(seed, 10))
        trial->offered.architectures = (unsigned)pick(seed, 4);
}

/* ---- products ---- */

/* Whether somebody who knows Office would take the product for the ring. */
static bool is_sensible(const struct trial *trial, const struct product *product)
{
    const struct channel *channel = trial->ring.channel;
    bool add_on = trial->options.purpose == ODT_ADD_ON;
    if (product->kind == PRODUCT_EXTRA)
        return strcmp(product->id, "ProofingTools") != 0;
    if (product->channel && channel->perpetual)
        return strcmp(product->channel, channel->id) == 0 && !(add_on && product_is_suite(product));
    if (product->kind == PRODUCT_VOLUME_SUITE || (add_on && product_is_suite(product)))
        return false;
    return product->kind == PRODUCT_ANYWHERE || !channel->perpetual;
}

static void add_product(uint64_t *seed, struct strv *list, const struct product *product)
{
    bool key = once_in(seed, 3) && (product_is_volume(product) || once_in(seed, 20));
    strv_addf(list, "%s%s", product->id, !key ? "" : once_in(seed, 20) ? ":AB12C" : ":" KEY);
}

static const struct product *any_product(uint64_t *seed)
{
    size_t count = 0;
    while (product_at(count))
        count++;
    return product_at(pick(seed, count));
}

static void add_suite(uint64_t *seed, const struct trial *trial, struct strv *list)
{
    static const char *const suites[] = {"O365ProPlusRetail", "O365BusinessRetail",
                                         "O365ProPlusEEANoTeamsRetail", "O365BusinessEEANoTeamsRetail"};
    static const char *const editions[] = {"ProPlus", "Standard"};
    if (trial->ring.channel->perpetual)
        strv_addf(list, "%s%sVolume", PICK(seed, editions), trial->ring.channel->id + strlen("PerpetualVL"));
    else
        strv_add(list, PICK(seed, suites));
}

static void make_products(uint64_t *seed, const struct trial *trial, bool suite, struct strv *list)
{
    static const char *const wrong[] = {"Office", "VisioProRetial", "VisioProRetail:AB12C", ":"};
    if (suite)
        add_suite(seed, trial, list);
    for (size_t count = pick(seed, 4); count > 0; count--) {
        const struct product *product = any_product(seed);
        if (trial->careful ? is_sensible(trial, product) && !(suite && product_is_suite(product))
                           : once_in(seed, 2))
            add_product(seed, list, product);
    }
    if (!trial->careful && once_in(seed, 20))
        strv_add(list, PICK(seed, wrong));
}

/* ---- [deploy] ---- */

static void make_properties(uint64_t *seed, const struct trial *trial, struct strv *list)
{
    static const char *const right[] = {"AUTOACTIVATE=1",
                                        "FORCEAPPSHUTDOWN=true",
                                        "PinIconsToTaskbar=FALSE",
                                        "DeviceBasedLicensing=1",
                                        "TenantId=01234567-89ab-cdef-0123-456789abcdef",
                                        "PACKAGEGUID={01234567-89ab-cdef-0123-456789abcdef}"};
    static const char *const wrong[] = {"OfficeMgmtCOM=TRUE", "AUTOACTIVATE=2", "FORCEAPPSHUTDOWN",
                                        "SCLCacheOverride=1", "SharedComputerLicensing=1"};
    ADD_SOME(seed, list, right, 2);
    if (once_in(seed, 5)) {
        strv_add(list, "SCLCacheOverride=1");
        strv_add(list, "SCLCacheOverrideDirectory=\\\\files\\cache of <all>");
    }
    if (!strv_has(list, "DeviceBasedLicensing=1") && once_in(seed, 5))
        strv_add(list, "sharedcomputerlicensing=1");
    if (!trial->careful && once_in(seed, 5))
        strv_add(list, PICK(seed, wrong));
}

static void make_deploy(uint64_t *seed, struct trial *trial)
{
    static const char *const msi[] = {"VisPro",  "prjpro", "VisStd", "PrjStd", "SharePointDesigner",
                                      "InfoPath"};
    static const char *const apps[] = {"Teams", "groove", "OutlookForWindows", "Bing"};
    static const char *const displays[] = {"", "None", "full"};
    struct deploy *deploy = &trial->ring.deploy;
    if (once_in(seed, 2))
        make_products(seed, trial, trial->careful || !once_in(seed, 4), &deploy->products);
    ADD_SOME(seed, &deploy->exclude_apps, apps, 2);
    deploy->remove_msi = once_in(seed, 2);
    if (deploy->remove_msi || (!trial->careful && once_in(seed, 5)))
        ADD_SOME(seed, &deploy->keep_msi, msi, 2);
    deploy->migrate_arch = once_in(seed, 2);
    deploy->display = mem_strdup(!trial->careful && once_in(seed, 20) ? "Basic" : PICK(seed, displays));
    deploy->company = mem_strdup(once_in(seed, 2) ? "" : "B\u00fcro & <\u20ac> \"Co\" ']]>' \U0001f600");
    make_properties(seed, trial, &deploy->properties);
}

/* ---- the request ---- */

static void make_ring(uint64_t *seed, struct trial *trial)
{
    static const char *const uncs[] = {"\\\\files\\office-pilot",
                                       "\\\\files.ring.test\\b\u00fcro & \u20ac$\\pilot"};
    size_t channels = 0;
    while (channel_at(channels))
        channels++;
    trial->ring.name = mem_strdup("pilot");
    trial->ring.channel = channel_at(pick(seed, channels));
    trial->ring.unc = mem_strdup(!trial->careful && once_in(seed, 20) ? "" : PICK(seed, uncs));
    trial->ring.dfs = mem_strdup(once_in(seed, 3) ? "\\\\ring.test\\office\\pilot" : "");
    if (*trial->ring.dfs)
        strv_add(&trial->shares, trial->ring.dfs);
    if (*trial->ring.unc)
        strv_add(&trial->shares, trial->ring.unc);
    for (uint32_t i = 0; i < STANDING; i++)
        trial->standing[i] = (struct build){{16, 0, 20326 - 100 * i, 20100}};
}

static void make_folder(uint64_t *seed, struct trial *trial)
{
    static const char *const right[] = {"D:\\Office365", "\\\\branch\\office\\2024\\", "C:\\"};
    static const char *const wrong[] = {"", "Office", "D:\\x\\Office\\Data", "\\\\files\\office-pilot\\"};
    bool is_download = trial->options.purpose == ODT_DOWNLOAD;
    if (trial->careful ? is_download : is_download != once_in(seed, 10))
        trial->options.download_to =
            trial->careful || !once_in(seed, 5) ? PICK(seed, right) : PICK(seed, wrong);
}

/* Whether an option that goes with these purposes is to be given. */
static bool is_given(uint64_t *seed, const struct trial *trial, unsigned purposes)
{
    bool goes = purposes & 1U << trial->options.purpose;
    return goes ? once_in(seed, 3) : !trial->careful && once_in(seed, 20);
}

/* Some of what is both configured and offered, a full one first where somebody is careful. */
static void make_languages(uint64_t *seed, struct trial *trial)
{
    static const char *const wrong[] = {"ko-kr", "it-it", "nl-nl", "cy-gb", "English", "en-US"};
    const struct content *content = &trial->ring.content;
    bool add_on = trial->options.purpose == ODT_ADD_ON;
    if (content->languages.len == 0 ||
        (trial->careful && add_on && !strv_has(&trial->products, "LanguagePack")))
        return;
    if (trial->careful || !once_in(seed, 5))
        strv_add(&trial->languages, content->languages.item[0]);
    add_some(seed, &trial->languages, (const char *const *)content->languages.item, content->languages.len,
             2);
    if (!add_on && trial->products.len == 0 && content->proofing.len > 0 && once_in(seed, 2))
        strv_add(&trial->languages, content->proofing.item[0]);
    if (!trial->careful && once_in(seed, 2))
        strv_add(&trial->languages, PICK(seed, wrong));
}

static void make_source(uint64_t *seed, struct trial *trial)
{
    static const char *const right[] = {"E:\\", "\\\\branch\\office & \u20ac\\2024\\", "C:\\Office365"};
    static const char *const wrong[] = {"", "Office", "E:\\x\\Office\\Data", "http://files/office"};
    trial->options.source = trial->careful || !once_in(seed, 5) ? PICK(seed, right) : PICK(seed, wrong);
}

static void make_options(uint64_t *seed, struct trial *trial)
{
    enum {
        NEW = 1 << ODT_NEW,
        EXISTING = 1 << ODT_EXISTING,
        ADD_ON = 1 << ODT_ADD_ON,
        DOWNLOAD = 1 << ODT_DOWNLOAD
    };
    static const char *const displays[] = {"None", "FULL"};
    static const char *const apps[] = {"Access", "onedrive", "Word"};
    struct odt_options *options = &trial->options;
    bool both = trial->offered.architectures == (ARCH_X64 | ARCH_X86);
    if (is_given(seed, trial, ADD_ON) ||
        (both && options->purpose != ODT_EXISTING && options->purpose != ODT_ADD_ON))
        options->architecture =
            both || once_in(seed, 10) ? 1 + (unsigned)pick(seed, 2) : trial->offered.architectures;
    if (options->purpose == ODT_ADD_ON || is_given(seed, trial, NEW | DOWNLOAD))
        make_products(seed, trial, options->purpose != ODT_ADD_ON, &trial->products);
    if (is_given(seed, trial, NEW | ADD_ON))
        ADD_SOME(seed, &trial->excluded, apps, 2);
    if (is_given(seed, trial, NEW | EXISTING | ADD_ON))
        options->display = PICK(seed, displays);
    if (is_given(seed, trial, NEW | ADD_ON | DOWNLOAD))
        make_languages(seed, trial);
    if (is_given(seed, trial, NEW))
        make_source(seed, trial);
    if (is_given(seed, trial, NEW | EXISTING | DOWNLOAD))
        options->pin = PICK(seed, trial->standing);
    if (is_given(seed, trial, NEW | EXISTING))
        options->deadline_unix = NOW_UNIX + 60 + (int64_t)pick(seed, 90 * 86400);
    make_folder(seed, trial);
}

static bool is_satisfied_with_nothing(const struct trial *trial)
{
    return trial->options.purpose == ODT_EXISTING && build_is_none(&trial->options.pin);
}

static void make_trial(uint64_t *seed, struct trial *trial)
{
    *trial = (struct trial){.careful = !once_in(seed, 4)};
    trial->options = (struct odt_options){.purpose = (enum odt_purpose)pick(seed, 4),
                                          .ring = &trial->ring,
                                          .products = &trial->products,
                                          .excluded_apps = &trial->excluded,
                                          .languages = &trial->languages};
    make_ring(seed, trial);
    make_content(seed, trial);
    make_deploy(seed, trial);
    make_options(seed, trial);
    if (once_in(seed, 20) && (!trial->careful || is_satisfied_with_nothing(trial)))
        return; /* nothing is published yet */
    trial->options.offered = &trial->offered;
    trial->options.live = trial->standing[0];
}

static void clear_trial(struct trial *trial)
{
    free(trial->ring.name);
    free(trial->ring.unc);
    free(trial->ring.dfs);
    content_clear(&trial->ring.content);
    content_clear(&trial->offered);
    deploy_clear(&trial->ring.deploy);
    strv_clear(&trial->shares);
    strv_clear(&trial->products);
    strv_clear(&trial->excluded);
    strv_clear(&trial->languages);
}

/* ---- what comes of it ---- */

static bool has_code(const struct finding *finding, const char *code)
{
    return strcmp(finding->code, code) == 0;
}

/* What was asked for although it is worth a warning: a pin, and a folder that is not the share. */
static bool is_meant(const struct trial *trial, const struct finding *finding)
{
    const struct odt_options *options = &trial->options;
    if (has_code(finding, "pinned-version") || has_code(finding, "old-target"))
        return !build_is_none(&options->pin);
    if (has_code(finding, "not-the-ring"))
        return options->source && finding->severity == FINDING_WARNING &&
               strstr(finding->text, options->source);
    return finding->severity == FINDING_NOTE;
}

static void assert_clean(const struct trial *trial, const struct buf *document, const struct lint_ring *ring)
{
    struct lint_options options = {.now_unix = NOW_UNIX, .ring = ring};
    struct findings findings = {0};
    lint_file(document->data, document->len, &options, &findings);
    for (size_t i = 0; i < findings.len; i++)
        if (!is_meant(trial, &findings.item[i]))
            fail_msg("line %u: %s %s: %s\n%s", findings.item[i].line,
                     finding_severity_name(findings.item[i].severity), findings.item[i].code,
                     findings.item[i].text, buf_text(document));
    findings_clear(&findings);
}

static void assert_clean_for_its_ring(const struct trial *trial, const struct buf *document)
{
    const struct lint_ring ring = {.name = trial->ring.name,
                                   .channel = trial->ring.channel,
                                   .shares = &trial->shares,
                                   .offered = trial->options.offered,
                                   .standing = trial->standing,
                                   .standing_len = trial->options.offered ? STANDING : 0};
    assert_clean(trial, document, &ring);
    assert_clean(trial, document, NULL);
}

static void assert_reason(const struct buf *document, const struct err *err)
{
    assert_int_equal(err->code, ERR_USAGE);
    assert_int_equal(document->len, 0);
    if (strlen(err->msg) < 20 || !strchr(err->msg, ' ') || strchr(err->msg, '\n') || strstr(err->msg, KEY))
        fail_msg("no reason: %s", err->msg);
}

/* How many of the accepted documents say each of these. */
struct tally {
    struct strv parts;
    size_t *count;
    size_t accepted, purpose[ODT_DOWNLOAD + 1], languages, sources, unpublished;
};

static void begin_tally(struct tally *tally)
{
    static const char *const parts[] = {
        "Version=\"16.0.",
        "Version=\"MatchInstalled\"",
        "TargetVersion=",
        "Deadline=",
        "OfficeClientEdition=\"64\"",
        "OfficeClientEdition=\"32\"",
        "Version=\"MatchInstalled\" Channel=",
        "MigrateArch=",
        "DownloadPath=",
        "PIDKEY=",
        "<ExcludeApp",
        "<RemoveMSI/>",
        "<IgnoreProduct",
        "Level=\"None\"",
        "Level=\"Full\"",
        "<Setup",
        "\"ca-es\"",
        "TargetProduct=\"All\"",
        "Channel=\"PerpetualVL2019\"",
        "Channel=\"SemiAnnual\"",
        "UpdatePath=\"\\\\ring.test\\office\\pilot\"",
    };
    *tally = (struct tally){0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        strv_add(&tally->parts, parts[i]);
    for (size_t i = 0; product_at(i); i++)
        strv_addf(&tally->parts, "<Product ID=\"%s\"", product_at(i)->id);
    for (size_t i = 0; property_at(i); i++)
        strv_addf(&tally->parts, "<Property Name=\"%s\"", property_at(i)->name);
    tally->count = mem_new(tally->parts.len, sizeof *tally->count);
}

static void count_parts(struct tally *tally, const struct trial *trial, const struct buf *document)
{
    tally->accepted++;
    tally->purpose[trial->options.purpose]++;
    tally->languages += trial->languages.len > 0;
    tally->sources += trial->options.source != NULL;
    tally->unpublished += trial->options.offered == NULL;
    for (size_t i = 0; i < tally->parts.len; i++)
        tally->count[i] += strstr(buf_text(document), tally->parts.item[i]) != NULL;
}

/* So that the test tests what it says. */
static void assert_everything_occurred(struct tally *tally)
{
    assert_true(tally->accepted >= ROUNDS / 4 && tally->accepted <= ROUNDS * 9 / 10);
    assert_true(tally->languages >= ROUNDS / 20 && tally->sources >= ROUNDS / 40);
    assert_true(tally->unpublished >= ROUNDS / 200);
    for (size_t i = 0; i <= ODT_DOWNLOAD; i++)
        assert_true(tally->purpose[i] >= ROUNDS / 20);
    for (size_t i = 0; i < tally->parts.len; i++)
        if (tally->count[i] < 10)
            fail_msg("%s occurred %zu times only", tally->parts.item[i], tally->count[i]);
    strv_clear(&tally->parts);
    free(tally->count);
}

static void what_is_written_is_clean_and_what_is_not_has_a_reason(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15;
    struct tally tally;
    (void)state;
    begin_tally(&tally);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct trial trial;
        struct err err = {0};
        AUTO_BUF document = {0};
        make_trial(&seed, &trial);
        if (odt_write(&trial.options, &document, &err)) {
            count_parts(&tally, &trial, &document);
            assert_clean_for_its_ring(&trial, &document);
        } else {
            assert_reason(&document, &err);
        }
        clear_trial(&trial);
    }
    assert_everything_occurred(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_clean_and_what_is_not_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
