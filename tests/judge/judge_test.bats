#!/usr/bin/env bats
# Proves the judge: a right share passes in silence, and each rule, broken alone, is found and named. `check` and
# `chain` are tried here on a hand-made share and history, `learn` in learn_test.bats.

load judge_helper

X64="i640.cab i640.cab.cat s640.cab stream.x64.x-none.dat stream.x64.x-none.dat.cat
    i641033.cab s641033.cab stream.x64.en-us.dat stream.x64.en-us.dat.cat
    i641036.cab s641036.cab stream.x64.fr-fr.dat stream.x64.fr-fr.dat.cat
    sp641033.cab stream.x64.en-us.proof.dat stream.x64.en-us.proof.dat.cat
    sa640.cab stream.x64.x-none.arm64x.dat"
X86="i320.cab s320.cab stream.x86.x-none.dat i321033.cab s321033.cab stream.x86.en-us.dat i321036.cab s321036.cab
    stream.x86.fr-fr.dat sp321033.cab stream.x86.en-us.proof.dat"

# entry FOLDER/NAME: sha256 and bytes of it, a tab between.
entry() {
    printf '%s\t%s' "$(sha256sum <"$1" | cut -c1-64)" "$(stat -c %s "$1")"
}

# build_folder DATA BUILD: both architectures; with the manifest's lines on stdout.
build_folder() {
    local name arch descriptor
    mkdir -p "$1/$2"
    for name in $X64 $X86; do
        echo "$2 $name" >"$1/$2/$name"
        printf 'file\t%s\t%s\tok\t%s\t%s\t\n' "$GUID" "$2" "$(entry "$1/$2/$name")" "$name"
    done
    for arch in x64 x86; do
        descriptor=$1/v${arch/x86/x32}_$2.cab
        descriptor=${descriptor/\/vx//v}
        echo "$GUID $2 $arch" >"$descriptor"
        printf 'descriptor\t%s\t%s\t%s\tok\t%s\t\n' "$GUID" "$2" "$arch" "$(entry "$descriptor")"
        printf 'lang\t%s\t%s\t%s\tcore\t1033\ten-us\n' "$GUID" "$2" "$arch"
        printf 'lang\t%s\t%s\t%s\tfull\t1036\tfr-fr\n' "$GUID" "$2" "$arch"
        printf 'lang\t%s\t%s\t%s\tproof\t1033\ten-us\n' "$GUID" "$2" "$arch"
    done
}

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    umask 022
    mkdir -p right/Office/Data
    { build_folder right/Office/Data $OLD; build_folder right/Office/Data $NEW; } >manifest
    echo foreign >foreign.cab
    printf 'descriptor\t%s\t%s\tx64\tok\t%s\t\n' $FOREIGN $NEW "$(entry foreign.cab)" >>manifest
    cp right/Office/Data/v64_$NEW.cab right/Office/Data/v64.cab
    cp right/Office/Data/v32_$NEW.cab right/Office/Data/v32.cab
    find right -type f -exec chmod 444 {} +
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    manifest="$BATS_TEST_TMPDIR/manifest"
    cp "$BATS_FILE_TMPDIR/manifest" "$manifest"
    cp -a "$BATS_FILE_TMPDIR/right" share
    data=share/Office/Data
}

# put FILE TEXT: replaced, readable.
put() {
    rm -f "$1"
    echo "$2" >"$1"
    chmod 444 "$1"
}

point_to() {
    rm -f "$data/v64.cab"
    cp "$1" "$data/v64.cab"
}

@test "a right share passes in silence" {
    right
    right --proofing en-us --arm64 --after-replay
}

@test "the pointers may name another complete build, even each a different one" {
    point_to $data/v64_$OLD.cab
    right
}

@test "a missing file of the pointer's build" {
    for name in s640.cab stream.x64.x-none.dat stream.x64.fr-fr.dat.cat i640.cab.cat; do
        mv $data/$NEW/$name away
        finds "Data/$NEW/$name: missing (Data/v64.cab)"
        mv away $data/$NEW/$name
    done
    right
}

@test "32-bit wants the 64-bit installer too" {
    rm $data/$NEW/i641033.cab
    finds "Data/$NEW/i641033.cab: missing (Data/v32.cab)"
}

@test "one wrong byte, same size" {
    text=$(cat $data/$NEW/stream.x64.en-us.dat)
    put $data/$NEW/stream.x64.en-us.dat "X${text#?}"
    finds "Data/$NEW/stream.x64.en-us.dat: has other bytes"
}

@test "a file cut short, an empty file" {
    put $data/$NEW/s640.cab "1"
    finds "Data/$NEW/s640.cab: has other bytes"
    : >share/empty && mv -f share/empty $data/$NEW/s640.cab && chmod 444 $data/$NEW/s640.cab
    finds "Data/$NEW/s640.cab: has other bytes"
}

