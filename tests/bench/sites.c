/*
 * sites [COUNT]: how long until a build is live at COUNT sites (300), and what that costs headquarters' line?
 *
 * A simulation: bytes flow as on the wire, windows open and close as ringmgr judges them (policy/site.h, in
 * the time zones of the sites), sites_parallel bounds who is served at once, quorums are counted as ringmgr
 * does. What it leaves out: errors, other traffic, and the proof at the site, which reads there and sends
 * next to nothing. Star: headquarters serves every site. Tree: it serves one hub a time zone, the best line
 * there; hubs serve the rest of theirs when they have it whole. Everything is drawn from a fixed sequence, so
 * two runs print the same.
 */
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/site.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600, ROOT = -1, FLIP_ERRANDS = 5, ERRAND_TRIPS = 12 };

static const char *const zones[] = {
    "Pacific/Auckland",  "Australia/Sydney", "Asia/Tokyo",       "Asia/Shanghai",       "Asia/Singapore",
    "Asia/Bangkok",      "Asia/Dhaka",       "Asia/Kolkata",     "Asia/Karachi",        "Asia/Dubai",
    "Europe/Istanbul",   "Africa/Nairobi",   "Europe/Stockholm", "Africa/Johannesburg", "Europe/London",
    "America/Sao_Paulo", "America/New_York", "America/Chicago",  "America/Denver",      "America/Los_Angeles",
};
enum { ZONES = sizeof zones / sizeof *zones };
/* Lines of offices in Mbit/s, in equal shares. */
static const double lines[] = {2, 4, 10, 20, 50, 100, 200, 500, 1000};

struct office {
    struct site site;
    double line;    /* bytes a second */
    double left;    /* bytes still to come */
    int hub;        /* who serves it: an office, or ROOT */
    double rate;    /* now */
    double waits;   /* seconds for a place, in its window, while its hub had the build */
    double arrived; /* seconds after the promotion; -1: not yet */
    bool open;      /* its window */
    int64_t until;  /* when that changes; -1: never */
};

struct plan {
    bool tree;
    unsigned parallel;
    double uplink; /* Mbit/s of headquarters */
    double bytes;  /* that each site has to get */
};

struct outcome {
    double most, all; /* seconds until 95 and 100 per cent offer it */
    double sent;      /* bytes over headquarters' line */
    double busy;      /* seconds in which that line was full */
    double waits;     /* of all sites together, for a place */
};

/* xorshift32 (Marsaglia 2003) */
static unsigned draw(unsigned *seed, unsigned below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % below;
}

/* ---- the world ---- */

static void make_offices(struct office *office, size_t count)
{
    static const char *const none = "";
    unsigned seed = 2463534242u;
    char why[128];
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "site-%zu", i);
        office[i].site = (struct site){.name = mem_strdup(name),
                                       .timezone = mem_strdup(zones[i % ZONES]),
                                       .target = mem_strdup(none),
                                       .unc = mem_strdup(none),
                                       .ad_site = mem_strdup(none),
                                       .credentials = mem_strdup(none),
                                       .ssh_config = mem_strdup(none),
                                       .required = true};
        if (!window_add(&office[i].site.window, "20:00-06:00", why))
            abort();
        office[i].line = lines[draw(&seed, sizeof lines / sizeof *lines)] * 1e6 / 8;
    }
}

/* The best line of each time zone is its hub. */
static void choose_hubs(struct office *office, size_t count, bool tree)
{
    for (size_t i = 0; i < count; i++) {
        size_t best = i % ZONES;
        for (size_t k = best; k < count; k += ZONES)
            if (office[k].line > office[best].line)
                best = k;
        office[i].hub = !tree || best == i ? ROOT : (int)best;
    }
}

static void start(struct office *office, size_t count, const struct plan *plan)
{
    choose_hubs(office, count, plan->tree);
    for (size_t i = 0; i < count; i++) {
        office[i].left = plan->bytes;
        office[i].waits = 0;
        office[i].arrived = -1;
        office[i].until = 0;
        office[i].rate = 0;
    }
}

/* ---- who is served, and how fast ---- */

static bool can_receive(const struct office *office, size_t i)
{
    const struct office *one = &office[i];
    return one->arrived < 0 && one->open && (one->hub == ROOT || office[one->hub].arrived >= 0);
}

/* The line of who sends is shared fairly: who cannot take its share leaves the rest to others. */
static void share_line(struct office *office, const size_t *served, size_t len, double line)
{
    double room = line;
    for (size_t i = 0; i < len; i++)
        office[served[i]].rate = -1;
    for (size_t open = len; open > 0;) {
        double share = room / (double)open;
        size_t satisfied = 0;
        for (size_t i = 0; i < len; i++)
            if (office[served[i]].rate < 0 && office[served[i]].line <= share) {
                room -= office[served[i]].rate = office[served[i]].line;
                satisfied++;
            }
        open -= satisfied;
        if (satisfied)
            continue;
        for (size_t i = 0; i < len; i++)
            if (office[served[i]].rate < 0)
                office[served[i]].rate = share;
        return;
    }
}

/* Who is being served goes on; places that are free go to those behind in the order of the configuration. */
static void serve(struct office *office, size_t count, int hub, const struct plan *plan)
{
    size_t *served = mem_new(count, sizeof *served), len = 0;
    for (int going = 1; going >= 0; going--)
        for (size_t i = 0; i < count && len < plan->parallel; i++)
            if (office[i].hub == hub && can_receive(office, i) && (office[i].rate > 0) == going)
                served[len++] = i;
    for (size_t i = 0; i < count; i++)
        if (office[i].hub == hub)
            office[i].rate = 0;
    share_line(office, served, len, hub == ROOT ? plan->uplink * 1e6 / 8 : office[hub].line);
    free(served);
}

