#!/usr/bin/env bats
# The rules of the house, held against the project; and for each rule, small trees that break it, so that a rule which
# has stopped seeing anything is seen itself.
#
# A rule is a script of this folder. It takes a tree, prints a line for each thing that it found, and ends with 1 if
# there was one.

bats_require_minimum_version 1.5.0

setup() {
    load ../helper
    tree=$BATS_TEST_TMPDIR/tree
    mkdir "$tree"
}

# rule NAME TREE: runs a rule; what it says is in $output, its end in $status.
rule() {
    case $1 in
    *.pl) run perl -I "$BATS_TEST_DIRNAME" "$BATS_TEST_DIRNAME/$1" "$2" ;;
    *.sh) run sh "$BATS_TEST_DIRNAME/$1" "${@:2}" ;;
    esac
}

# follows NAME: the project follows the rule. Facts that the rule states are shown.
follows() {
    rule "$1" "$RINGMGR_TOP"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$output" ] || sed 's/^/# /' <<<"$output" >&3
}

# put FILE: a file of the small tree, from standard input.
put() {
    mkdir -p "$(dirname "$tree/$1")"
    cat >"$tree/$1"
}

# passes NAME / notices NAME TEXT…: the rule finds nothing in the small tree / finds just these texts, one a line.
passes() {
    rule "$1" "$tree"
    echo "$output"
    [ "$status" -eq 0 ]
}

