/*
 * testcdn: a signed test origin in the formats of the real one, and a hostile server for it.
 *
 * It is the other side of every test of ringmgr and shares no code with it. One binary, a subcommand each for
 * making certificates, builds, pointers and histories, for spoiling them, for serving them and for looking at
 * them. The subcommands only read options here; the work is in the file of that name. `testcdn help` prints
 * the table.
 */
#include "args.h"
#include "build.h"
#include "cabinet.h"
#include "catalog.h"
#include "corrupt.h"
#include "disk.h"
#include "guard.h"
#include "serve.h"
#include "table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Options every signing command has. */
struct signing {
    const char *ca;
    const char *by;
    const char *tsa;
    int64_t time_unix;
    bool no_timestamp;
    bool outside; /* sign cabinets with osslsigncode */
    struct server *timestamps;
    char *ts_url;
    struct signer cabs;
    struct signer cats;
};

#define SIGNING_DEFAULTS                                                                                     \
    {                                                                                                        \
        .by = "leaf", .tsa = "tsa", .time_unix = time(NULL)                                                  \
    }
#define SIGNING_ARGS(s)                                                                                      \
    {"--ca", ARG_TEXT, &(s).ca, true}, {"--signer", ARG_TEXT, &(s).by, false},                               \
        {"--tsa", ARG_TEXT, &(s).tsa, false}, {"--signed-at", ARG_TIME, &(s).time_unix, false},              \
        {"--no-timestamp", ARG_FLAG, &(s).no_timestamp, false},                                              \
    {                                                                                                        \
        "--osslsigncode", ARG_FLAG, &(s).outside, false                                                      \
    }

static void signing_begin(struct signing *s)
{
    s->cabs = signer_load(s->ca, s->by, s->tsa, s->time_unix);
    s->cats = signer_load(s->ca, strcmp(s->by, "leaf") == 0 ? "cat" : s->by, s->tsa, s->time_unix);
    s->cabs.no_timestamp = s->cats.no_timestamp = s->no_timestamp;
    if (s->outside) {
        struct serve_options options = {.ca_dir = s->ca, .tsa = s->tsa};
        s->timestamps = server_start(&options);
        s->ts_url = text("http://127.0.0.1:%u/ts", server_port(s->timestamps));
        s->cabs.ts_url = s->ts_url;
    }
}

static void signing_end(struct signing *s)
{
    signer_clear(&s->cabs);
    signer_clear(&s->cats);
    if (s->timestamps)
        server_stop(s->timestamps);
    free(s->ts_url);
}

static int run_ca(int argc, char **argv)
{
    const char *dir = NULL;
    args_parse(argc, argv, NULL, 0, &dir);
    if (!dir)
        die("usage: testcdn ca DIR");
    ca_make(dir);
    return 0;
}

static int run_build(int argc, char **argv)
{
    struct signing s = SIGNING_DEFAULTS;
    struct build_spec b = {.stream_bytes = 300 << 10,
                           .language_bytes = 120 << 10,
                           .proofing_bytes = 30 << 10,
                           .installer_bytes = 20 << 10,
                           .survive = 80,
                           .descriptor.throttle = 1000};
    const char *channel = NULL, *guid = NULL;
    const struct arg table[] = {
        SIGNING_ARGS(s),
        {"--origin", ARG_TEXT, &b.origin, true},
        {"--channel", ARG_TEXT, &channel, true},
        {"--build", ARG_TEXT, &b.build, true},
        {"--arch", ARG_LIST, &b.archs, false},
        {"--lang", ARG_LIST, &b.languages, false},
        {"--proofing", ARG_LIST, &b.proofing, false},
        {"--arm64", ARG_FLAG, &b.arm64, false},
        {"--no-cats", ARG_FLAG, &b.no_cats, false},
        {"--stream-size", ARG_NUMBER, &b.stream_bytes, false},
        {"--lang-size", ARG_NUMBER, &b.language_bytes, false},
        {"--proofing-size", ARG_NUMBER, &b.proofing_bytes, false},
        {"--installer-size", ARG_NUMBER, &b.installer_bytes, false},
        {"--seed", ARG_NUMBER, &b.seed, false},
        {"--from", ARG_TEXT, &b.from, false},
        {"--survive", ARG_NUMBER, &b.survive, false},
        {"--throttle", ARG_NUMBER, &b.descriptor.throttle, false},
        {"--expired", ARG_LIST, &b.descriptor.expired, false},
        {"--guid", ARG_TEXT, &guid, false},
    };
    list_split(&b.archs, "x64");
    list_split(&b.languages, "en-us");
    args_parse(argc, argv, table, ARGS_COUNT(table), NULL);
    b.channel = channel_find(channel);
    b.descriptor.form = DESCRIPTOR_SINGLE;
    b.descriptor.build = b.build;
    b.descriptor.guid = guid ? guid : b.channel->guid;
    signing_begin(&s);
    build_make(&b, &s.cabs, &s.cats);
    signing_end(&s);
    list_clear(&b.archs);
    list_clear(&b.languages);
    list_clear(&b.proofing);
    list_clear(&b.descriptor.expired);
    return 0;
}

