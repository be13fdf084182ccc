#include "ringmgr/ops/event_past.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/announce.h"
#include "ringmgr/ops/event_note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- history ---- */

static struct build build_of(const char *text)
{
    struct err unread = {0};
    struct build build;
    if (text && build_parse(text, &build, &unread))
        return build;
    return (struct build){{0}};
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* Appends what the ring's users are told, if it asks for that; without it people are told all the same. */
static void add_announcement(const struct job *job, const struct entry *entry, struct buf *text)
{
    const struct ring *ring = entry->ring ? settings_ring(job->settings, entry->ring) : NULL;
    struct announcement announcement AUTO(announcement_clear) = {0};
    struct build build = build_of(entry->build), from = build_of(entry->from_build);
    struct err err = {0};
    bool asked = false;
    if (!ring)
        return;
    if (!announce_promotion(job, ring, &build, &from, entry->time_unix, &asked, &announcement, &err))
        log_warn(job->log, "%s", err.msg);
    else if (asked)
        buf_printf(text, "\n\n%s\n\n%s", announcement.subject, announcement.body);
}

static bool find_version(const struct job *job, const struct entry *entry, struct release *release,
                         struct err *err)
{
    const struct channel *channel = entry->channel ? channel_find(entry->channel) : NULL;
    struct build build = build_of(entry->build);
    bool found;
    *release = (struct release){0};
    return !channel || catalog_release_find(job->state, channel, &build, release, &found, err);
}

static bool note_flip(const struct job *job, const struct entry *entry, bool back, struct err *err)
{
    struct release release;
    AUTO_BUF text = {0};
    if (!find_version(job, entry, &release, err))
        return false;
    char *title AUTO_FREE = mem_printf("%s: %s is live%s", or_empty(entry->ring), or_empty(entry->build),
                                       back ? " again, rolled back" : "");
    buf_printf(&text, "%s %s %s to %s", entry->actor, back ? "rolled back" : "promoted",
               or_empty(entry->ring), or_empty(entry->build));
    if (release.version[0])
        buf_printf(&text, " (version %s)", release.version);
    buf_printf(&text, "; before, %s was live", entry->from_build ? entry->from_build : "nothing");
    if (entry->gates_overridden)
        buf_printf(&text, "; opened by force: %s", entry->gates_overridden);
    if (entry->reason)
        buf_printf(&text, ". Reason: %s", entry->reason);
    if (!back)
        add_announcement(job, entry, &text);
    const struct notice notice = {.event = back ? "rolled-back" : "promoted",
                                  .severity = back ? "warning" : "info",
                                  .ring = entry->ring,
                                  .channel = entry->channel ? channel_find(entry->channel) : NULL,
                                  .build = build_of(entry->build),
                                  .title = title,
                                  .text = buf_text(&text)};
    return event_note(job, &notice, err);
}

static bool note_heal(const struct job *job, const struct entry *entry, struct err *err)
{
    char *title AUTO_FREE = mem_printf("%s: the share was healed", or_empty(entry->ring));
    char *text AUTO_FREE = mem_printf("%s put the share of %s right: %s", entry->actor, or_empty(entry->ring),
                                      or_empty(entry->reason));
    const struct notice notice = {.event = "healed",
                                  .severity = "warning",
                                  .ring = entry->ring,
                                  .channel = entry->channel ? channel_find(entry->channel) : NULL,
                                  .title = title,
                                  .text = text};
    return event_note(job, &notice, err);
}

/* What people decided besides: nobody is told who does not ask for it by name. */
static const struct {
    const char *action, *event, *did, *of; /* "did" the build "of" the ring; "of" NULL: the ring alone */
} decisions[] = {
    {"approve", "approve", "approved", "for"},
    {"revoke", "revoke", "withdrew the approval of", "for"},
    {"hold", "hold", "put on hold:", NULL},
    {"hold-stop-soak", "hold", "put on hold, and stopped the soak of:", NULL},
    {"unhold", "unhold", "lifted the hold of", NULL},
    {"block", "block", "blocked", "in"},
    {"unblock", "unblock", "lifted the block of", "in"},
};
enum { DECISIONS = sizeof decisions / sizeof *decisions };

static bool note_decision(const struct job *job, const struct entry *entry, size_t which, struct err *err)
{
    const char *of = decisions[which].of, *ring = entry->ring ? entry->ring : "every ring";
    char *title AUTO_FREE = of ? mem_printf("%s %s %s %s %s", entry->actor, decisions[which].did,
                                            or_empty(entry->build), of, ring)
                               : mem_printf("%s %s %s", entry->actor, decisions[which].did, ring);
    char *text AUTO_FREE =
        mem_printf("%s%s%s", title, entry->reason ? ". Reason: " : "", or_empty(entry->reason));
    const struct notice notice = {.event = decisions[which].event,
                                  .severity = "info",
                                  .ring = entry->ring,
                                  .channel = entry->channel ? channel_find(entry->channel) : NULL,
                                  .build = build_of(entry->build),
                                  .title = title,
                                  .text = text};
    return event_note(job, &notice, err);
}

/* Enough sites offer what was promoted, a late one has followed, or files at one were put right. */
static bool note_sites(const struct job *job, const struct entry *entry, const char *what,
                       const char *severity, struct err *err)
{
    char *title AUTO_FREE = mem_printf("%s: %s%s%s", or_empty(entry->ring), or_empty(entry->build),
                                       entry->build ? " " : "", what);
    const struct notice notice = {.event = "site",
                                  .severity = severity,
                                  .ring = entry->ring,
                                  .channel = entry->channel ? channel_find(entry->channel) : NULL,
                                  .build = build_of(entry->build),
                                  .title = title,
                                  .text = or_empty(entry->reason)};
    return event_note(job, &notice, err);
}

static bool note_entry(const struct job *job, const struct entry *entry, struct err *err)
{
    for (size_t i = 0; i < DECISIONS; i++)
        if (strcmp(entry->action, decisions[i].action) == 0)
            return note_decision(job, entry, i, err);
    if (strcmp(entry->action, "promote") == 0 || strcmp(entry->action, "rollback") == 0)
        return note_flip(job, entry, *entry->action == 'r', err);
    if (strcmp(entry->action, "heal") == 0 || strcmp(entry->action, "repair") == 0)
        return note_heal(job, entry, err);
    if (strcmp(entry->action, "sites-live") == 0)
        return note_sites(job, entry, "is live at its sites", "info", err);
    if (strcmp(entry->action, "site-late") == 0)
        return note_sites(job, entry, "has come to another site", "info", err);
    if (strcmp(entry->action, "site-repair") == 0)
        return note_sites(job, entry, "files at a site were put right", "warning", err);
    return true;
}

/* After a restore the journal is shorter than what was seen: it goes on from its end. */
static bool collect_history(const struct job *job, struct err *err)
{
    struct entries entries AUTO(entries_clear) = {0};
    int64_t seen, last;
    if (!notice_seen_get_int(job->state, "history", &seen, err) || !journal_last(job->state, &last, err))
        return false;
    if (seen == last)
        return true;
    if (seen >= 0 && seen < last &&
        !journal_after(job->state, seen, clock_now_unix() - EVENT_NEWS_SECONDS, &entries, err))
        return false;
    for (size_t i = 0; i < entries.len; i++)
        if (!note_entry(job, &entries.item[i], err))
            return false;
    return notice_seen_put_int(job->state, "history", last, err);
}

static bool note_head(const struct job *job, struct err *err)
{
    char hash[DIGEST_TEXT_SIZE], date[ZONE_DATE_SIZE];
    int64_t id, time_unix;
    bool changed;
    zone_format_date(zone_day(clock_now_unix()), date);
    if (!journal_last(job->state, &id, err) || !journal_head(job->state, hash, &time_unix, err))
        return false;
    if (id == 0)
        return true;
    if (!event_changed(job, "head-day", "", date, "", &changed, err))
        return false;
    char *text AUTO_FREE = mem_printf("entry %" PRId64 " %s", id, hash);
    char *command AUTO_FREE = mem_printf("ringmgr history --verify --head %s", hash);
    const struct notice notice = {.event = "history-head",
                                  .severity = "info",
                                  .title = "the head of the history",
                                  .text = text,
                                  .command = command};
    return !changed || event_note(job, &notice, err);
}

/* ---- attentions ---- */

/* Codes that are not here are an "attention". */
static const struct {
    const char *code, *event, *title; /* event NULL: told otherwise (events.c) */
} known[] = {
    {"support", NULL, NULL},
    {"live-recalled", "recalled", "Microsoft withdrew what is live"},
    {"upstream-recalled", "recalled", "Microsoft withdrew a build"},
    {"upstream-disagrees", "upstream", "upstream disagrees with itself"},
    {"upstream-went-back", "upstream", "upstream went back"},
    {"upstream-lacks-version", "upstream", "upstream lacks the version that is wanted"},
    {"upstream-not-genuine", "not-genuine", "what came from upstream is not genuine"},
    {"share-wrong", "not-genuine", "files of the share are wrong"},
    {"share-foreign", "not-genuine", "somebody else's pointer is on the share"},
    {"pointer-withdrawn", "not-genuine", "the pointer was taken away"},
    {"object-lost", "not-genuine", "files of the store are lost"},
    {"manifest-refused", "not-genuine", "what came is not the manifest of headquarters"},
    {"manifest-stale", "upstream", "headquarters has not signed anew"},
    {"manifest-unsigned", "attention", "its manifest cannot be signed"},
    {"heal-loop", "healed", "a file is changed again and again"},
    {"settings-loosened", "loosened", "settings were loosened"},
    {"override-used", "override", "a gate was opened by force"},
    {"notify-failing", "notify-failing", "notices do not get through"},
    {"site-failing", "site", "a site cannot be served"},
    {"site-stale", "site", "a site is behind"},
    {"config-refused", "attention", "the changed configuration was refused"},
    {"job-died", "attention", "a job was killed"},
    {"site-wrong", "site", "files at a site are wrong"},
};
enum { KNOWN = sizeof known / sizeof *known };

/* What an attention of a build is about, if its subject names one. */
static struct build build_of_subject(const char *subject)
{
    char *word AUTO_FREE = mem_strndup(subject, strcspn(subject, " "));
    return build_of(word);
}

static bool note_attention(const struct job *job, const struct attention *attention, struct err *err)
{
    const struct ring *ring = attention->ring ? settings_ring(job->settings, attention->ring) : NULL;
    const char *event = "attention", *what = "needs attention";
    for (size_t i = 0; i < KNOWN; i++)
        if (strcmp(known[i].code, attention->code) == 0) {
            event = known[i].event;
            what = known[i].title;
        }
    if (!event)
        return true;
    char *title AUTO_FREE =
        mem_printf("%s%s%s", attention->ring ? attention->ring : "", attention->ring ? ": " : "", what);
    const struct notice notice = {.event = event,
                                  .severity = attention->severity,
                                  .ring = attention->ring,
                                  .channel = ring ? ring->channel : NULL,
                                  .build = build_of_subject(attention->subject),
                                  .subject = attention->subject,
                                  .title = title,
                                  .text = attention->text,
                                  .command = attention->command};
    return event_note(job, &notice, err);
}

static bool collect_attentions(const struct job *job, struct err *err)
{
    struct attentions attentions AUTO(attentions_clear) = {0};
    int64_t seen;
    if (!notice_seen_get_int(job->state, "attention", &seen, err) ||
        !catalog_attentions_after(job->state, seen, &attentions, err))
        return false;
    for (size_t i = 0; i < attentions.len; i++)
        if (!note_attention(job, &attentions.item[i], err))
            return false;
    return attentions.len == 0 ||
           notice_seen_put_int(job->state, "attention", attentions.item[attentions.len - 1].id, err);
}

bool event_past_collect(const struct job *job, struct err *err)
{
    return collect_history(job, err) && collect_attentions(job, err) && note_head(job, err);
}
