#include "config/lint_path.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* No build of any channel is supported much longer; more days are a slip of the pen. */
enum { DEADLINE_DAYS_MAX = 365 };

enum path_kind {
    PATH_BAD,
    PATH_UNC,
    PATH_LOCAL,
    PATH_HTTP,
    PATH_VARIABLE /* begins with one: any of them */
};

enum path_use {
    USE_UPDATES, /* UpdatePath */
    USE_SOURCE,  /* SourcePath */
    USE_FOLDER   /* SourcePath of a download: what setup.exe fills, run by a person */
};

struct path {
    const char *text;
    unsigned line;
    enum path_use use;
    const struct lint_options *options;
    struct findings *findings;
};

#define FOUND(path, severity, code, ...)                                                                     \
    findings_add((path)->findings, (path)->line, severity, code, __VA_ARGS__)

static bool begins_with(const char *text, const char *start)
{
    return strncasecmp(text, start, strlen(start)) == 0;
}

/* What follows http:// or https://; NULL for other texts. */
static const char *behind_http(const char *text)
{
    if (begins_with(text, "http://"))
        return text + strlen("http://");
    return begins_with(text, "https://") ? text + strlen("https://") : NULL;
}

/* The length of %NAME% at `text`, 0 if there is none. "%20" and "%e5%e4" are bytes of an address. */
static size_t variable_length(const char *text)
{
    size_t len = 1;
    if (*text != '%' || isdigit((unsigned char)text[1]))
        return 0;
    while (isalnum((unsigned char)text[len]) || (text[len] && strchr("_()", text[len])))
        len++;
    bool is_byte = len == 3 && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]);
    return text[len] == '%' && len > 1 && !is_byte ? len + 1 : 0;
}

static bool has_variable(const char *text)
{
    for (; *text; text++)
        if (variable_length(text))
            return true;
    return false;
}

/* Without trailing separators, of which neither setup nor the client makes anything. */
static size_t path_length(const char *text)
{
    size_t len = strlen(text);
    while (len > 3 && (text[len - 1] == '\\' || text[len - 1] == '/'))
        len--;
    return len;
}

/* `end` is written with blanks for either separator. */
static bool ends_in(const char *text, const char *end)
{
    size_t len = path_length(text), end_len = strlen(end);
    if (len < end_len)
        return false;
    for (size_t i = 0; i < end_len; i++) {
        char c = text[len - end_len + i];
        if (end[i] == ' ' ? c != '\\' && c != '/' : tolower((unsigned char)c) != end[i])
            return false;
    }
    return true;
}

/* Behind the two backslashes: SERVER\SHARE[\FOLDER…], nothing empty. */
static bool is_share(const char *rest)
{
    size_t parts = 0, len = path_length(rest);
    for (size_t from = 0; from <= len; parts++) {
        size_t part = from;
        while (part < len && rest[part] != '\\')
            part++;
        if (part == from || rest[from] == '.')
            return false;
        from = part + 1;
    }
    return parts >= 2 && !strpbrk(rest, "/:");
}

static enum path_kind bad(const struct path *path, const char *why)
{
    FOUND(path, FINDING_ERROR, "bad-path", "\"%s\" %s: write \\\\server\\share", path->text, why);
    return PATH_BAD;
}

/* A tab or a line end, which XML can have as a reference and a Registry.pol as it is. */
static bool has_control(const char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            return true;
    return false;
}

static enum path_kind check_http(const struct path *path, const char *rest)
{
    if (path->use != USE_UPDATES)
        return bad(path, "is an address, but a source is a share or a folder");
    if (!isalnum((unsigned char)*rest) && *rest != '[')
        return bad(path, "names no server");
    if (has_variable(rest)) {
        FOUND(path, FINDING_ERROR, "variable-in-address",
              "\"%s\": environment variables work in \\\\server\\share and local paths alone", path->text);
        return PATH_BAD;
    }
    if (strpbrk(rest, "\\?# \t"))
        return bad(path, "holds what an address may not");
    return PATH_HTTP;
}

/* C: to E: are disks of the machine nearly everywhere; behind them people map the network. */
static enum path_kind check_drive(const struct path *path)
{
    char drive = (char)toupper((unsigned char)*path->text);
    if (path->text[2] != '\\' && path->text[2] != '/') {
        FOUND(path, FINDING_ERROR, "relative-path", "\"%s\" is relative to a folder nobody knows",
              path->text);
        return PATH_BAD;
    }
    if (drive > 'E' && path->use != USE_FOLDER) {
        FOUND(path, FINDING_ERROR, "mapped-drive",
              "\"%s\": Office does not see mapped drives, and %c: is one on most machines: name the share, "
              "\\\\server\\share",
              path->text, drive);
        return PATH_BAD;
    }
    return PATH_LOCAL;
}