static int run_pointer(int argc, char **argv)
{
    struct signing s = SIGNING_DEFAULTS;
    struct descriptor d = {.form = DESCRIPTOR_LIVE, .throttle = 1000};
    struct list archs = {0};
    const char *origin = NULL, *channel = NULL, *guid = NULL;
    bool windows7 = false, single = false;
    const struct arg table[] = {
        SIGNING_ARGS(s),
        {"--origin", ARG_TEXT, &origin, true},
        {"--channel", ARG_TEXT, &channel, true},
        {"--build", ARG_TEXT, &d.build, true},
        {"--arch", ARG_LIST, &archs, false},
        {"--windows7", ARG_FLAG, &windows7, false},
        {"--single", ARG_FLAG, &single, false},
        {"--throttle", ARG_NUMBER, &d.throttle, false},
        {"--expired", ARG_LIST, &d.expired, false},
        {"--guid", ARG_TEXT, &guid, false},
    };
    list_split(&archs, "x64");
    args_parse(argc, argv, table, ARGS_COUNT(table), NULL);
    const struct channel *c = channel_find(channel);
    d.guid = guid ? guid : c->guid;
    d.form = windows7 ? DESCRIPTOR_WINDOWS7 : single ? DESCRIPTOR_SINGLE : DESCRIPTOR_LIVE;
    signing_begin(&s);
    for (size_t i = 0; i < archs.count; i++) {
        d.bits = strcmp(archs.items[i], "x86") == 0 ? 32 : 64;
        TEXT path = text("%s/%s/Office/Data/v%u.cab", origin, c->guid, d.bits);
        descriptor_write(&d, &s.cabs, path);
    }
    signing_end(&s);
    list_clear(&archs);
    list_clear(&d.expired);
    return 0;
}

static int run_history(int argc, char **argv)
{
    struct signing s = SIGNING_DEFAULTS;
    const char *origin = NULL, *rows = NULL;
    bool empty = false;
    const struct arg table[] = {
        SIGNING_ARGS(s),
        {"--origin", ARG_TEXT, &origin, true},
        {"--rows", ARG_TEXT, &rows, false},
        {"--empty", ARG_FLAG, &empty, false},
    };
    args_parse(argc, argv, table, ARGS_COUNT(table), NULL);
    if (!rows && !empty)
        die("history: needs --rows FILE or --empty");
    TEXT path = text("%s/wsus/releasehistory.cab", origin);
    signing_begin(&s);
    history_write(empty ? NULL : rows, &s.cabs, path);
    signing_end(&s);
    return 0;
}

