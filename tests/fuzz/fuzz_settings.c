/*
 * Any bytes as ringmgr.conf: problems, each one line with a code, in the order of the file, or settings that
 * keep what the manual page promises. The same bytes give the same problems, and so do they with the line
 * ends of Windows.
 */
#include "fuzz.h"

#include "ringmgr/app/settings.h"

struct reading {
    struct settings settings;
    struct settings_problems problems;
    struct err err;
    bool good;
};

static void read_text(const void *text, size_t len, struct reading *reading)
{
    *reading = (struct reading){0};
    reading->good =
        settings_parse(text, len, "fuzz.conf", &reading->settings, &reading->problems, &reading->err);
}

static void clear(struct reading *reading)
{
    settings_clear(&reading->settings);
    settings_problems_clear(&reading->problems);
}

static void check_problems(const struct reading *reading, size_t lines)
{
    const struct settings_problems *problems = &reading->problems;
    must(reading->good == (problems->len == 0));
    must(reading->good ||
         (reading->err.code == ERR_USAGE && strncmp(reading->err.msg, "fuzz.conf:", 10) == 0));
    for (size_t i = 0; i < problems->len; i++) {
        const struct settings_problem *problem = &problems->item[i];
        must(*problem->code && !strchr(problem->code, ' ') && problem->line <= lines);
        must(*problem->text && is_one_line(problem->text));
        must(i == 0 || problems->item[i - 1].line <= problem->line);
    }
}

static void check_ring(const struct settings *settings, const struct ring *ring)
{
    must(*ring->name && settings_ring(settings, ring->name) == ring && ring->channel);
    must(ring->path[0] == '/' && is_one_line(ring->path) && ring->content.architectures);
    must(!ring->source_ring || ring->source_ring->channel == ring->channel);
    must(!ring->source_ring || !settings_takes_from(settings, ring->source_ring, ring));
    must(ring->sites_ready >= 1 && ring->sites_ready <= 100 && ring->throttle_min <= 1000);
}

static void check_settings(const struct settings *settings)
{
    must(settings->store[0] == '/' && settings->state[0] == '/' && settings->rings > 0);
    for (size_t i = 0; i < settings->rings; i++)
        check_ring(settings, &settings->ring[i]);
    for (size_t i = 0; i < settings->sites; i++) {
        const struct site *site = &settings->site[i];
        must(settings_site(settings, site->name) == site && site->rings.len > 0);
        for (size_t j = 0; j < site->rings.len; j++)
            must(settings_ring(settings, site->rings.item[j]) != NULL);
    }
    for (size_t i = 0; i < settings->targets; i++)
        must(settings_target(settings, settings->target[i].name) == &settings->target[i]);
}

static void check_same(const struct settings_problems *a, const struct settings_problems *b)
{
    must(a->len == b->len);
    for (size_t i = 0; i < a->len; i++)
        must(a->item[i].line == b->item[i].line && strcmp(a->item[i].code, b->item[i].code) == 0 &&
             strcmp(a->item[i].text, b->item[i].text) == 0);
}

/* The text with "\r\n" for each "\n"; how many there are. */
static size_t as_windows(const uint8_t *data, size_t size, struct buf *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < size; i++) {
        lines += data[i] == '\n';
        buf_append(text, data[i] == '\n' ? "\r\n" : (const char *)data + i, data[i] == '\n' ? 2 : 1);
    }
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF windows = {0};
    struct reading plain, other;
    size_t lines = as_windows(data, size, &windows) + 1;
    bool has_returns = size && memchr(data, '\r', size);
    read_text(data, size, &plain);
    check_problems(&plain, lines);
    if (plain.good)
        check_settings(&plain.settings);
    read_text(has_returns ? (const char *)data : buf_text(&windows), has_returns ? size : windows.len,
              &other);
    check_same(&plain.problems, &other.problems);
    clear(&plain);
    clear(&other);
    return 0;
}