notices() {
    rule "$1" "$tree"
    echo "$output"
    [ "$status" -eq 1 ]
    local text
    for text in "${@:2}"; do
        [[ "$output" == *"$text"* ]]
    done
    [ "$(grep -c "^$(basename "$1" .pl): " <<<"$output")" -eq $(($# - 1)) ]
}

# rooms [LINE…]: a CMakeLists.txt with every room, a room's own line replaced by the given one.
rooms() {
    local line name
    for name in base c2r store policy state config shares fetch ops app; do
        line="room($name $([[ $name == config || $name == shares ]] || echo ringmgr/)$name USES base)"
        [ "$name" = base ] && line='room(base ringmgr/base LIBS PkgConfig::jansson)'
        for given in "$@"; do
            [[ "$given" == "room($name "* ]] && line=$given
        done
        echo "$line"
    done | put CMakeLists.txt
}

@test "arrows: the project's point down" {
    follows arrows.pl
}

@test "arrows: down is allowed, also where a comment or an outer folder says otherwise" {
    rooms
    put ringmgr/base/a.h </dev/null
    echo '#include "ringmgr/base/a.h"' | put ringmgr/store/b.h
    printf '/*\n#include "ringmgr/app/x.h"\n*/\n#include "ringmgr/store/b.h"\n' | put ringmgr/store/b.c
    echo '#include "ringmgr/app/x.h"' | put tests/unit/test_x.c
    passes arrows.pl
}

@test "arrows: an include that points up, to a neighbour, or to nothing is noticed" {
    rooms
    echo '#include "ringmgr/store/b.h"' | put ringmgr/base/a.h
    put ringmgr/store/b.h </dev/null
    echo '#include "ringmgr/store/b.h"' | put ringmgr/policy/c.h
    echo '#include "a.h"' | put ringmgr/base/d.c
    echo '  #  include   "ringmgr/base/gone.h"' | put ringmgr/app/e.c
    notices arrows.pl 'ringmgr/base/a.h:1: base may not use store' 'ringmgr/policy/c.h:1: policy may not use store' \
        'ringmgr/base/d.c:1: "a.h" is not' 'ringmgr/app/e.c:1: "ringmgr/base/gone.h" is not'
}

@test "arrows: links in CMakeLists.txt that the drawing forbids, that lack, and rooms that lack are noticed" {
    rooms 'room(policy ringmgr/policy
        USES base store LIBS x LOADS app)' 'room(shares ringmgr/shares USES base)' 'room(fetch ringmgr/fetch USES base)'
    sed -i '/^room(ops/d' "$tree/CMakeLists.txt"
    put ringmgr/store/a.h </dev/null
    echo '#include "ringmgr/store/a.h"' | put ringmgr/fetch/b.c
    notices arrows.pl 'room policy may not use store' 'room shares lies in ringmgr/shares' 'there is no room(ops' \
        'ringmgr/fetch/b.c:1: CMakeLists.txt does not link fetch to store'
}

@test "arrows: parts that include their whole for a type are no circle" {
    rooms
    put ringmgr/base/whole.h </dev/null
    echo '#include "ringmgr/base/whole.h"' | put ringmgr/base/part.h
    printf '#include "ringmgr/base/part.h"\nint part(void)\n{\n    return x->whole + "whole"[0];\n}\n' | put ringmgr/base/part.c
    printf '#include "ringmgr/base/part.h"\nint whole(void)\n{\n    return part();\n}\n' | put ringmgr/base/whole.c
    passes arrows.pl
}

@test "arrows: headers that include each other and files that call each other are noticed" {
    rooms
    echo '#include "ringmgr/base/b.h"' | put ringmgr/base/a.h
    echo '#include "ringmgr/base/a.h"' | put ringmgr/base/b.h
    printf 'int one(void)\n{\n    return two();\n}\n' | put shares/one.c
    printf 'int two(void)\n{\n    return three();\n}\n' | put shares/two.c
    printf 'int three(void)\n{\n    return call(one());\n}\nstatic int two(void)\n{\n}\n' | put shares/three.c
    notices arrows.pl 'circle of headers: ringmgr/base/a.h -> ringmgr/base/b.h -> ringmgr/base/a.h' \
        'circle of calls: shares/one.c -> '
}

@test "libraries: each is known to one file of the project" {
    follows libraries.pl
}

@test "libraries: the agreed files may know them" {
    echo '#include <curl/curl.h>' | put ringmgr/fetch/curl.c
    printf '#include <%s>\n' sqlite3.h stdio.h sys/stat.h | put ringmgr/state/db_rows.c
    echo '#include <openssl/x509.h>' | put ringmgr/c2r/authenticode_der.h
    echo '#include "ringmgr/c2r/authenticode_der.h"' | put ringmgr/c2r/authenticode.c
    echo '#include <cmocka.h>' | put tests/unit/test.h
    passes libraries.pl
}

@test "libraries: a second file, a public header, a foreign library are noticed" {
    echo '#include <ini.h>' | put ringmgr/app/settings.c
    echo '#include <ini.h>' | put ringmgr/app/settings_more.c
    echo '#include <jansson.h>' | put ringmgr/ops/sync.c
    echo '#include <dlfcn.h>' | put ringmgr/ops/gc.c
    echo '#include <openssl/x509.h>' | put ringmgr/c2r/authenticode.h
    echo '#include "ringmgr/c2r/authenticode.h"' | put ringmgr/c2r/descriptor.c
    echo '#include <zlib.h>' | put ringmgr/c2r/stream.c
    notices libraries.pl 'inih is known to more than one file' 'ringmgr/ops/sync.c: may not know jansson' \
        'ringmgr/ops/gc.c: may not know the dynamic linker' \
        'descriptor.c: may not know OpenSSL ("ringmgr/c2r/authenticode.h" -> <openssl/x509.h>)' \
        'stream.c:1: <zlib.h> is of no library'
}

# function LINES: a C function of that many lines.
function_of() {
    printf 'int f%d(void)\n{\n' "$1"
    seq -f '    call(%g);' $(($1 - 3))
    echo '}'
}

@test "sizes: the project's functions, files and tests" {
    follows sizes.pl
}

@test "sizes: 80 lines and 600 lines are allowed, 81 and 601 are noticed" {
    { function_of 80 && echo 'struct s {' && seq -f '    int i%g;' 100 && echo '};'; } | put shares/a.c
    seq 600 | put ringmgr/a.sh
    seq 601 | put tests/cli/a.bats
    passes sizes.pl
    [[ "$output" == *'functions: 1, median 80 lines'* ]]
    function_of 81 | put shares/b.c
    seq 601 | put ringmgr/a.sh
    notices sizes.pl 'shares/b.c:1: a function of 81 lines' 'ringmgr/a.sh: 601 lines'
}

@test "sizes: a function is seen behind a brace in a string, in a comment and in a macro" {
    {
        printf '#define OPEN {\n/* { */\nconst char *const brace = "{\\"{";\nconst char c = %s;\n' "'{'"
        function_of 81
    } | put shares/a.c
    seq 100 | put tests/a.sh
    notices sizes.pl 'shares/a.c:5: a function of 81 lines'
}

@test "sizes: too few tests are noticed" {
    seq -f '/* %g */' 100 | put ringmgr/base/a.h
    seq 79 | put tests/a.sh
    notices sizes.pl '79 lines of tests for 100 of source: 0.79, below 0.8'
    seq 80 | put tests/a.sh
    passes sizes.pl
}

@test "calls: the project makes none that is banned" {
    follows calls.pl
}

@test "calls: what only looks like one is none, and exceptions hold" {
    put ringmgr/ops/a.c <<'C'
/* open("x") and strcpy(a, b) */
int a = openat(dir, "open(", 0) + job->open(job) + incoming_open(store) + job.system() + fs_rename (x) + fstatat(d);
C
    echo 'int fd = open(path, 0);' | put ringmgr/base/fs.c
    echo 'int x = printf("x") + renameat(a, "b", c, "d");' | put ringmgr/app/x.c
    sed -i 's/ + renameat.*;/;/' "$tree/ringmgr/app/x.c"
    echo 'int x = renameat(a, "b", c, "d");' | put shares/x.c
    echo 'system("true");' | put tests/x.c
    passes calls.pl
}

@test "calls: each kind is noticed" {
    local call
    for call in 'strcpy(a, b)' 'sprintf (a, b)' 'strtok(a, b)' 'alloca(1)' 'system(a)' 'popen(a, b)' 'fopen(a, b)' 'rename(a, b)' \
        'unlink(a)' 'stat(a, &b)' 'openat(AT_FDCWD, a)' 'renameat(a, b, c, d)' 'exit(1)' 'abort()' 'printf(a)' \
        'fputs(a, stdout)' 'fork()' 'pthread_create(a)' 'time(NULL)'; do
        echo "int x = $call;" | put ringmgr/ops/a.c
        notices calls.pl 'ringmgr/ops/a.c:1: '
    done
    echo 'int x = renameat(a, "b", c, "d") + exit(1);' | put ringmgr/app/x.c
    echo '#define LEAVE abort()' | put ringmgr/ops/a.c
    notices calls.pl 'app/x.c:1: renameat' 'app/x.c:1: exit' 'ops/a.c:1: abort'
}

@test "comments: the project's headers say what they promise, and nothing is left for later" {
    follows comments.pl
}

@test "comments: one may head a group, a structure may stand between" {
    put ringmgr/base/a.h <<'C'
/* What it is. */
#ifndef A
#define A
typedef int call(void);

/* Does it. */
void a_do(void);
void a_undo(struct a *a,
            int b);

/* A list; a_clear() frees. */
struct list {
    int len;

    int cap;
};
void a_clear(struct list *list);
#endif
C
    printf 'void helper(void);\nchar template[] = "XXXXXX";\n' | put ringmgr/base/a.c
    passes comments.pl
}

@test "comments: a bare function, a header without a beginning, a thing left for later are noticed" {
    printf '/* What it is. */\n#define A\n\nint *a_do(void) MUST_CHECK;\n' | put ringmgr/base/a.h
    printf '#define B\n/* x */\nstruct b {\n    int c; /* y */\n};\n\nvoid b_do(void);\n' | put shares/b.h
    echo "/* TO""DO: more */" | put ringmgr/ops/c.c
    echo "# XX""X" | put tests/x.sh
    notices comments.pl 'ringmgr/base/a.h:4: a_do is declared without' 'shares/b.h:1: begins without' \
        'shares/b.h:7: b_do is declared without' 'c.c:1: TO''DO is left' 'tests/x.sh:1: XX''X is left'
}

@test "asserts: every question of the project's tests can fail" {
    follows asserts.pl
}

@test "asserts: what bats would pass over is noticed, and what it heeds is not" {
    put tests/a.bats <<'BATS'
f() {
    [ -e a ] && [ -e b ]
    ! grep a b
    for a in b; do
        grep -q a b && cmp a b
    done
    [ -e a ] && return
    [ -e a ] && a=b
    [ -e a ] || [ -e b ] && return 1
    [[ a && b ]]
    [ "$(a && b)" = "c && d" ]
    mkdir a && cd a
    [ -e a ] && [ -e b ]
}
BATS
    notices asserts.pl 'tests/a.bats:2: ' 'tests/a.bats:3: ' 'tests/a.bats:5: '
}

@test "globals: the project has none that can change, and jumps only to undo" {
    follows globals.pl
}

@test "globals: constants, types and prototypes are none" {
    put ringmgr/base/a.c <<'C'
typedef bool read_fn(const char *text);
read_fn read_text, read_more;
enum { A, B };
struct s {
    int a;
};
static const char *const names[] = {"a", "b"};
static const struct s table[] = {{1}, {2}};
extern const int known[];
static void f(int *a);
void g(int (*each)(int)) __attribute__((format(printf, 1, 2)));
static int (*const hook)(void) = f;
_Static_assert(sizeof(int) == 4, "int");
static int f(void)
{
    static const char months[] = "Jan";
    int mutable;
    goto undo;
undo:
    return 0;
}
C
    passes globals.pl
}

@test "globals: each that can change is noticed, and each other jump" {
    put ringmgr/base/a.c <<'C'
static int count;
char buffer[10] = {0};
static const char *names[] = {"a"};
static int (*hook)(void);
static struct s {
    int a;
} one = {1};
_Thread_local struct err last;
static int f(void)
{
    static int calls;
    if (calls)
        goto out;
out:
    return 0;
}
C
    notices globals.pl 'a.c:1: a global that can change: static int count' 'a.c:2: ' 'a.c:3: ' 'a.c:4: ' 'a.c:5: ' \
        'a.c:8: ' 'a.c:11: a static variable' 'a.c:13: goto out'
}

@test "layout: the project's top level, paths, hosts and scripts" {
    follows layout.pl
}

@test "layout: a strange entry, a path of this machine, a registry's host, a broken script are noticed" {
    local here=/work there=/home host=deb.debian
    echo 'ok: /workshop/a, $dir/home/b, ./root/c' | put README.md
    echo 'true' | put tests/ok.sh
    passes layout.pl
    echo x | put notes/a
    echo "see $here/main and ($there/anna)" | put config/b.c
    echo "http://$host.org/debian" | put tests/c.sh
    printf '#!/bin/sh\nif true; then\n' | put ringmgr/d.sh
    printf '#!/usr/bin/env bash\na=(1 2\n' | put .ci/run
    notices layout.pl 'notes: not one of the agreed' 'config/b.c:1: a path of this machine' 'tests/c.sh:1: the host' \
        'ringmgr/d.sh: sh cannot read it' '.ci/run: bash cannot read it' 
}

@test "layout: in a checkout, what git ignores does not count" {
    git init -q "$tree"
    echo x | put notes/a
    notices layout.pl 'notes: not one of the agreed'
    echo /notes/ | put .gitignore
    passes layout.pl
}

@test "format: every C file of the project" {
    need clang-format
    follows format.sh
}

@test "format: a file laid out in another way is noticed" {
    need clang-format
    cp "$RINGMGR_TOP/.clang-format" "$tree"
    printf 'int f(void)\n{\n    return 1;\n}\n' | put tests/a.c
    passes format.sh
    printf 'int f(void) {\n  return 1; }\n' | put shares/b.h
    rule format.sh "$tree"
    [ "$status" -ne 0 ]
    [[ "$output" == *'shares/b.h:1:'* ]]
}

# answers TOPIC: what the stand-in program says to "help TOPIC --json" ("" is help alone), from standard input.
answers() {
    put "answers/$1.json"
    printf '#!/bin/sh\n[ "$2" = --json ] && set -- "$1" "" || :\ncat "%s/answers/$2.json"\n' "$tree" | put program
    chmod +x "$tree/program"
}

# program: one that knows sync and generate, two exit statuses, two sections.
program() {
    answers '' <<<'{"options": [{"option": "json"}], "commands": [
        {"command": "sync", "synopsis": "[RING…] [--now]", "options": [{"option": "now"}]},
        {"command": "generate", "synopsis": "KIND [-o PATH] [OPTION…]", "options": [{"option": "output"}, {"option": "arch"}]}]}'
    answers gates <<<'{"gates": [{"gate": "soak", "force": true, "binds": ["manual"]},
        {"gate": "clock", "force": false, "binds": ["return"]}]}'
    answers exit <<<'{"statuses": [{"status": 0, "text": "done"}, {"status": 1, "text": "failed"}]}'
    answers config <<<'{"sections": [{"section": "origin", "named": false, "keys": [
            {"key": "url", "required": true, "default": null}, {"key": "connections", "required": false, "default": "8"}]},
        {"section": "ring", "named": true, "keys": [{"key": "unc", "required": false, "default": null}]}]}'
}