static enum path_kind check_backslashes(const struct path *path)
{
    const char *text = path->text;
    if (text[1] != '\\') {
        FOUND(path, FINDING_ERROR, "one-backslash",
              "\"%s\" begins with one backslash, a share with two (in a .reg file with four, each being "
              "written twice)",
              text);
        return PATH_BAD;
    }
    if (!is_share(text + 2))
        return bad(path, "does not have the form of a share");
    return PATH_UNC;
}

static enum path_kind check_form(const struct path *path)
{
    const char *text = path->text, *rest = behind_http(text);
    if (has_control(text))
        return bad(path, "holds a control character");
    if (isspace((unsigned char)*text) || isspace((unsigned char)text[strlen(text) - 1]))
        return bad(path, "begins or ends with a blank");
    if (rest)
        return check_http(path, rest);
    if (strpbrk(text, "\"<>|*?"))
        return bad(path, "holds what a path may not");
    if (*text == '\\')
        return check_backslashes(path);
    if (isalpha((unsigned char)*text) && text[1] == ':')
        return check_drive(path);
    if (variable_length(text))
        return PATH_VARIABLE;
    if (*text == '/' || strstr(text, "://"))
        return bad(path, "is neither a share nor a folder nor http");
    FOUND(path, FINDING_ERROR, "relative-path", "\"%s\" is relative to a folder nobody knows", text);
    return PATH_BAD;
}

bool lint_is_same_path(const char *a, const char *b)
{
    return path_length(a) == path_length(b) && strncasecmp(a, b, path_length(a)) == 0;
}

/* A share's name has no case, and of an address neither scheme nor server; its path has. */
static bool is_one_name(const char *share, const char *text, size_t len)
{
    const char *rest = behind_http(share);
    size_t caseless = rest ? (size_t)(rest - share) + strcspn(rest, "/") : len;
    if (caseless > len)
        caseless = len;
    return strncasecmp(share, text, caseless) == 0 &&
           strncmp(share + caseless, text + caseless, len - caseless) == 0;
}

static bool is_share_of(const char *text, size_t len, const struct strv *shares)
{
    for (size_t i = 0; i < shares->len; i++)
        if (path_length(shares->item[i]) == len && is_one_name(shares->item[i], text, len))
            return true;
    return false;
}

/* What the ring is called is nobody's mistake, whatever its name. */
static bool is_the_rings(const char *text, const struct lint_ring *ring)
{
    return ring && is_share_of(text, path_length(text), ring->shares);
}

/* A path without \Office\Data, about which something is said already. */
static size_t share_length(const char *text)
{
    size_t len = path_length(text);
    return ends_in(text, " office data") ? len - strlen(" office data") : len;
}

/* The share of another ring that a path is, or lies in, as "SHARE of ring NAME"; NULL if it is none's. The
 * caller frees it. */
static char *share_of_others(const char *text, const struct lint_ring *ring)
{
    for (size_t i = 0; ring->others && i < ring->others->len; i++) {
        const char *share = ring->others->item[i];
        size_t len = path_length(share);
        if (strncasecmp(text, share, len) == 0 && (!text[len] || text[len] == '\\' || text[len] == '/'))
            return mem_printf("%s%s%s", share, ring->owners ? " of ring " : "",
                              ring->owners ? ring->owners->item[i] : "");
    }
    return NULL;
}

/* Whether it is the ring's own share or, which has been said, what is in that: \Office\Data. */
static bool is_in_the_rings(const char *text, const struct lint_ring *ring)
{
    return is_the_rings(text, ring) || is_share_of(text, share_length(text), ring->shares);
}

/* What every use of a path has in common; true if something is said. */
static bool is_another_rings(const struct path *path)
{
    const struct lint_ring *ring = path->options->ring;
    char *other AUTO_FREE = is_in_the_rings(path->text, ring) ? NULL : share_of_others(path->text, ring);
    if (other && ring->shares->len > 0)
        FOUND(path, FINDING_ERROR, "not-the-ring",
              "\"%s\" is another ring's share, %s: that of ring %s is %s", path->text, other, ring->name,
              ring->shares->item[0]);
    else if (other)
        FOUND(path, FINDING_ERROR, "not-the-ring", "\"%s\" is another ring's share, %s, not ring %s's",
              path->text, other, ring->name);
    return other;
}