@test "the content of another build under the right name" {
    rm $data/$NEW/s640.cab
    cp -a $data/$OLD/s640.cab $data/$NEW/s640.cab
    finds "Data/$NEW/s640.cab: has other bytes"
}

@test "a pointer with two names" {
    ln $data/v64.cab share/second
    finds "Data/v64.cab: has 2 names"
    rm share/second $data/v64.cab
    ln $data/v64_$NEW.cab $data/v64.cab
    finds "Data/v64.cab: has 2 names"
}

@test "a pointer that is a link, a folder, nothing" {
    rm $data/v64.cab
    finds "Data/v64.cab: missing, the ring offers nothing for x64"
    right --allow-empty
    ln -s v64_$NEW.cab $data/v64.cab
    finds "Data/v64.cab: a pointer is a regular file"
    rm $data/v64.cab
    mkdir $data/v64.cab
    finds "Data/v64.cab: a pointer is a regular file"
}

@test "a pointer cut short, of another architecture, of another channel, of a bad build" {
    put $data/v64.cab x
    finds "Data/v64.cab: names no known build"
    point_to $data/v32_$NEW.cab
    finds "Data/v64.cab: is a descriptor for x86"
    point_to "$BATS_FILE_TMPDIR/foreign.cab"
    chmod 444 $data/v64.cab
    finds "Data/v64.cab: names build $NEW of another channel, $FOREIGN"
    point_to $data/v64_$NEW.cab
    sed -i "s/^\(descriptor\t$GUID\t$NEW\tx64\t\)ok\(.*\)/\1bad\2the signature is not genuine/" "$manifest"
    finds "Data/v64.cab: build $NEW is not proven: bad, the signature is not genuine"
}

@test "the GUID is compared without case" {
    run -0 "$judge" check --manifest "$manifest" --share share --guid "${GUID^^}" --arch x64,x86 --lang en-us
}

@test "the pointer's own v64_<build>.cab is missing, or another" {
    rm $data/v64_$NEW.cab
    finds "Data/v64_$NEW.cab: missing (Data/v64.cab)"
    cp $data/v64_$OLD.cab $data/v64_$NEW.cab
    finds "Data/v64_$NEW.cab: has other bytes than Data/v64.cab"
    finds "Data/v64_$NEW.cab: is not the descriptor of that build"
}