# manual [SEDSCRIPT]: ringmgr(1) of that program, changed.
manual() {
    sed "${1:-}" <<'PAGE' | put page.1
.Dd November 23, 2026
.Dt X 1
.Os
.Sh NAME
.Nm x
.Nd a stand-in
.Sh DESCRIPTION
.Fl -json
and
.Fl o , -output
.Sh COMMANDS
.Bl -tag -width 3n
.It Ic sync Oo Ar RING Ns ... Oc Op Fl -now
Does it.
.It Ic generate Ar KIND Oo Fl o Ar PATH Oc Op Ar OPTION Ns ...
Does that.
.El
.Sh DOCUMENTS
.Bl -tag -width 3n
.It Fl -arch Ar A
One of two.
.El
.Sh GATES
It opens one of the gates soak by force; on the way back it is bound by clock.
.Bl -tag -width clocks
.It Cm soak
So long.
.It Cm clock
Is right.
.El
.Sh EXIT STATUS
.Bl -tag -width 3n -compact
.It 0
done
.It 1
failed
.El
PAGE
}

@test "commands: ringmgr(1) and the program know the same" {
    need jq mandoc
    [ -x "$RINGMGR_BIN" ] || missing "$RINGMGR_BIN"
    run -0 sh "$BATS_TEST_DIRNAME/commands.sh" "$RINGMGR_BIN" "$RINGMGR_TOP/ringmgr/app/ringmgr.1"
}

