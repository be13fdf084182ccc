#!/usr/bin/env bats
# Completion: what the program says may come next, and that bash and zsh put it there.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    need jq
    W=$BATS_TEST_TMPDIR/w
    mkdir -p "$W"
    conf=$RINGMGR_TOP/config/examples/ringmgr.conf
}

teardown() {
    world_end
}

# next WORD…: the words that may stand for the last one.
next() {
    expect 0 "$RINGMGR_BIN" complete -- "$@"
    [ "$stderr" = "" ]
    output=$(cut -f 1 <<<"$output")
}

# offers WORD… => LINE…: exactly these.
offers() {
    local words=()
    while [ "$1" != "=>" ]; do
        words+=("$1") && shift
    done
    shift
    next "${words[@]}"
    [ "$output" = "$(printf '%s\n' "$@")" ] || { printf '%s: got\n%s\n' "${words[*]}" "$output" && return 1; }
}

@test "every command and every option that help names is offered, and no other" {
    "$RINGMGR_BIN" --json help >"$W/help"
    next ""
    [ "$output" = "$(jq -r '.commands[].command | split(" ")[0]' "$W/help" | awk '!seen[$0]++')" ]
    local name
    while read -r name; do
        next $name --
        [ "$(sort <<<"$output")" = "$(jq -r --arg name "$name" '[.commands[] | select(.command == $name).options[]] + .options |
            .[] | "--" + .option' "$W/help" | sort -u)" ] || { echo "$name: $output" && return 1; }
    done < <(jq -r '.commands[].command' "$W/help" | sort -u)
}

@test "words by their place: members, rings, channels, gates, kinds, sections, choices" {
    offers site s "=>" sync status
    offers site sync --n "=>" --now
    offers -c "$conf" promote p "=>" pilot production
    offers -c "$conf" promote --ring= "=>" --ring=pilot --ring=production
    offers -c "$conf" sync pilot pr "=>" production
    offers -c "$conf" hold "" "=>" pilot production all
    offers -c "$conf" block 16.0 --ring = pi "=>" pilot
    offers -c "$conf" block 16.0 --ring = "=>" pilot production
    offers promote x --override s "=>" soak support
    printf '[site %s]\nrings = pilot\ntarget = /srv/%b\n' oslo 'a\xe2\x80\xaeb' $'n\xc2\x9bs' c | cat "$conf" - >"$W/strange.conf"
    expect 0 "$RINGMGR_BIN" complete -- -c "$W/strange.conf" site sync o
    [ "$output" = "oslo	/srv/a???b" ]
    offers -c "$W/strange.conf" site sync n "=>"
    offers migrate x --channel Mon "=>" MonthlyEnterprise
    offers generate sm "=>" smb.conf
    offers client x --arch "" "=>" x64 x86
    offers client x --lang sv "=>" sv-se
    offers rollback x --block=e "=>" --block=everywhere
    offers help config sc "=>" schedule
    offers help ga "=>" gates
    offers help gates so "=>" soak
    offers job heal "=>" heal
    offers explain a b c "=>" ""
    offers nonsense "" "=>" ""
    offers promote -- "" "=>" ""
}

@test "files and folders are the shell's" {
    local words
    for words in "lint" "lint a" "-c" "trust" "backup" "sync --filelist" "metrics -o"; do
        expect 0 "$RINGMGR_BIN" complete -- $words ""
        [ "$output" = $'\tfiles' ] || { echo "$words: $output" && return 1; }
    done
    expect 0 "$RINGMGR_BIN" complete -- import ""
    [ "$output" = $'\tfolders' ]
    expect 0 "$RINGMGR_BIN" --json complete -- lint x
    json '.files == "files" and .candidates == []'
}

@test "builds and attentions come from the state; who may not read it gets none, without a word" {
    world_make
    expect 0 ringmgr sync
    offers -c "$W/ringmgr.conf" approve production "" "=>" "$NEW"
    offers -c "$W/ringmgr.conf" explain pilot 16 "=>" "$NEW"
    expect 0 setpriv --reuid proxy --regid proxy --clear-groups "$RINGMGR_BIN" complete -- -c "$W/ringmgr.conf" approve production ""
    [ "$output$stderr" = "" ]
    offers -c "$W/ringmgr.conf" approve pr "=>" production
    local before=$(find "$W/state" -printf '%P %s %T@\n' | grep -v -e -shm -e -wal | sort)
    next -c "$W/ringmgr.conf" ack ""
    [ "$before" = "$(find "$W/state" -printf '%P %s %T@\n' | grep -v -e -shm -e -wal | sort)" ]
}

@test "a configuration that is missing, broken, a pipe or a folder: commands all the same, no error, no waiting" {
    printf '[ring pilot\nnonsense' >"$W/broken"
    mkfifo "$W/pipe"
    local file
    for file in "$W/nowhere" "$W/broken" "$W/pipe" "$W" /dev/zero; do
        expect 0 timeout 5 "$RINGMGR_BIN" complete -- -c "$file" sta
        [ "$output" = "status"$'\t'"what needs attention, then a ring a line" ]
        expect 0 timeout 5 "$RINGMGR_BIN" complete -- -c "$file" promote ""
        [ "$output$stderr" = "" ]
    done
    sed 's/^soak = .*/soak = much/' "$conf" >"$W/wrong"
    offers -c "$W/wrong" promote pi "=>" pilot
}

# in_bash WORD…: what bash puts there.
in_bash() {
    expect 0 bash -c 'source "$0" && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _ringmgr "$1" "${@: -1}" "" && echo "${COMPREPLY[*]}"' \
        "$RINGMGR_TOP/config/completion/ringmgr.bash" "$RINGMGR_BIN" "$@"
    [[ "$stderr" != *ringmgr:* ]]
}

@test "bash: words, options, values behind =, nothing" {
    in_bash st
    [ "$output" = status ]
    in_bash promote --st
    [ "$output" = --stage ]
    in_bash -c "$conf" block x --ring = p
    [ "$output" = "pilot production" ]
    in_bash -c "$conf" block x --ring=p
    [ "$output" = "pilot production" ]
    in_bash nonsense ""
    [ "$output" = "" ]
    in_bash lint "${conf%f}" # readline's own business
    [ "$output" = "" ]
    expect 0 bash -c 'source "$0" && complete -p ringmgr' "$RINGMGR_TOP/config/completion/ringmgr.bash"
    [ "$output" = "complete -F _ringmgr ringmgr" ]
}

@test "bash, by its keys: a line is completed" {
    need script
    printf 'PS1=; PATH=%s:$PATH; source %s\n' "${RINGMGR_BIN%/*}" "$RINGMGR_TOP/config/completion/ringmgr.bash" >"$W/rc"
    printf 'ringmgr site forg\t--help >%s/typed\nexit\n' "$W" | timeout 30 script -qec "bash --noprofile --rcfile $W/rc -i" /dev/null >"$W/log" 2>&1 || true
    grep -q "ringmgr site forget" "$W/typed" || { cat -v "$W/log" && return 1; }
}

@test "zsh: words, options, rings and files" {
    need zsh
    cat >"$W/drive" <<'Z'
zmodload zsh/zpty
local folder=$1 program=$2 text got line
zpty z zsh -f -i
zpty -w z "PS1='READY> '; fpath=($folder \$fpath); path=(${program:h} \$path); autoload -Uz compinit; compinit -D -u; unsetopt zle_bracketed_paste; echo MA''DE"
await() {
    local try
    for try in {1..300}; do
        while zpty -r -t z text; do got+=$text; done
        [[ $got = *$1* ]] && return
        sleep 0.05
    done
    print -r -- "never came: $1 in $got"
    exit 1
}
await MADE
for line in "${@:3}"; do
    got=
    zpty -w -n z "echo ${line%%=>*}"$'\C-a\C-d\C-d\C-d\C-d\C-d\C-e\t\C-aecho \C-m'
    await "${line#*=>}"
done
zpty -d z
Z
    mkdir "$W/files" && touch "$W/files/configuration.xml"
    run -0 timeout 60 zsh -f "$W/drive" "$RINGMGR_TOP/config/completion" "$RINGMGR_BIN" \
        "ringmgr site forg=>ringmgr site forget" \
        "ringmgr promote --overr=>ringmgr promote --override" \
        "ringmgr -c $conf promote prod=>promote production" \
        "ringmgr -c $conf block 1 --ring=prod=>--ring=production" \
        "ringmgr lint $W/files/conf=>files/configuration.xml"
}
