# shellcheck disable=SC2034,SC2154 # what is used here is set by world.bash, and what is set here is used by tests
# What attacks*.bats share, which load it at their top: how a test begins and ends, the target, and what every attack must
# leave behind.
#
# The target: pilot offers the older build, upstream the newer one.
#   attack WHAT STATUS COMMAND…   the command ends so, with one line on stderr, and everything is unharmed
#   begin WHAT … withstood        counts an attack that is checked by other means
# An attack that is begun and not withstood has got in: it is counted so, and its test fails. At the end of each test the
# judge looks at both shares.

load world
load judging

setup_file() {
    world_file
}

setup() {
    world_make
    target
}

teardown() {
    attacks_end
    world_end
}

teardown_file() {
    attacks_told
}

# outside/ belongs to somebody: nothing there may be read, written or removed for an attacker.
target() {
    offer "$OLD" 2026-08-02
    expect 0 ringmgr --quiet sync
    offer "$NEW"
    mkdir "$W/outside" && echo "a secret of the machine" >"$W/outside/secret"
    chown -R backup: "$W/outside"
    good
    outlook
}

# good: what upstream shows now is what `again` goes back to, and all that the store may ever hold.
good() {
    rm -rf "$W/good" && cp -a "$O/www" "$W/good"
    find "$W/good" -type f -exec sha256sum {} + | cut -c -64 | sort -u >"$W/genuine"
}

# again: upstream is right again.
again() {
    rm -rf "$O/www"
    cp -a "$W/good" "$O/www"
}

# outlook: what is to be found after each attack.
outlook() {
    shares >"$W/before"
    foreign >"$W/foreign"
}

foreign() {
    find "$W/outside" -printf '%P %y %s %i %m %u %n %T@\n' | sort
    cat "$W/outside/secret"
}

# pure: every object of the store is what its name says, and one that Microsoft has made.
pure() {
    find "$W/store/objects" -type f -exec sha256sum {} + |
        awk 'NR == FNR { genuine[$1]; next } { name = $2; sub(".*/", "", name) } $1 != name || !($1 in genuine)' "$W/genuine" - >"$W/impure"
    [ ! -s "$W/impure" ] || { cat "$W/impure" && return 1; }
}

begin() {
    echo "$1" >>"$BATS_FILE_TMPDIR/tried"
    ATTACK=$1
}

withstood() {
    echo "$ATTACK" >>"$BATS_FILE_TMPDIR/withstood"
}

# unharmed: no share and nothing outside has changed, and the store holds nothing that is not genuine.
unharmed() {
    shares | diff "$W/before" - && foreign | diff "$W/foreign" - && pure && return
    echo "after: $ATTACK"
    return 1
}

attack() {
    begin "$1"
    expect "${@:2}" || { echo "in: $1" && return 1; }
    [[ "$stderr" == "ringmgr: "?* ]] || { printf '%s: nothing is said:\n%s\n' "$1" "$stderr" && return 1; }
    [ "$(wc -l <<<"$stderr")" = 1 ] || { printf '%s: more than a line:\n%s\n' "$1" "$stderr" && return 1; }
    unharmed && withstood
}

# lying FILE KIND [VALUE]: the cabinet upstream, perfectly signed, lies about what it is.
lying() {
    "$TESTCDN" corrupt --ca "$O/ca" --signed-at 2026-09-02 --kind "$2" ${3+--value "$3"} --in "$UP/$1"
}

# packed FILE OPTION…: the cabinet upstream, signed anew, with other members.
packed() {
    "$TESTCDN" resign --ca "$O/ca" --signed-at 2026-09-02 --in "$UP/$1" "${@:2}"
}

# refused FILE [WORD…]: sync keeps the file out and names it, with these words.
refused() {
    attack "$1 ${lie:-}" 4 ringmgr --quiet sync
    says "$@"
    cp "$W/good/pr/$ORIGIN_GUID/Office/Data/$1" "$UP/$1"
}

# plant WHAT KIND PATH COMMAND…: the name becomes a link to what lies outside, then the command runs, however it ends:
# nothing outside is read, written or removed, and it is told or mended.
plant() {
    local what=$1 kind=$2 path=$3
    shift 3
    begin "$what"
    rm -rf "$path"
    case $kind in
    file) ln -s "$W/outside/secret" "$path" ;;
    folder) ln -s "$W/outside" "$path" ;;
    hard) ln "$W/outside/secret" "$path" && foreign >"$W/foreign" ;; # it has a link more
    esac
    [ $kind = hard ] || chown -h backup: "$path"
    heed "$@"
    [ "$status" -le 8 ] || { printf '%s: ended with %s\n%s\n' "$what" "$status" "$stderr" && return 1; }
    case $kind in
    hard) [ "$(cat "$W/outside/secret")" = "a secret of the machine" ] && [ "$(stat -c %a%U "$W/outside/secret")" = 644backup ] ;;
    *) foreign | diff "$W/foreign" - ;;
    esac || { printf '%s: something outside was touched\n%s\n' "$what" "$stderr" && return 1; }
    [[ "$output$stderr" != *"a secret of"* ]] || return
    rm -rf "$path"
    foreign >"$W/foreign"
    withstood
}

# mends: what was planted is mended by the commands that are there for it.
mends() {
    expect 0 ringmgr --quiet sync
    heed ringmgr verify --repair
    expect 0 ringmgr verify
    outlook
}

# sampled N: whether it is this one's turn: of a list the first, and then each Nth; all of them in a proof.
sampled() {
    TURN=$((${TURN:--1} + 1))
    [ "${RINGMGR_PROOF:-}" ] || [ $((TURN % $1)) = 0 ]
}

# The judge has the last word: after each test in a proof, else after the first of attacks.bats.
attacks_end() {
    [ "${BATS_TEST_COMPLETED:-}" ] || return 0
    [ "${RINGMGR_PROOF:-}" ] || [[ $BATS_TEST_NUMBER$BATS_TEST_FILENAME = 1*/attacks.bats ]] || return 0
    learned && judge pilot && judge production
}

# learned: the judge knows all builds as upstream has them when all is well; it takes him a second, so he learns once a file.
learned() {
    if [ ! -e "$BATS_FILE_TMPDIR/manifest" ]; then
        again 2>/dev/null || true
        learn >/dev/null && cp -a "$W/manifest" "$BATS_FILE_TMPDIR/manifest"
    fi
    [ -e "$W/manifest" ] || cp -a "$BATS_FILE_TMPDIR/manifest" "$W/manifest"
}

# attacks_told: what came of all attacks of the file.
attacks_told() {
    local tried got
    [ -e "$BATS_FILE_TMPDIR/tried" ] || return 0
    touch "$BATS_FILE_TMPDIR/withstood"
    tried=$(wc -l <"$BATS_FILE_TMPDIR/tried")
    got=$((tried - $(wc -l <"$BATS_FILE_TMPDIR/withstood")))
    figure Attacks "attacks tried; of these got in" "$tried; $got"
}
