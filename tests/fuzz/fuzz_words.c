/*
 * Short texts that people, servers and files give: builds, times, digests, languages, targets of sites, one a
 * line. What is read is read again as it is written.
 */
#include "fuzz.h"

#include "ringmgr/base/clock.h"
#include "ringmgr/base/digest.h"
#include "ringmgr/base/ed25519.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/language.h"
#include "ringmgr/c2r/version.h"
#include "ringmgr/policy/site.h"

#include <strings.h>

static void read_build(const char *text)
{
    struct build build, again;
    struct err err = {0};
    char full[BUILD_TEXT_SIZE];
    if (!build_parse(text, &build, &err)) {
        must(build_is_none(&build) && err.code == ERR_USAGE && *err.msg);
        return;
    }
    build_format(&build, full);
    must(strlen(text) <= strlen(full) && strcmp(full + strlen(full) - strlen(text), text) == 0);
    must(build_parse(full, &again, &err) && build_compare(&build, &again) == 0);
}

static void read_times(const char *text)
{
    char full[CLOCK_TEXT_SIZE];
    int64_t at_unix, again, day, last;
    if (clock_parse(text, &at_unix)) {
        clock_format(at_unix, full);
        must(clock_parse(full, &again) && again == at_unix);
    }
    if (clock_parse_us(text, &at_unix))
        must(at_unix % 60 == 0);
    if (zone_parse_date(text, &day)) {
        zone_format_date(day, full);
        must(strcmp(full, text) == 0);
        must(zone_parse_when(text, false, &at_unix) && zone_parse_when(text, true, &last) && at_unix <= last);
        must(zone_day(at_unix) == day && zone_day(last) == day);
    }
}

static void read_digests(const char *text)
{
    struct digest digest;
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    char hex[DIGEST_TEXT_SIZE], base64[ED25519_SIGNATURE_TEXT_SIZE];
    if (digest_parse(text, &digest)) {
        digest_format(&digest, hex);
        must(strcasecmp(hex, text) == 0);
    }
    if (ed25519_signature_parse(text, signature)) {
        ed25519_signature_format(signature, base64);
        must(strcmp(base64, text) == 0);
    }
}

static void read_names(const char *text)
{
    const struct language *language = language_find(text);
    must(!language || (strcasecmp(language->culture, text) == 0 &&
                       language_find_lcid(language->lcid)->lcid == language->lcid));
    const struct channel *channel = channel_find(text);
    must(!channel || channel_find(channel->id) == channel);
}

static void read_target(const char *text)
{
    static const char shell[] = " '\"$`;|&<>\\*?()~#";
    AUTO_SITE_TARGET target = {0};
    char why[128];
    if (!site_target_parse(text, &target, why)) {
        must(*why && !target.path && !target.host && !target.user && !target.module);
        return;
    }
    must(*target.user != '-' && *target.host != '-' && *target.module != '-' && *target.path != '-');
    must(target.kind == SITE_FOLDER || !strpbrk(target.path, shell));
    must(!strpbrk(target.host, shell) && is_one_line(target.path));
    must(!strstr(target.path, "//") && target.port <= 65535 && site_target_overlaps(&target, &target));
    must(target.kind == SITE_RSYNC || *target.path == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    zone_set("Europe/Stockholm");
    while (size) {
        char *text AUTO_FREE = take_line(&data, &size);
        read_build(text);
        read_times(text);
        read_digests(text);
        read_names(text);
        read_target(text);
    }
    return 0;
}