static int run_corrupt(int argc, char **argv)
{
    struct signing s = SIGNING_DEFAULTS;
    struct corruption c = {0};
    const struct arg table[] = {
        SIGNING_ARGS(s),
        {"--kind", ARG_TEXT, &c.kind, true},
        {"--value", ARG_TEXT, &c.value, false},
        {"--in", ARG_TEXT, &c.in, true},
        {"--out", ARG_TEXT, &c.out, false},
    };
    args_parse(argc, argv, table, ARGS_COUNT(table), NULL);
    if (!c.out)
        c.out = c.in;
    signing_begin(&s);
    corrupt_cabinet(&c, &s.cabs);
    signing_end(&s);
    return 0;
}

static int run_resign(int argc, char **argv)
{
    struct signing s = SIGNING_DEFAULTS;
    const char *in = NULL, *out = NULL;
    struct list set = {0}, removed = {0}, renamed = {0};
    bool plain = false;
    const struct arg table[] = {
        SIGNING_ARGS(s),
        {"--in", ARG_TEXT, &in, false},
        {"--out", ARG_TEXT, &out, false},
        {"--set", ARG_REPEAT, &set, false},
        {"--remove", ARG_REPEAT, &removed, false},
        {"--rename", ARG_REPEAT, &renamed, false},
        {"--unsigned", ARG_FLAG, &plain, false},
    };
    args_parse(argc, argv, table, ARGS_COUNT(table), NULL);
    if (!out && !in)
        die("resign: needs --in, or --out and --set");
    signing_begin(&s);
    resign_cabinet(in, out ? out : in, &set, &removed, &renamed, plain, &s.cabs);
    signing_end(&s);
    list_clear(&set);
    list_clear(&removed);
    list_clear(&renamed);
    return 0;
}

static int run_cat(int argc, char **argv)
{
    struct signing s = SIGNING_DEFAULTS;
    const char *name = "i640", *build = "16.0.1.1", *out = NULL;
    BYTES cat = {0};
    const struct arg table[] = {
        SIGNING_ARGS(s),
        {"--name", ARG_TEXT, &name, false},
        {"--build", ARG_TEXT, &build, false},
        {"--out", ARG_TEXT, &out, true},
    };
    args_parse(argc, argv, table, ARGS_COUNT(table), NULL);
    signing_begin(&s);
    catalog_make(&s.cats, name, build, NULL, &cat);
    disk_write(out, cat.data, cat.len);
    signing_end(&s);
    return 0;
}

static int run_tables(int argc, char **argv)
{
    const char *path = NULL;
    bool check = false;
    BYTES in = {0};
    struct table t = {0};
    struct cabinet cab = {0};
    const struct arg table[] = {{"--check", ARG_FLAG, &check, false}};
    args_parse(argc, argv, table, ARGS_COUNT(table), &path);
    if (!path)
        die("usage: testcdn tables [--check] FILE (a cabinet or a man.dat)");
    disk_read(path, &in);
    if (in.len > 4 && memcmp(in.data, "MSCF", 4) == 0) {
        cabinet_unpack(path, &cab);
        struct member *m = cabinet_find(&cab, ".man.dat");
        if (!m)
            die("%s: no segment table in it", path);
        table_read(&m->content, &t);
    } else {
        table_read(&in, &t);
    }
    if (!check)
        table_print(&t, stdout);
    struct table_findings found = table_check(&t, stderr);
    fprintf(check ? stdout : stderr, "files %zu segments %zu dat_bytes %u duplicates %zu errors %zu\n",
            t.file_count, t.segment_count, t.dat_bytes, found.duplicates, found.errors);
    table_clear(&t);
    cabinet_clear(&cab);
    return found.errors ? 1 : 0;
}