@test "commands: what only the page or only the program has is noticed" {
    need jq mandoc
    program
    manual
    rule commands.sh "$tree/program" "$tree/page.1"
    echo "$output"
    [ "$status" -eq 0 ]
    manual 's/It Ic sync/It Ic verify/; s/Fl -now/Fl -soon/; s/^failed/lost/; s/Fl -arch/Fl -json/; s/It Cm clock/It Cm watch/
        s/gates soak/gates soak and clock/; s/bound by clock/bound by soak/'
    rule commands.sh "$tree/program" "$tree/page.1"
    echo "$output"
    [ "$status" -eq 1 ]
    local text
    for text in 'only the program has the command: sync [RING...] [--now]' 'only the page has the command: verify [RING...] [--soon]' \
        'only the program has the option: now' 'only the page has the option: soon' 'only the page has the exit status: 1 lost' \
        'the page does not say what this does: generate --arch' 'only the program has the gate: clock' \
        'only the page has the gate: watch' 'only the page has what force opens: clock' \
        'only the program has what binds on the way back: clock'; do
        [[ "$output" == *"$text"* ]]
    done
}

# configuration [SEDSCRIPT]: ringmgr.conf(5) of that program, changed.
configuration() {
    sed "${1:-}" <<'PAGE' | put page.5
.Dd November 23, 2026
.Dt X 5
.Os
.Sh NAME
.Nm x
.Nd a stand-in
.Sh DESCRIPTION
.Ss Bq origin
.Bl -tag -width 4n
.It Cm url No = Ar ADDRESS Pq required
Where.
.It Cm connections No = Ar NUMBER Pq default: 8
So many.
.El
.Ss Bq ring Ar NAME
.Bl -tag -width 4n
.It Cm unc No = Ar UNC
connections = 9 in a text is no head.
.El
PAGE
}

