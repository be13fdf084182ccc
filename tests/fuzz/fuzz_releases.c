/* Any bytes as ReleaseHistory.xml: an error with a message, or rows that merging keeps. */
#include "fuzz.h"

#include "ringmgr/c2r/releases.h"

static void check(const struct releases *releases)
{
    struct releases merged = RELEASES_NONE;
    releases_merge(&merged, releases);
    releases_merge(&merged, releases);
    must(merged.len == releases->len);
    for (size_t i = 0; i < releases->len; i++) {
        const struct release *row = &releases->row[i];
        must(row->channel && !build_is_none(&row->build));
        must(memchr(row->version, 0, sizeof row->version) && row->version[0]);
        must(releases_find(&merged, row->channel, &row->build) == &merged.row[i]);
        must(!row->latest || releases_latest(releases, row->channel) == row);
        must(merged.row[i].latest == row->latest);
    }
    releases_clear(&merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct releases releases;
    if (releases_parse(data, size, "fuzz.xml", &releases, &err)) {
        check(&releases);
    } else {
        must(err.code == ERR_NOT_GENUINE && err.msg[0]);
        must(!releases.row && releases.len == 0);
    }
    releases_clear(&releases);
    return 0;
}