static void check_ring(const struct path *path, enum path_kind kind)
{
    const struct lint_ring *ring = path->options->ring;
    if (is_another_rings(path) || path->use == USE_FOLDER)
        return;
    if (ring->shares->len == 0)
        FOUND(path, FINDING_NOTE, "ring-without-share",
              "ring %s has no unc, dfs or http: nobody can tell whether \"%s\" is its share", ring->name,
              path->text);
    else if (is_in_the_rings(path->text, ring))
        return;
    else if (kind == PATH_VARIABLE || kind == PATH_HTTP || has_variable(path->text))
        FOUND(path, FINDING_WARNING, "perhaps-not-the-ring",
              "\"%s\" can be anything: nobody can tell whether it leads to ring %s's share %s", path->text,
              ring->name, ring->shares->item[0]);
    else
        FOUND(path, path->use == USE_SOURCE ? FINDING_WARNING : FINDING_ERROR, "not-the-ring",
              "\"%s\" is not ring %s's share, which is %s", path->text, ring->name, ring->shares->item[0]);
}

static bool is_cdn(const char *text)
{
    const char *host = behind_http(text);
    return host && begins_with(host, "officecdn.microsoft.com");
}

/* A share that is called Office has no folder Office at its end: \\server\office. */
static bool is_share_itself(const char *text)
{
    size_t len = path_length(text);
    if (strncmp(text, "\\\\", 2) != 0)
        return false;
    size_t server_end = 2 + strcspn(text + 2, "\\/");
    return server_end < len && !memchr(text + server_end + 1, '\\', len - server_end - 1);
}

static void check_end(const struct path *path, enum path_kind kind)
{
    if (is_the_rings(path->text, path->options->ring))
        return;
    if (ends_in(path->text, " office data"))
        FOUND(path, FINDING_ERROR, "office-data", "\"%s\": leave \\Office\\Data out, Office adds it itself",
              path->text);
    else if (path->use == USE_SOURCE && kind == PATH_UNC && !is_share_itself(path->text) &&
             ends_in(path->text, " office"))
        FOUND(path, FINDING_NOTE, "office-folder",
              "\"%s\": leave \\Office out unless there is another folder Office in it", path->text);
}

static void check_cdn(const struct path *path)
{
    FOUND(path, path->options->ring ? FINDING_ERROR : FINDING_WARNING, "from-the-cdn",
          "\"%s\" is Microsoft's CDN, which has builds that no ring has let through", path->text);
}

static void check_empty(const struct path *path)
{
    const struct lint_ring *ring = path->options->ring;
    if (path->use != USE_UPDATES)
        FOUND(path, ring && path->use == USE_SOURCE ? FINDING_ERROR : FINDING_WARNING, "empty-path",
              "an empty source means the folder of setup.exe, and the CDN where that has no Office");
    else
        FOUND(path, ring ? FINDING_ERROR : FINDING_WARNING, "empty-path",
              "an empty update path means the CDN, which has builds that no ring has let through");
}

static void check_path(const struct path *path)
{
    if (!*path->text) {
        check_empty(path);
        return;
    }
    enum path_kind kind = check_form(path);
    check_end(path, kind);
    if (kind == PATH_BAD)
        return;
    if (is_cdn(path->text))
        check_cdn(path);
    else if (path->options->ring)
        check_ring(path, kind);
    else if (kind == PATH_LOCAL && path->use == USE_UPDATES)
        FOUND(path, FINDING_NOTE, "local-path",
              "\"%s\" is a folder on each machine: something must put every build there", path->text);
}

void lint_update_path(const char *path, unsigned line, const struct lint_options *options,
                      struct findings *findings)
{
    check_path(&(struct path){path, line, USE_UPDATES, options, findings});
}

void lint_source_path(const char *path, unsigned line, const struct lint_options *options,
                      struct findings *findings)
{
    check_path(&(struct path){path, line, USE_SOURCE, options, findings});
}

void lint_download_folder(const char *path, unsigned line, const struct lint_options *options,
                          struct findings *findings)
{
    check_path(&(struct path){path, line, USE_FOLDER, options, findings});
}

void lint_plain_path(const char *name, const char *path, unsigned line, struct findings *findings)
{
    if (has_control(path))
        findings_add(findings, line, FINDING_ERROR, "bad-path", "%s \"%s\" holds a control character", name,
                     path);
}

