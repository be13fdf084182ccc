#!/usr/bin/env bats
# Proves `judge.sh learn`: what is genuine is proven, and each way of not being genuine is found and named. On the test
# origin (TESTCDN, set by CTest, or on the PATH) and on the real folder (RINGMGR_REAL).

load judge_helper

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    umask 022
    data=share/Office/Data
}

# A tool or a folder that is not here: said aloud, and a failure where everything must be here.
absent() {
    [ "${RINGMGR_STRICT:-}" != 1 ] || {
        echo "$1, and RINGMGR_STRICT is set" >&2
        return 1
    }
    skip "$1"
}

# origin [OPTION…]: one build of the test origin in ./origin, with certificates in ./ca. They are made once.
origin() {
    TESTCDN=${TESTCDN:-$(command -v testcdn || true)}
    [ -x "$TESTCDN" ] || absent "no testcdn" || return
    [ -d "$BATS_FILE_TMPDIR/ca" ] || "$TESTCDN" ca "$BATS_FILE_TMPDIR/ca"
    cp -r "$BATS_FILE_TMPDIR/ca" .
    "$TESTCDN" build --ca ca --origin origin --channel MonthlyEnterprise --build $NEW --lang en-us,fr-fr "$@"
    folder=origin/$GUID/Office/Data
}

learn() {
    "$judge" learn --origin origin --roots ca/roots.pem --out learnt "$@"
}

# says TEXT: the manifest has a line with these fields, `|` for tabs.
says() {
    tr '\t' '|' <learnt | grep -q -e "$1" || {
        printf 'wanted: %s\n' "$1" >&2
        tr '\t' '|' <learnt >&2
        return 1
    }
}