static int run_serve(int argc, char **argv)
{
    struct serve_options o = {0};
    const char *port_file = NULL;
    uint64_t lifetime = 3600, parent = (uint64_t)getppid(), port = 0;
    const struct arg table[] = {
        {"--root", ARG_TEXT, &o.root, true},      {"--port-file", ARG_TEXT, &port_file, true},
        {"--log", ARG_TEXT, &o.log, false},       {"--faults", ARG_TEXT, &o.faults, false},
        {"--ca", ARG_TEXT, &o.ca_dir, false},     {"--tsa", ARG_TEXT, &o.tsa, false},
        {"--parent", ARG_NUMBER, &parent, false}, {"--lifetime", ARG_NUMBER, &lifetime, false},
        {"--port", ARG_NUMBER, &port, false},     {"--bytes", ARG_TEXT, &o.bytes, false},
    };
    args_parse(argc, argv, table, ARGS_COUNT(table), NULL);
    o.port = (uint16_t)port;
    guard_block_signals();
    struct server *s = server_start(&o);
    TEXT number = text("%u\n", server_port(s));
    disk_write(port_file, number, strlen(number));
    guard_wait((pid_t)parent, 0, lifetime);
    fflush(NULL);
    _exit(0); /* answers that stall on purpose are not waited for */
}

static int run_guard(int argc, char **argv)
{
    uint64_t lifetime = 3600, parent = (uint64_t)getppid();
    const struct arg table[] = {
        {"--parent", ARG_NUMBER, &parent, false},
        {"--lifetime", ARG_NUMBER, &lifetime, false},
    };
    int own = 0;
    while (own < argc && strcmp(argv[own], "--") != 0)
        own++;
    args_parse(own, argv, table, ARGS_COUNT(table), NULL);
    if (own + 1 >= argc)
        die("usage: testcdn guard [--parent PID] [--lifetime S] -- PROGRAM …");
    guard_block_signals();
    return guard_run((pid_t)parent, lifetime, argv + own + 1);
}

static int run_port(int argc, char **argv)
{
    args_parse(argc, argv, NULL, 0, NULL);
    printf("%u\n", guard_free_port());
    return 0;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
} commands[] = {
    {"ca", run_ca, "DIR"},
    {"build", run_build,
     "SIGNING --origin DIR --channel C --build B [--arch x64,x86] [--lang L,…] [--proofing L,…] [--arm64] "
     "[--no-cats]\n"
     "        [--stream-size N] [--lang-size N] [--proofing-size N] [--installer-size N] [--seed N]\n"
     "        [--from BUILD --survive PERCENT] [--throttle N] [--expired B,…] [--guid GUID]"},
    {"pointer", run_pointer,
     "SIGNING --origin DIR --channel C --build B [--arch x64,x86] [--windows7|--single] [--throttle N]\n"
     "        [--expired B,…] [--guid GUID]"},
    {"history", run_history, "SIGNING --origin DIR --rows FILE|--empty"},
    {"corrupt", run_corrupt, "SIGNING --kind KIND [--value V] --in CAB [--out CAB]"},
    {"resign", run_resign,
     "SIGNING [--in CAB] [--out CAB] [--set MEMBER=FILE]… [--remove MEMBER]… [--rename OLD=NEW]… "
     "[--unsigned]"},
    {"cat", run_cat, "SIGNING [--name N] [--build B] --out FILE"},
    {"tables", run_tables, "[--check] CAB|MAN.DAT"},
    {"serve", run_serve,
     "--root DIR --port-file FILE [--log FILE] [--faults FILE] [--ca DIR [--tsa NAME]] [--port N]\n"
     "        [--parent PID] [--lifetime SECONDS]"},
    {"guard", run_guard, "[--parent PID] [--lifetime SECONDS] -- PROGRAM …"},
    {"port", run_port, ""},
};

static void print_usage(FILE *to)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(to, "testcdn %s %s\n", commands[i].name, commands[i].usage);
    fputs("SIGNING: --ca DIR [--signer NAME] [--tsa NAME] [--signed-at TIME] [--no-timestamp] "
          "[--osslsigncode]\n"
          "TIME: UNIX seconds, 2026-08-11 or 2026-08-11T17:00Z. N: 300, 20K, 5M, 2G.\n",
          to);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].run(argc - 2, argv + 2);
    bool help = argc > 1 && strcmp(argv[1], "help") == 0;
    print_usage(help ? stdout : stderr);
    return help ? 0 : 2;
}