@test "settings: ringmgr.conf(5), the program and the example know the same" {
    need jq mandoc
    [ -x "$RINGMGR_BIN" ] || missing "$RINGMGR_BIN"
    run -0 sh "$BATS_TEST_DIRNAME/settings.sh" "$RINGMGR_BIN" "$RINGMGR_TOP/ringmgr/app/ringmgr.conf.5" \
        "$RINGMGR_TOP/config/examples/ringmgr.conf"
}

@test "settings: a key, a default, a section that is not everywhere is noticed" {
    need jq mandoc
    program
    configuration
    printf '[origin]\nurl = x\n; connections = 8\n\n; [ring one]\n; unc = x\n' | put example.conf
    rule settings.sh "$tree/program" "$tree/page.5" "$tree/example.conf"
    echo "$output"
    [ "$status" -eq 0 ]
    configuration 's/default: 8/default: 9/; s/Cm unc/Cm dfs/; s/Ss Bq ring Ar NAME/Ss Bq ring/'
    printf '[origin]\nurl = x\nconnection = 8\n' | put example.conf
    rule settings.sh "$tree/program" "$tree/page.5" "$tree/example.conf"
    echo "$output"
    [ "$status" -eq 1 ]
    local text
    for text in 'only the program has: origin connections (default: 8)' 'only the page has: origin connections (default: 9)' \
        'only the program has: [ring NAME]' 'only the page has: [ring]' 'only the program has: ring unc' 'only the page has: ring dfs' \
        'the example lacks: origin connections' 'the example lacks: ring unc' 'only the example has: origin connection'; do
        [[ "$output" == *"$text"* ]]
    done
}