@test "learn: a genuine origin is proven, and a share made of it is right" {
    origin --arch x64,x86 --proofing en-us --arm64
    learn
    says "^build|$GUID|$NEW|x64|ok|"
    says "^build|$GUID|$NEW|x86|ok|"
    says "^lang|$GUID|$NEW|x64|full|1036|fr-fr"
    run ! grep -q "$(printf '\tbad\t')" learnt
    mkdir -p $data
    cp -r $folder/* $data
    cp $data/v64_$NEW.cab $data/v64.cab
    cp $data/v32_$NEW.cab $data/v32.cab
    manifest=learnt
    right --proofing en-us --arm64 --after-replay
    for name in $(cd $folder/$NEW && ls -I sc320.cab -I '*.chpe.*'); do # of discs only, never wanted
        mv "$data/$NEW/$name" away
        finds "$NEW/$name: missing" --proofing en-us --arm64
        mv away "$data/$NEW/$name"
    done
}

@test "learn: a ring share says its channel itself" {
    origin
    "$judge" learn --origin origin/$GUID --roots ca/roots.pem --out learnt
    says "^build|$GUID|$NEW|x64|ok|"
}

@test "learn: roots that are not its own prove nothing" {
    origin
    "$judge" learn --origin origin --roots ca/foreign-roots.pem --out learnt
    says "^descriptor|$GUID|$NEW|x64|bad|.*the signature is not genuine"
    says "^file|$GUID|$NEW|bad|.*|stream.x64.x-none.dat|no proven cabinet holds its hash"
    run ! grep -q "$(printf '\tok\t')" learnt
}

@test "learn: another publisher, and no time stamp" {
    origin
    learn --publisher "Somebody Else"
    says "^file|$GUID|$NEW|bad|.*|s640.cab|it is signed by /"
    rm -r origin
    origin --no-timestamp
    learn
    says "^file|$GUID|$NEW|bad|.*|s640.cab|.*no genuine time stamp"
}

@test "learn: a changed byte in a stream, a cabinet, a catalogue, an installer's catalogue" {
    origin
    for name in stream.x64.en-us.dat stream.x64.en-us.dat.cat s641033.cab i640.cab.cat; do
        printf X | dd of="$folder/$NEW/$name" bs=1 seek=700 conv=notrunc status=none
    done
    learn
    says "|stream.x64.en-us.dat|no proven cabinet holds its hash"
    says "|stream.x64.en-us.dat.cat|it is not the signed copy"
    says "^file|$GUID|$NEW|bad|.*|s641033.cab|.*the signature is not genuine"
    says "^file|$GUID|$NEW|bad|.*|i640.cab.cat|.*the signature is not genuine"
    says "^file|$GUID|$NEW|ok|.*|stream.x64.fr-fr.dat|"
    says "^build|$GUID|$NEW|x64|bad|"
}

@test "learn: a stream whose cabinet is genuine but speaks of other bytes" {
    origin
    printf X | dd of="$folder/$NEW/stream.x64.x-none.dat" bs=1 seek=700 conv=notrunc status=none
    learn
    says "^file|$GUID|$NEW|bad|.*|stream.x64.x-none.dat|its SHA-256 is not the signed one"
}

@test "learn: genuine cabinets in the wrong place" {
    origin
    "$TESTCDN" build --ca ca --origin origin --channel MonthlyEnterprise --build $OLD --lang en-us,fr-fr
    cp $folder/$OLD/i640.cab $folder/$NEW/i640.cab
    cp $folder/$NEW/s641036.cab $folder/$NEW/s641033.cab
    cp $folder/v64_$OLD.cab $folder/v64_$NEW.cab
    learn
    says "^file|$GUID|$NEW|bad|.*|i640.cab|it does not carry this name and build"
    says "^file|$GUID|$NEW|bad|.*|s641033.cab|it does not carry this name and build"
    says "^descriptor|$GUID|$NEW|x64|bad|.*it offers build $OLD"
}

@test "learn: a descriptor of another channel, and bytes that no signature covers" {
    origin
    mkdir -p origin/$FOREIGN/Office
    cp -r $folder origin/$FOREIGN/Office/Data
    printf X | dd of="$folder/$NEW/i640.cab" bs=1 seek=5 conv=notrunc status=none
    printf 'trailing' >>"$folder/$NEW/s640.cab"
    learn
    says "^descriptor|$FOREIGN|$NEW|x64|bad|.*it belongs to channel $GUID"
    says "^file|$GUID|$NEW|bad|.*|i640.cab|.*its header holds what no signature covers"
    says "^file|$GUID|$NEW|bad|.*|s640.cab|.*its signature is not at its end"
}

@test "learn: what is no cabinet, no file of a build, no descriptor, a descriptor of the other architecture" {
    origin --arch x64,x86
    echo text >$folder/$NEW/i640.cab
    cp $folder/$NEW/s640.cab $folder/$NEW/FRE.cab
    cp $folder/v32_$NEW.cab $folder/v64_$NEW.cab
    cp $folder/$NEW/s320.cab $folder/v32_$NEW.cab
    learn
    says "|i640.cab|it cannot be unpacked; it is no cabinet; the signature is not genuine"
    says "^file|$GUID|$NEW|bad|.*|FRE.cab|it is no file of a build"
    says "^descriptor|$GUID|$NEW|x64|bad|.*|it is not of this architecture"
    says "^descriptor|$GUID|$NEW|x86|bad|.*|it holds no VersionDescriptor.xml"
    "$TESTCDN" build --ca ca --origin origin --channel MonthlyEnterprise --build $NEW --arch x64,x86 --lang en-us
    cp $folder/v64_$NEW.cab $folder/v32_$NEW.cab
    learn
    says "^descriptor|$GUID|$NEW|x86|bad|.*|it is not of this architecture"
}

@test "learn: a signed hash member of another shape" {
    origin
    printf '%s' "$(sha256sum <"$folder/$NEW/stream.x64.x-none.dat" | cut -c1-64)" >hash
    "$TESTCDN" resign --ca ca --in $folder/$NEW/s640.cab --out s640.cab --set stream.x64.x-none.hash=hash
    cp s640.cab $folder/$NEW/s640.cab
    learn
    says "^file|$GUID|$NEW|ok|.*|s640.cab|"
    says "^file|$GUID|$NEW|bad|.*|stream.x64.x-none.dat|its hash member is malformed"
}

@test "learn: what is absent, and with the language table a core language's i64 cabinet" {
    origin
    rm $folder/$NEW/stream.x64.fr-fr.dat $folder/$NEW/i641036.cab
    printf 'lcid,culture,kind\n1033,en-us,core\n1036,fr-fr,core\n' >languages.csv
    learn
    says "^build|$GUID|$NEW|x64|bad|stream.x64.fr-fr.dat is absent$"
    learn --languages languages.csv
    says "^build|$GUID|$NEW|x64|bad|i641036.cab is absent; stream.x64.fr-fr.dat is absent$"
    printf 'lcid,culture,kind\n1033,de-de,core\n1036,fr-fr,core\n' >languages.csv
    learn --languages languages.csv
    says "^file|$GUID|$NEW|bad|.*|s641033.cab|it is not of language de-de"
}

@test "learn: the real folder: every cabinet proven, the build incomplete for want of its streams" {
    real=${RINGMGR_REAL:-$BATS_TEST_DIRNAME/../../../shared/real}
    [ -d "$real" ] || absent "no real files" || return
    "$judge" learn --origin "$real/odt-16.0.14332.20176" --roots "$real/roots/ms_roots.pem" --out learnt \
        --languages "$real/languages.csv"
    [ "$(grep -c "^file.*$(printf '\tok\t')" learnt)" = 6 ]
    run ! grep -q "^file.*$(printf '\tbad\t')" learnt
    says "^descriptor|5030841d-c919-4594-8d2d-84ae4f96e58e|16.0.14332.20176|x64|ok|"
    says "^lang|5030841d-c919-4594-8d2d-84ae4f96e58e|16.0.14332.20176|x64|core|1033|en-us"
    says "^build|.*|x64|bad|.*stream.x64.x-none.dat is absent"
    cp -r "$real/odt-16.0.14332.20176" share
    run -1 "$judge" check --manifest learnt --share share --guid 5030841d-c919-4594-8d2d-84ae4f96e58e --arch x64 \
        --lang en-us
    [[ "$output" == *"stream.x64.x-none.dat: missing"* ]]
}