bool lint_is_full_build(const char *text)
{
    struct build build;
    struct err err = {0};
    return strncmp(text, "16.0.", strlen("16.0.")) == 0 && build_parse(text, &build, &err);
}

static bool has_build(const struct build *list, size_t len, const struct build *build)
{
    for (size_t i = 0; i < len; i++)
        if (build_compare(&list[i], build) == 0)
            return true;
    return false;
}

bool lint_ring_has(const struct lint_ring *ring, const struct build *build)
{
    return has_build(ring->standing, ring->standing_len, build);
}

bool lint_ring_has_bad(const struct lint_ring *ring, const struct build *build)
{
    return has_build(ring->bad, ring->bad_len, build);
}

const char *lint_ring_offer(const struct lint_ring *ring, char text[BUILD_TEXT_SIZE])
{
    *text = 0;
    if (!build_is_none(&ring->live) && !lint_ring_has_bad(ring, &ring->live))
        build_format(&ring->live, text);
    return text;
}

static void check_standing(const struct lint_ring *ring, const struct build *target, unsigned line,
                           struct findings *findings)
{
    char text[BUILD_TEXT_SIZE], offer[BUILD_TEXT_SIZE];
    const char *or_name = *lint_ring_offer(ring, offer) ? ", or name the one that it offers, " : "";
    build_format(target, text);
    if (ring->standing_len == 0)
        findings_add(findings, line, FINDING_ERROR, "not-on-share",
                     "target version %s: nothing stands on ring %s's share yet, so updates will fail", text,
                     ring->name);
    else if (lint_ring_has_bad(ring, target))
        findings_add(findings, line, FINDING_ERROR, "bad-target",
                     "target version %s is blocked, recalled or rolled back in ring %s: take it out%s%s",
                     text, ring->name, or_name, offer);
    else if (!lint_ring_has(ring, target))
        findings_add(findings, line, FINDING_ERROR, "not-on-share",
                     "target version %s does not stand on ring %s's share, so updates will fail: take it "
                     "out%s%s",
                     text, ring->name, or_name, offer);
    else if (*offer && build_compare(target, &ring->live) < 0)
        findings_add(findings, line, FINDING_WARNING, "old-target",
                     "target version %s holds machines back: ring %s offers %s", text, ring->name, offer);
    else
        findings_add(findings, line, FINDING_NOTE, "target-version",
                     "target version %s holds machines there until it is taken out again", text);
}

void lint_target_version(const char *text, unsigned line, const struct lint_options *options,
                         struct findings *findings)
{
    struct build build;
    struct err err = {0};
    if (!*text)
        return;
    if (!lint_is_full_build(text) || !build_parse(text, &build, &err))
        findings_add(findings, line, FINDING_ERROR, "bad-version",
                     "\"%s\" is no target version: write 16.0.x.y in full", text);
    else if (options->ring)
        check_standing(options->ring, &build, line, findings);
    else
        findings_add(findings, line, FINDING_NOTE, "target-version",
                     "target version %s holds machines there until it is taken out again", text);
}

static void check_days(const char *text, unsigned line, struct findings *findings)
{
    unsigned long days = strtoul(text, NULL, 10);
    if (days == 0)
        findings_add(findings, line, FINDING_ERROR, "bad-deadline",
                     "a deadline of %s days leaves nobody time: write 1 or more, or take it out", text);
    else if (days > DEADLINE_DAYS_MAX)
        findings_add(findings, line, FINDING_WARNING, "long-deadline",
                     "a deadline of %s days is longer than a build is supported", text);
}

void lint_deadline(const char *text, unsigned line, enum lint_deadline_form form,
                   const struct lint_options *options, struct findings *findings)
{
    int64_t deadline_unix;
    bool days = form == LINT_DEADLINE_TIME_OR_DAYS;
    if (!*text)
        return;
    if (days && strspn(text, "0123456789") == strlen(text))
        check_days(text, line, findings);
    else if (!clock_parse_us(text, &deadline_unix))
        findings_add(findings, line, FINDING_ERROR, "bad-deadline",
                     "\"%s\" is no deadline: write MM/DD/YYYY HH:MM in UTC with all zeros%s", text,
                     days ? ", or a number of days" : "");
    else if (deadline_unix <= options->now_unix)
        findings_add(findings, line, FINDING_WARNING, "past-deadline",
                     "the deadline %s (UTC) has passed: Office is closed for the next update as soon as a "
                     "machine finds one",
                     text);
}
