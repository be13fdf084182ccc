/*
 * Descriptors v64.cab and v32.cab, and the release history.
 *
 * The XML follows real files line by line as far as any reader looks: byte order mark, declaration, CRLF,
 * attribute names, the trap of Available/@Build in the live form. Product lists are cut to a few entries. The
 * first line of v64.hash is deliberately not the MD5 of anything: on the real CDN it is stale as well, so
 * nobody may rely on it.
 */
#include "descriptor.h"

#include "cabinet.h"
#include "disk.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WINDOWS7_BUILD  "16.0.12527.22286"
#define WINDOWS81_BUILD "16.0.15928.20282"
#define EOL             "\r\n"

void descriptor_hash_lines(const char *seed, const char *build, struct bytes *out)
{
    uint8_t md5[16];
    char hex[33];
    EVP_Digest(seed, strlen(seed), md5, NULL, EVP_md5(), NULL);
    hex_upper(md5, sizeof md5, hex);
    bytes_u16(out, 0xfeff);
    bytes_utf16(out, hex);
    bytes_utf16(out, EOL);
    bytes_utf16(out, build);
    bytes_utf16(out, EOL);
}

static void put_time(int64_t unix_time, char out[20])
{
    time_t when = (time_t)unix_time;
    struct tm tm;
    strftime(out, 20, "%m/%d/%Y %H:%M", gmtime_r(&when, &tm));
}

static void put_products(struct bytes *b)
{
    static const char *const products[] = {"Access2019Retail", "O365ProPlusRetail", "ProjectProRetail",
                                           "VisioProRetail"};
    bytes_puts(b, "  <RequiredClientVersion Build=\"15.0.4446.1000\" />" EOL
                  "  <MinUpgradeBuild Build=\"16.0.0.0\" />" EOL "  <Channels />" EOL
                  "  <ProductReleaseIds>" EOL);
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
        bytes_printf(b,
                     "    <ProductReleaseId Name=\"%s\">" EOL "      <PreReq>" EOL
                     "        <MinOSVersion Build=\"10.0\" FailMessage=\"NoMinOS\" />" EOL
                     "      </PreReq>" EOL "    </ProductReleaseId>" EOL,
                     products[i]);
    bytes_puts(b, "  </ProductReleaseIds>" EOL);
}

static void put_available_builds(const struct descriptor *d, struct bytes *b)
{
    bytes_printf(
        b, "  <AvailableBuilds>" EOL "    <AvailableBuild RestrictionType=\"Default\" Version=\"%s\" />" EOL,
        d->build);
    if (d->form == DESCRIPTOR_WINDOWS7)
        bytes_puts(b, "    <AvailableBuild RestrictionType=\"OS\" Value=\"7\" Version=\"" WINDOWS7_BUILD
                      "\" />" EOL
                      "    <AvailableBuild RestrictionType=\"OS\" Value=\"8.1\" Version=\"" WINDOWS81_BUILD
                      "\" />" EOL);
    bytes_puts(b, "  </AvailableBuilds>" EOL);
}

static void put_tail(const struct descriptor *d, int64_t created, struct bytes *b)
{
    char time[20];
    put_time(created, time);
    bytes_printf(b,
                 "  <Throttle Value=\"%llu\" />" EOL "  <LKG Value=\"%s\" />" EOL
                 "  <CreatedTimeUtc Value=\"%s\" />" EOL,
                 (unsigned long long)d->throttle, d->form == DESCRIPTOR_WINDOWS7 ? WINDOWS7_BUILD : d->build,
                 time);
    if (d->expired.count == 0) {
        bytes_puts(b, "  <ExpiredBuilds />" EOL);
        return;
    }
    bytes_puts(b, "  <ExpiredBuilds>" EOL);
    for (size_t i = 0; i < d->expired.count; i++)
        bytes_printf(b, "    <Build Value=\"%s\" />" EOL, d->expired.items[i]);
    bytes_puts(b, "  </ExpiredBuilds>" EOL);
}

void descriptor_write(const struct descriptor *d, const struct signer *s, const char *path)
{
    BYTES xml = {0};
    BYTES hash = {0};
    struct cabinet cab = {0};
    TEXT hash_name = text("v%u.hash", d->bits);
    const char *available = d->form == DESCRIPTOR_WINDOWS7 ? WINDOWS7_BUILD : d->build;

    bytes_printf(
        &xml,
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>" EOL "<Version>" EOL
        "  <Available Build=\"%s\" I320Hash=\"\" I640Hash=\"\" I320Version=\"%s\" I640Version=\"%s\" />" EOL
        "  <SecurityFixes LastBuild=\"\" />" EOL,
        available, d->build, d->build);
    if (d->form == DESCRIPTOR_SINGLE && d->expired.count == 0)
        bytes_printf(&xml, "  <Throttle Value=\"%llu\" />" EOL, (unsigned long long)d->throttle);
    put_products(&xml);
    bytes_printf(&xml, "  <DeliveryMechanism FFNRoot=\"%s\" />" EOL, d->guid);
    if (d->form != DESCRIPTOR_SINGLE)
        put_available_builds(d, &xml);
    if (d->form != DESCRIPTOR_SINGLE || d->expired.count > 0)
        put_tail(d, s->time_unix, &xml);
    bytes_puts(&xml, "</Version>");
    descriptor_hash_lines(path, d->build, &hash);
    cabinet_set(&cab, hash_name, hash.data, hash.len);
    cabinet_set(&cab, "VersionDescriptor.xml", xml.data, xml.len);
    cabinet_write(&cab, s, path);
    cabinet_clear(&cab);
}

static void put_rows(const char *rows, const struct channel *channel, struct bytes *b)
{
    for (const char *line = rows; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char id[64], version[16], build[32], pubtime[48], latest[16] = "-";
        if (sscanf(line, " %63[^ \t\n] %15s %31s %47s %15[^\n \t]", id, version, build, pubtime, latest) <
                4 ||
            *id == '#')
            continue;
        if (channel_find(id) != channel)
            continue;
        const char *short_build = strncmp(build, "16.0.", 5) == 0 ? build + 5 : build;
        bytes_printf(b,
                     "    <Update Latest=\"%s\" Version=\"%s\" LegacyVersion=\"16.0.%s\" Build=\"%s\" "
                     "PubTime=\"%s\" />" EOL,
                     strcmp(latest, "latest") == 0 ? "True" : "False", version, short_build, short_build,
                     pubtime);
    }
}

void history_write(const char *rows_path, const struct signer *s, const char *path)
{
    BYTES rows = {0};
    BYTES xml = {0};
    struct cabinet cab = {0};
    char published[20];

    if (rows_path)
        disk_read(rows_path, &rows);
    bytes_u8(&rows, 0);
    put_time(s->time_unix, published);
    bytes_printf(&xml,
                 "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>" EOL
                 "<ReleaseHistory PublishedDate=\"%s\">" EOL,
                 published);
    for (size_t i = 0; i < channel_count; i++) {
        if (!channels[i].old_name)
            continue;
        bytes_printf(&xml, "  <UpdateChannel Name=\"%s\" ID=\"%s\" DisplayName=\"%s\">" EOL,
                     channels[i].old_name, channels[i].id, channels[i].display_name);
        put_rows((const char *)rows.data, &channels[i], &xml);
        bytes_puts(&xml, "  </UpdateChannel>" EOL);
    }
    bytes_puts(&xml, "</ReleaseHistory>");
    cabinet_set(&cab, "ReleaseHistory.xml", xml.data, xml.len);
    cabinet_write(&cab, s, path);
    cabinet_clear(&cab);
}