@test "a language of the folder is missing, or unknown to the build" {
    rm $data/$NEW/*1036.cab $data/$NEW/*fr-fr*
    finds "Data/$NEW/s641036.cab: missing (Data/v64.cab)"
    finds "Data/$NEW/stream.x86.fr-fr.dat: missing (Data/v32.cab)"
    run -0 "$judge" check --manifest "$manifest" --share share --guid $GUID --arch x64,x86 --lang en-us
    run -1 "$judge" check --manifest "$manifest" --share share --guid $GUID --arch x64 --lang en-us,sv-se
    [[ "$output" == *"Data/$NEW: speaks no sv-se for x64"* ]]
}

@test "a core language needs its i64 cabinet even if the origin lost it; others need what the origin has" {
    grep -v 'i641033.cab' manifest >cut
    mv cut "$manifest"
    rm $data/*/i641033.cab
    finds "Data/$NEW/i641033.cab: missing upstream too"
    cp "$BATS_FILE_TMPDIR/manifest" whole
    grep -v 'i641036.cab' whole >"$manifest"
    cp -a "$BATS_FILE_TMPDIR"/right/. share
    rm $data/*/i641036.cab
    right
}

@test "proofing tools and ARM files, when they are wanted" {
    mv $data/$NEW/stream.x64.en-us.proof.dat away
    right
    finds "Data/$NEW/stream.x64.en-us.proof.dat: missing (Data/v64.cab)" --proofing en-us
    finds "Data/$NEW: speaks no fr-fr (proofing) for x64" --proofing fr-fr
    mv away $data/$NEW/stream.x64.en-us.proof.dat
    mv $data/$NEW/stream.x64.x-none.arm64x.dat away
    right
    finds "Data/$NEW/stream.x64.x-none.arm64x.dat: missing" --arm64
}

@test "an unproven wanted file; an unproven language that nobody wants is no harm" {
    sed -i "s/^\(file\t$GUID\t$NEW\t\)ok\(.*x64.fr-fr.dat\t\)/\1bad\2its SHA-256 is not the signed one/" "$manifest"
    finds "Data/$NEW/stream.x64.fr-fr.dat: not proven: bad, its SHA-256 is not the signed one"
    run -0 "$judge" check --manifest "$manifest" --share share --guid $GUID --arch x64,x86 --lang en-us
}

@test "a half-built folder under a build's name, no pointer naming it" {
    rm $data/v64_$OLD.cab $data/v32_$OLD.cab
    right
    rm $data/$OLD/stream.x64.x-none.dat
    finds "Data/$OLD/stream.x64.x-none.dat: missing (a folder with a build's name)"
    rm -r $data/$OLD
    mkdir $data/$OLD
    finds "Data/$OLD/s640.cab: missing (a folder with a build's name)"
    mkdir $data/16.0.1.2
    finds "Data/16.0.1.2/s640.cab: missing"
}

@test "a descriptor without its folder; clients with a target version would follow it" {
    mv $data/$OLD share/.away
    finds "Data/$OLD: missing (Data/v64_$OLD.cab)"
}

@test "an unproven descriptor beside the pointer" {
    sed -i "s/^\(descriptor\t$GUID\t$OLD\tx64\t\)ok\(.*\)/\1bad\2it offers another build/" "$manifest"
    finds "Data/v64_$OLD.cab: not proven: bad, it offers another build"
}

@test "older folders may hold less, if that is said" {
    rm $data/$OLD/*1036.cab $data/$OLD/*fr-fr*
    finds "Data/$OLD/s641036.cab: missing"
    right --other-lang en-us
    rm $data/$OLD/*32* $data/$OLD/*x86* $data/v32_$OLD.cab
    finds "Data/$OLD/s320.cab: missing" --other-lang en-us
    right --other-lang en-us --other-arch x64
}

@test "what is no part of the build, and a folder in a build" {
    put $data/$NEW/FRE.cab x
    finds "Data/$NEW/FRE.cab: is no file of this build"
    rm $data/$NEW/FRE.cab
    mkdir $data/$NEW/sub
    finds "Data/$NEW/sub: no folder belongs into a build"
}

@test "symbolic links, pipes" {
    mv $data/$NEW/s640.cab share/s640.cab
    ln -s ../../../s640.cab $data/$NEW/s640.cab
    finds "Data/$NEW/s640.cab: a symbolic link"
    rm $data/$NEW/s640.cab
    mv share/s640.cab $data/$NEW/s640.cab
    right
    ln -s nowhere share/Office/anything
    finds "anything: a symbolic link"
    rm share/Office/anything
    mkfifo -m 444 $data/pipe
    finds "Data/pipe: neither file nor folder"
}

@test "modes that clients cannot read, or strangers can write" {
    chmod 440 $data/$NEW/s640.cab
    finds "Data/$NEW/s640.cab: mode 440, not readable by everybody"
    chmod 464 $data/$NEW/s640.cab
    finds "Data/$NEW/s640.cab: mode 464, writable by others"
    chmod 644 $data/$NEW/s640.cab
    right
    chmod 400 $data/v64.cab
    finds "Data/v64.cab: mode 400, not readable by everybody"
    chmod 444 $data/v64.cab
    for mode in 700 754 751; do
        chmod $mode $data/$NEW
        finds "Data/$NEW: mode $mode, others cannot enter and list it"
    done
    chmod 755 $data/$NEW
    chmod 750 share/Office
    finds "Office: mode 750, others cannot enter and list it"
    chmod 757 share/Office
    finds "Office: mode 757, writable by everybody"
}

@test "leftovers are tolerated before replay and found after it, and so are strangers" {
    mkdir -m 700 $data/.ringmgr-abc
    echo half >$data/.ringmgr-abc/s640.cab
    echo half >$data/.ringmgr-v64.cab
    right
    finds "Data/.ringmgr-abc: left over after replay" --after-replay
    finds "Data/.ringmgr-v64.cab: left over after replay" --after-replay
    rm -r $data/.ringmgr-*
    put $data/$NEW/.ringmgr-1 half
    right
    finds "Data/$NEW/.ringmgr-1: left over after replay" --after-replay
    rm $data/$NEW/.ringmgr-1
    put $data/v64.cab.tmp x
    right
    finds "Data/v64.cab.tmp: a stranger in Office/Data" --after-replay
}

@test "what the database calls live is what the pointers name; asking leaves the database alone" {
    sqlite3 state.db "PRAGMA journal_mode=WAL; CREATE TABLE live(build); INSERT INTO live VALUES('$NEW');" >/dev/null
    sql="SELECT build FROM live"
    right --state state.db --live-sql "$sql"
    sqlite3 state.db "UPDATE live SET build='$OLD';"
    before=$(sha256sum state.db*)
    finds "the database calls \"$OLD\" live, the pointer for x64 names \"$NEW\"" --state state.db --live-sql "$sql"
    [ "$(sha256sum state.db*)" = "$before" ]
    sqlite3 state.db "DELETE FROM live"
    finds "the database calls \"\" live" --state state.db --live-sql "$sql"
    rm -r share/Office
    run -0 check --allow-empty --state state.db --live-sql "$sql"
}

@test "what is only in the log of the database counts" {
    sqlite3 state.db "PRAGMA journal_mode=WAL; CREATE TABLE live(build); INSERT INTO live VALUES('$OLD');" >/dev/null
    sqlite3 state.db ".timeout 1000" "PRAGMA wal_autocheckpoint=0; UPDATE live SET build='$NEW';
        SELECT 'x'" ".shell cp state.db copy.db; cp state.db-wal copy.db-wal" >/dev/null
    [ -s copy.db-wal ]
    right --state copy.db --live-sql "SELECT build FROM live"
    rm copy.db-wal
    finds "the database calls \"$OLD\" live" --state copy.db --live-sql "SELECT build FROM live"
}

@test "an empty ring" {
    rm -r share/Office
    run -2 check
    right --allow-empty
    mkdir -p $data
    finds "the ring offers nothing for x64"
}

@test "names with spaces and line breaks do not hide anything" {
    put "$data/$NEW/s640.cab copy" x
    finds "Data/$NEW/s640.cab copy: is no file of this build"
    rm "$data/$NEW/s640.cab copy"
    put "$data/$NEW/a"$'\n'"b" x
    finds "cannot be judged: "
}

@test "what cannot be judged is 2, never right" {
    run -2 "$judge"
    run -2 "$judge" guess
    run -2 "$judge" check --share share
    run -2 "$judge" check --manifest nowhere --share share --guid $GUID --arch x64 --lang en-us
    run -2 "$judge" check --manifest "$manifest" --share nowhere --guid $GUID --arch x64 --lang en-us
    run -2 check --state nowhere.db --live-sql "SELECT 1"
    run -2 check --live-sql "SELECT 1"
    : >"$manifest"
    run -2 check
    run -2 check --wrong
    run -2 "$judge" learn --origin share --roots nowhere --out out
    run -2 "$judge" chain --state nowhere --sql "SELECT 1"
}

# ---- chain ----

# history ROWS: a database with so many chained entries, keys in no order.
history() {
    local i previous=null text hash
    sqlite3 state.db "CREATE TABLE history(id INTEGER PRIMARY KEY, json TEXT)"
    for i in $(seq 1 "$1"); do
        text=$(jq -ncS --argjson p "$previous" --argjson i "$i" \
            '{id: $i, actor: "anna", reason: "å \"quoted\"", previous_hash: $p, build: null, gates_overridden: []}')
        hash=$(printf '%s' "$text" | sha256sum | cut -c1-64)
        text=$(jq -nc --argjson t "$text" --arg h "$hash" '{hash: $h} + $t')
        sqlite3 state.db "INSERT INTO history VALUES($i, '$text')"
        previous="\"$hash\""
    done
    head=$hash
}

chain() {
    "$judge" chain --state state.db --sql "SELECT json FROM history ORDER BY id" "$@"
}

@test "chain: a right history" {
    history 5
    run -0 chain --head "$head"
    [ -z "$output" ]
}

@test "chain: an altered row, a row with a new hash of its own" {
    history 5
    sqlite3 state.db "UPDATE history SET json=replace(json,'anna','eve') WHERE id=3"
    run -1 chain
    [[ "$output" == "row 3: was altered"* ]]
    text=$(sqlite3 state.db "SELECT json FROM history WHERE id=3")
    hash=$(jq -ncSj --argjson t "$text" '$t | del(.hash)' | sha256sum | cut -c1-64)
    sqlite3 state.db "UPDATE history SET json=json_set(json,'\$.hash','$hash') WHERE id=3"
    run -1 chain
    [[ "$output" == "row 4: does not follow row 3"* ]]
}

@test "chain: a row removed at the front, in the middle, at the end; two exchanged" {
    history 5
    cp state.db whole.db
    sqlite3 state.db "DELETE FROM history WHERE id=1"
    run -1 chain
    [[ "$output" == "row 1: is not the first"* ]]
    cp whole.db state.db
    sqlite3 state.db "DELETE FROM history WHERE id=3"
    run -1 chain
    [[ "$output" == "row 3: does not follow row 2"* ]]
    cp whole.db state.db
    sqlite3 state.db "DELETE FROM history WHERE id=5"
    run -0 chain
    run -1 chain --head "$head"
    [[ "$output" == *"rows are missing"* ]]
    cp whole.db state.db
    sqlite3 state.db "UPDATE history SET id=id+10 WHERE id IN (2,3); UPDATE history SET id=15-id WHERE id>10"
    run -1 chain
}

@test "chain: no row, or no JSON, cannot be judged" {
    history 1
    sqlite3 state.db "INSERT INTO history VALUES (2, 'text')"
    run -2 chain
    sqlite3 state.db "DELETE FROM history"
    run -2 chain
}
