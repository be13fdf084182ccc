#include "ringmgr/app/options.h"
#include "ringmgr/base/nearest.h"

#include <string.h>

static const struct option_row options[] = {
    {"add-on", NULL, OPT_ADD_ON, 0, "add the products to the Office that is there"},
    {"arch", "x64|x86", OPT_ARCH, 0, "architecture of the machine that is meant"},
    {"at", "WHEN", OPT_AT, 0, "then, not now; promote --at never takes an order back"},
    {"actor", "PERSON", OPT_ACTOR, 0, "only what this person did"},
    {"block", "ring|everywhere|no", OPT_BLOCK, 0, "where the build that is left is blocked; without it ring"},
    {"build", "BUILD", OPT_BUILD, 0, "this build, not what upstream offers now"},
    {"channel", "CHANNEL", OPT_CHANNEL, 0, "this update channel, as Current or MonthlyEnterprise"},
    {"check", NULL, OPT_CHECK, 0, "exit status 8 where a person should look"},
    {"clear", "ID", OPT_CLEAR, 0, "this pin was taken back from the machines"},
    {"clear-target", NULL, OPT_CLEAR_TARGET, 0, "let machines go that a target version holds"},
    {"clients", NULL, OPT_CLIENTS, 0, "read each share over SMB and HTTP, as machines do"},
    {"csv", NULL, OPT_CSV, 0, "as a table for a spreadsheet"},
    {"deadline", "WHEN", OPT_DEADLINE, 0, "when the update must be installed"},
    {"display", "None|Full", OPT_DISPLAY, 0, "what the installer shows"},
    {"download", "FOLDER", OPT_DOWNLOAD, 0, "for setup.exe /download into this folder"},
    {"dry-run", NULL, OPT_DRY_RUN, 0, "only say what would be done"},
    {"exclude-app", "APP", OPT_EXCLUDE_APP, 0, "without this app"},
    {"existing", NULL, OPT_EXISTING, 0, "for machines that have Office: only where its updates come from"},
    {"expedite", NULL, OPT_EXPEDITE, 0, "the emergency lane: expedite_soak and expedite_approvals count"},
    {"filelist", "FILE", OPT_FILELIST, 0, "Microsoft's list of the build's files"},
    {"flip", NULL, OPT_FLIP, 0, "the pointer alone, once enough sites have the files"},
    {"from", "BUILD", OPT_FROM, 0, "only if this build is live"},
    {"group", "GROUP", OPT_GROUP, 0, "shares for the members of this group"},
    {"have", "BUILD", OPT_HAVE, 0, "the build that the machine has"},
    {"head", "HASH", OPT_HEAD, 0, "the history must end with this entry, or hold it"},
    {"ical", NULL, OPT_ICAL, 0, "as iCalendar, for a calendar program"},
    {"lang", "LANGUAGE", OPT_LANG, 0, "this language, as en-us; may be repeated"},
    {"listen", "ADDRESS", OPT_LISTEN, 0, "where the web server listens"},
    {"month", "MONTH", OPT_MONTH, 0, "this month, as 2026-10"},
    {"now", NULL, OPT_NOW, 0, "at once, whatever the window says"},
    {"openmetrics", NULL, OPT_OPENMETRICS, 0, "as OpenMetrics 1.0, not in the older form of Prometheus"},
    {"output", "PATH", OPT_OUTPUT, 'o', "write there, not to standard output (-)"},
    {"override", "GATE", OPT_OVERRIDE, 0, "open this gate by force, with a reason"},
    {"pin", "BUILD", OPT_PIN, 0, "install this build and stay on it"},
    {"product", "PRODUCT", OPT_PRODUCT, 0,
     "this product, as O365ProPlusRetail; a volume licence key behind a colon"},
    {"quick", NULL, OPT_QUICK, 0, "names, sizes and pointers, without reading the content"},
    {"reason", "TEXT", OPT_REASON, 0, "why: it stands in the history"},
    {"repair", NULL, OPT_REPAIR, 0, "mend what is found wrong"},
    {"ring", "RING", OPT_RING, 0, "this ring of the configuration"},
    {"since", "WHEN", OPT_SINCE, 0, "only from then on"},
    {"site", "SITE", OPT_SITE, 0, "this site; for gpp AD_SITE=UNC"},
    {"source", "PLACE", OPT_SOURCE, 0,
     "taken from there: the certificates of trust, the files of an installation"},
    {"stage", NULL, OPT_STAGE, 0, "bytes and proof to the sites, no pointer yet"},
    {"stop-soak", NULL, OPT_STOP_SOAK, 0, "soak stands still meanwhile"},
    {"target", "BUILD", OPT_TARGET, 0, "the target version that holds machines"},
    {"test", "TARGET", OPT_TEST, 0, "the [notify] section that gets the test"},
    {"to", "BUILD", OPT_TO, 0, "back to this build"},
    {"until", "WHEN", OPT_UNTIL, 0, "the hold ends then by itself"},
    {"verify", NULL, OPT_VERIFY, 0, "recompute the chain of the history"},
    {"yes", NULL, OPT_YES, 0, "do not ask; must be given where nobody can be asked"},
    {"config", "FILE", GLOBAL_CONFIG, 'c', "the configuration; default /etc/ringmgr/ringmgr.conf"},
    {"verbose", NULL, GLOBAL_VERBOSE, 'v', "tell every step"},
    {"quiet", NULL, GLOBAL_QUIET, 'q', "no warnings and no progress on standard error"},
    {"wait", "DURATION", GLOBAL_WAIT, 0, "for a lock; default 10s"},
    {"json", NULL, GLOBAL_JSON, 0, "one JSON document"},
    {"help", NULL, GLOBAL_HELP, 'h', "say how the command is used"},
    {"version", NULL, GLOBAL_VERSION, 0, "say which version this is"},
    {"inherit", "DESCRIPTORS", GLOBAL_INHERIT, 0, NULL},
};

enum { OPTIONS = sizeof options / sizeof *options };

const struct option_row *options_at(size_t index)
{
    return index < OPTIONS ? &options[index] : NULL;
}

const struct option_row *options_of(int id)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (options[i].id == id)
            return &options[i];
    return NULL;
}

const struct option_row *options_find(const char *word)
{
    size_t len = strcspn(word, "=");
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option_row *row = &options[i];
        if (strncmp(word, "--", 2) == 0 && strlen(row->name) == len - 2 &&
            strncmp(row->name, word + 2, len - 2) == 0)
            return row;
        if (row->letter && word[0] == '-' && word[1] == row->letter && !word[2])
            return row;
    }
    return NULL;
}

const char *options_nearest(const char *word)
{
    const char *best = NULL;
    const char *name = word + strspn(word, "-");
    for (size_t i = 0; i < OPTIONS; i++)
        if (options[i].summary)
            nearest_prefer(name, options[i].name, &best);
    return nearest_likely(name, best);
}
