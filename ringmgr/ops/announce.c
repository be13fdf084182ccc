#include "ringmgr/ops/announce.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/letter.h"
#include "ringmgr/state/catalog.h"

#include <stdlib.h>

bool announcement_make(const char *text, size_t len, const struct announcement_facts *facts,
                       struct announcement *announcement, struct err *err)
{
    AUTO_BUF made = {0};
    char date[ZONE_DATE_SIZE], time[ZONE_TIME_SIZE];
    zone_format_date(zone_day(facts->at_unix), date);
    zone_format_time(facts->at_unix, time);
    const struct template_value values[] = {
        {"ring", facts->ring},   {"channel", facts->channel},
        {"build", facts->build}, {"version", facts->version},
        {"from", facts->from},   {"date", date},
        {"time", time},          {NULL, NULL},
    };
    *announcement = (struct announcement){0};
    if (!template_render(text, len, TEMPLATE_TEXT, values, &made, err))
        return false;
    const char *body = buf_text(&made);
    announcement->subject = letter_take_subject(&body);
    if (!announcement->subject)
        return err_set(err, ERR_USAGE, "line 1: an announcement begins with Subject: and its subject");
    announcement->body = mem_strdup(body);
    return true;
}

void announcement_clear(struct announcement *announcement)
{
    free(announcement->subject);
    free(announcement->body);
    *announcement = (struct announcement){0};
}

static bool fill(const struct ring *ring, const struct announcement_facts *facts,
                 struct announcement *announcement, struct err *err)
{
    AUTO_BUF text = {0};
    if (fs_read_path(ring->announce, LIMIT_TEMPLATE_BYTES, &text, err) &&
        announcement_make(buf_text(&text), text.len, facts, announcement, err))
        return true;
    err->code = ERR_USAGE;
    return err_prefix(err, "[ring %s] announce = %s", ring->name, ring->announce);
}

bool announce_promotion(const struct job *job, const struct ring *ring, const struct build *build,
                        const struct build *from, int64_t at_unix, bool *asked,
                        struct announcement *announcement, struct err *err)
{
    struct release release = {0};
    char text[BUILD_TEXT_SIZE], before[BUILD_TEXT_SIZE] = "";
    bool found;
    *announcement = (struct announcement){0};
    *asked = ring->announce && *ring->announce;
    if (!*asked)
        return true;
    if (!catalog_release_find(job->state, ring->channel, build, &release, &found, err))
        return false;
    build_format(build, text);
    if (!build_is_none(from))
        build_format(from, before);
    const struct announcement_facts facts = {.ring = ring->name,
                                             .channel = ring->channel->id,
                                             .build = text,
                                             .version = release.version,
                                             .from = before,
                                             .at_unix = at_unix};
    return fill(ring, &facts, announcement, err);
}