@test "formats: ringmgr-formats(7) names what the program writes" {
    follows formats.pl
}

# formats: a page, and a program that writes just that.
formats() {
    put ringmgr/app/ringmgr-formats.7 <<'PAGE'
.Sh JSON DOCUMENTS
.It Ic (gate)
\&.                gate
.Ss To look
.It Ic status , explain
\&.                rings
\&.rings[]         (gate) x64 x86
.Sh THE HISTORY
.Bl -tag
.It of people
.Cm approve , ack
.El
.Sh ATTENTIONS
.It Cm heal-loop
.Sh LOG
.Cm event=sync No ring
.Sh METRICS
.Cm ringmgr_things_total
.Sh PAGE
PAGE
    printf '%s\n' '    jv_set(app->result, "rings", rings);' '    jv_set_text(object, "gate", name);' \
        '    log_event(log, LOG_PRIORITY_INFO, "event=sync ring=%s", ring);' '{"ringmgr_things", METRIC_COUNTER, NULL},' |
        put ringmgr/app/a.c
    printf '%s\n' 'static const char LOOP[] = "heal-loop";' '{.action = "approve"}, {.action = right ? RIGHT : "ack"}' |
        put ringmgr/ops/b.c
}

@test "formats: what the page lacks, and what nothing writes, is noticed" {
    formats
    passes formats.pl
    sed -i 's/gate$/gates/; s/heal-loop/heal-ring/; s/approve/revoke/; s/event=sync/event=import/; s/things_total/things/' \
        "$tree/ringmgr/app/ringmgr-formats.7"
    sed -i 's/(gates)/(gate)/' "$tree/ringmgr/app/ringmgr-formats.7"
    notices formats.pl 'lacks the key gate' 'writes the key gates' 'lacks the event sync' 'writes the event import' \
        'lacks the metric ringmgr_things_total' 'writes the metric ringmgr_things' 'lacks the attention heal-loop' \
        'writes the attention heal-ring' 'lacks the action approve' 'writes the action revoke'
}