/* ---- time ---- */

static void look_at_windows(struct office *office, size_t count, int64_t now)
{
    for (size_t i = 0; i < count; i++) {
        if (office[i].until < 0 || office[i].until > now)
            continue;
        struct window_state state = site_bytes_at(&office[i].site, now);
        office[i].open = state.open;
        office[i].until = state.until_unix;
    }
}

/* Seconds until something changes. */
static double next_change(const struct office *office, size_t count, int64_t now)
{
    double next = 7 * 24 * HOUR;
    for (size_t i = 0; i < count; i++) {
        if (office[i].rate > 0 && office[i].left / office[i].rate < next)
            next = office[i].left / office[i].rate;
        if (office[i].until > now && (double)(office[i].until - now) < next)
            next = (double)(office[i].until - now);
    }
    return next < 1 ? 1 : ceil(next);
}

/* Lets `seconds` pass; how many sites have it then. */
static size_t pass(struct office *office, size_t count, const struct plan *plan, double seconds, double at,
                   struct outcome *outcome)
{
    size_t have = 0;
    double root = 0;
    for (size_t i = 0; i < count; i++) {
        struct office *one = &office[i];
        double got = fmin(one->rate * seconds, one->left);
        if (can_receive(office, i) && one->rate <= 0)
            outcome->waits += seconds;
        one->left -= got;
        outcome->sent += one->hub == ROOT ? got : 0;
        root += one->hub == ROOT ? one->rate : 0;
        if (one->arrived < 0 && one->left <= 0.5) {
            one->arrived = at + seconds;
            one->rate = 0;
        }
        have += one->arrived >= 0;
    }
    if (root >= plan->uplink * 1e6 / 8 * 0.99)
        outcome->busy += seconds;
    return have;
}

static struct outcome run(struct office *office, size_t count, const struct plan *plan, int64_t from)
{
    struct outcome outcome = {.most = -1, .all = -1};
    start(office, count, plan);
    for (double at = 0; outcome.all < 0 && at < 60.0 * 24 * HOUR;) {
        int64_t now = from + (int64_t)at;
        look_at_windows(office, count, now);
        serve(office, count, ROOT, plan);
        for (size_t i = 0; plan->tree && i < count; i++)
            if (office[i].hub == ROOT)
                serve(office, count, (int)i, plan);
        double seconds = next_change(office, count, now);
        size_t have = pass(office, count, plan, seconds, at, &outcome);
        at += seconds;
        if (outcome.most < 0 && site_quorum_met(count, 95, have))
            outcome.most = at;
        if (site_quorum_met(count, 100, have))
            outcome.all = at;
    }
    return outcome;
}

/* ---- the table ---- */

/* The flip alone, of a build that is proven everywhere (promote --flip): `parallel` sites at once, an errand
 * costs its round trips, which are long where the line is. */
static double flip_seconds(size_t count, unsigned parallel)
{
    enum { TRIP_MS = 200 };
    return ceil((double)count / parallel) * FLIP_ERRANDS * ERRAND_TRIPS * TRIP_MS / 1000.0;
}

static void print_row(const struct plan *plan, const struct outcome *outcome)
{
    printf("%-5s %5.1f GB %6.0f Mbit/s %5u %9.1f h %9.1f h %9.0f GB %8.1f h %9.0f h\n",
           plan->tree ? "tree" : "star", plan->bytes / 1e9, plan->uplink, plan->parallel,
           outcome->most / HOUR, outcome->all / HOUR, outcome->sent / 1e9, outcome->busy / HOUR,
           outcome->waits / HOUR);
}

static void print_flips(size_t count)
{
    static const unsigned parallel[] = {8, 32, 64};
    printf("\nflip of what is proven everywhere, 200 ms away:");
    for (size_t i = 0; i < sizeof parallel / sizeof *parallel; i++)
        printf("  %u at once %.0f s", parallel[i], flip_seconds(count, parallel[i]));
    printf("\n");
}

int main(int argc, char **argv)
{
    static const double bytes[] = {3.76e9, 1.5e9}, uplinks[] = {100, 1000};
    static const unsigned parallel[] = {8, 32, 64};
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 300;
    if (count == 0 || count > 100000)
        return 2;
    int64_t from;
    zone_set("Europe/Stockholm");
    if (!zone_parse_when("2026-11-23 09:00", false, &from))
        return 1;
    struct office *office = mem_new(count, sizeof *office);
    make_offices(office, count);
    printf("%zu sites, lines of 2 to 1,000 Mbit/s, windows 20:00-06:00 in %d time zones, promoted Monday "
           "09:00 in "
           "Stockholm\n\n",
           count, ZONES);
    printf("%-5s %8s %13s %5s %11s %11s %12s %10s %11s\n", "shape", "a site", "headquarters", "at once",
           "95 %", "100 %", "sent from HQ", "its line full", "sites waited");
    for (size_t b = 0; b < 2; b++)
        for (size_t u = 0; u < 2; u++)
            for (size_t p = 0; p < 3; p++)
                for (int tree = 0; tree < 2; tree++) {
                    const struct plan plan = {tree == 1, parallel[p], uplinks[u], bytes[b]};
                    struct outcome outcome = run(office, count, &plan, from);
                    print_row(&plan, &outcome);
                }
    print_flips(count);
    for (size_t i = 0; i < count; i++)
        site_clear(&office[i].site);
    free(office);
    return 0;
}
