#!/bin/sh
# judge.sh: an independent judge of the first invariant: at every instant every pointer on every share names a
# complete, verified build.
#
# It shares nothing with ringmgr: it runs none of its programs, reads none of its tables, and proves builds with the
# tools that others wrote (osslsigncode, cabextract, sha256sum). If ringmgr and the judge disagree, one of them is
# wrong; if they shared code, both could be.
#
#   judge.sh learn --origin DIR --roots roots.pem --out MANIFEST [--publisher NAME] [--languages languages.csv]
#   judge.sh check --manifest MANIFEST --share RINGPATH --guid GUID --arch x64[,x86] --lang en-us[,fr-fr]
#                  [--proofing L,…] [--arm64] [--other-arch A,…] [--other-lang L,…] [--other-proofing L,…]
#                  [--state STATE.db --live-sql SQL] [--allow-empty] [--after-replay]
#   judge.sh chain --state STATE.db --sql SQL [--head HASH]
#
# The work is divided by how often it is done. `learn` is slow and done once: it proves every file of an origin and
# writes down what it found, good or bad. `check` runs after each of thousands of crashes, so it only compares: one
# find, one sha256sum and one awk over the whole share, and nothing that was not learnt is believed.
#
# learn: DIR is an origin (DIR/<GUID>/Office/Data) or one UpdatePath share (DIR/Office/Data; the GUID is then the one
# in its descriptors). A cabinet is proven by osslsigncode (chain at the time of its time stamp, which it must have),
# by its signer (O and CN are the publisher) and by the header bytes that no signature covers; an s* or i* cabinet
# also by the build and the name it carries in its .hash member; a descriptor by its GUID and build. A stream is
# proven by the SHA-256 in a proven cabinet of its folder, a .dat.cat by being the copy in that cabinet, an i*.cab.cat
# by its own signature. With the language table (--languages), a core language without its i64<LCID>.cab is incomplete
# and a cabinet of another language's name is refused; without it, cabinets name their cultures themselves. Exit 0
# although builds are bad: that is a finding.
#
# The manifest is tab-separated:
#   descriptor GUID BUILD ARCH ok|bad SHA256 BYTES REASON         v64_<build>.cab, v32_<build>.cab
#   file       GUID BUILD ok|bad SHA256 BYTES NAME REASON         a file of the folder <build>
#   lang       GUID BUILD ARCH core|full|proof LCID CULTURE       what languages its cabinets speak of
#   build      GUID BUILD ARCH ok|bad REASON                      everything of it together
#
# check: prints a line for each violation and exits 1, else 0 in silence; 2 if it could not judge. The rules are in
# check.awk. The share must be at rest: a folder that is renamed between find and sha256sum looks broken. --other-*
# say what folders besides the pointers' own must hold, when the ring's content has grown since they were made
# (default: the same). --after-replay: nothing of ringmgr's own may be left, and no stranger. --live-sql prints the
# build that the database believes in; it is asked of a copy, so that judging changes nothing.
#
# chain: SQL gives one JSON object a row, in order, each with hash and previous_hash. Each hash must be the SHA-256 of
# the object without it, keys sorted, no spaces, and the next row's previous_hash; the first has none (null, "" or
# zeros). A chain cannot know that its newest rows were cut off: that is what --head is for. Canonical form is jq's:
# whole numbers beyond 2^53 and control characters in texts are outside what is compared.

# shellcheck disable=SC2154 # options become variables in read_options
set -u
export LC_ALL=C
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
tab=$(printf '\t')
unset origin roots out publisher languages manifest share guid arch lang proofing arm64 other_arch other_lang \
    other_proofing state live_sql allow_empty after_replay sql head

die() {
    printf 'judge: %s\n' "$*" >&2
    exit 2
}

need() {
    eval "[ -n \"\${$1:-}\" ]" || die "--$(printf '%s' "$1" | tr _ -) is needed"
}

# Options of all modes become variables: --live-sql X sets live_sql.
read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --arm64) arm64=1 && shift ;;
        --allow-empty) allow_empty=1 && shift ;;
        --after-replay) after_replay=1 && shift ;;
        --origin | --roots | --out | --publisher | --languages | --manifest | --share | --guid | --arch | --lang | \
            --proofing | --other-arch | --other-lang | --other-proofing | --state | --live-sql | --sql | --head)
            [ $# -ge 2 ] || die "$1 needs a value"
            case $1 in
            *-*-*-*) name=${1#--} name=${name%%-*}_${name#*-} ;;
            *) name=${1#--} ;;
            esac
            eval "$name=\$2"
            shift 2
            ;;
        *) die "no such option: $1" ;;
        esac
    done
}

make_scratch() {
    scratch=$(mktemp -d) || die "no scratch folder"
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 2' HUP INT TERM
}

# ---- learn: proving one file; each function prints why not, or nothing ----

# osslsigncode 2.5 knows no -ignore-crl and asks nobody anyway.
signature_options() {
    if osslsigncode verify --help 2>&1 | grep -q -e -ignore-crl; then
        echo -ignore-crl
    fi
}

signature_flaw() {
    # shellcheck disable=SC2086 # no option, or one word
    osslsigncode verify $crl_option -CAfile "$roots" -TSA-CAfile "$roots" -in "$1" >"$scratch/verdict" 2>&1 || {
        echo "the signature is not genuine"
        return
    }
    grep -qi '^Timestamp Server Signature verification: ok' "$scratch/verdict" || echo "it has no genuine time stamp"
    awk -v want="$publisher" '
        /Signer.s certificate/ { signer = 1 }
        signer && /Subject *:/ {
            sub(/^[^\/]*/, "")
            print index($0 "/", "/O=" want "/") && index($0 "/", "/CN=" want "/") ? "" : "it is signed by " $0
            exit
        }' "$scratch/verdict" | grep .
}

# The header bytes that the digest leaves out.
header_flaw() {
    od -An -v -tu1 -N56 "$1" | awk -v bytes="$(stat -c %s "$1")" '
        { for (i = 1; i <= NF; i++) b[n++] = $i }
        function u32(at) { return b[at] + 256 * (b[at + 1] + 256 * (b[at + 2] + 256 * b[at + 3])) }
        function zero(from, to,   i) { for (i = from; i <= to; i++) if (b[i] != 0) return 0; return 1 }
        END {
            if (n < 56 || u32(0) != 1178817357) print "it is no cabinet"
            else if (!zero(4, 7) || !zero(34, 35) || !zero(52, 55) || u32(36) != 20 || u32(40) != 1048576)
                print "its header holds what no signature covers"
            else if (u32(44) != u32(8) || u32(44) + u32(48) != bytes)
                print "its signature is not at its end"
        }'
}

# Line 2 of the .hash member that bears the cabinet's own name.
carried_build() {
    tr -d '\000\r\377\376' <"$1" 2>/dev/null | sed -n 2p
}

# cabinet_flaw FILE BUILD: also leaves the members in $scratch/members/<name>.
cabinet_flaw() {
    base=$(basename "$1" .cab)
    members=$scratch/members/$base
    mkdir -p "$members"
    cabextract -q -d "$members" "$1" >/dev/null 2>&1 || echo "it cannot be unpacked"
    header_flaw "$1"
    signature_flaw "$1"
    case $base in
    s[0-9]* | s[apc][0-9]* | i[0-9]*)
        [ "$(carried_build "$members/$base.hash")" = "$2" ] || echo "it does not carry this name and build"
        ;;
    esac
}

# The proven cabinet's folder that holds this member.
holder_of() {
    for member in "$scratch"/members/*/"$1"; do
        folder=${member%/*}
        if [ -f "$member" ] && [ ! -s "$scratch/flaws/${folder##*/}.cab" ]; then
            printf '%s\n' "$folder"
            return
        fi
    done
}

stream_flaw() {
    name=$(basename "$1" .dat)
    holder=$(holder_of "$name.hash")
    [ -n "$holder" ] || {
        echo "no proven cabinet holds its hash"
        return
    }
    want=$(tr -d '\000' <"$holder/$name.hash" | tr A-F a-f)
    [ "$(stat -c %s "$holder/$name.hash") ${#want}" = "128 64" ] || echo "its hash member is malformed"
    [ "$(sha256sum <"$1" | cut -c1-64)" = "$want" ] || echo "its SHA-256 is not the signed one"
}

catalogue_flaw() {
    name=$(basename "$1")
    holder=$(holder_of "$name")
    cmp -s "$1" "${holder:-/nowhere}/$name" || echo "it is not the signed copy"
}

file_flaw() {
    case ${1##*/} in
    stream.*.dat) stream_flaw "$1" ;;
    stream.*.dat.cat) catalogue_flaw "$1" ;;
    i*.cab.cat) signature_flaw "$1" ;;
    [is][0-9]*.cab | s[apc][0-9]*.cab | a[0-9]*_exp.cab) cabinet_flaw "$1" "$2" ;;
    *) echo "it is no file of a build" ;;
    esac
}

# ---- learn: a descriptor, a folder, an origin ----

# The build that a descriptor offers: its Default row, else Available/@Build.
offered_build() {
    tr '<\r\n' '\n  ' <"$1" | awk '
        function value(key) {
            if (!match($0, key "=\"[^\"]*\"")) return ""
            return substr($0, RSTART + length(key) + 2, RLENGTH - length(key) - 3)
        }
        /^AvailableBuild / { rows++; if (value("RestrictionType") == "Default") found = value("Version") }
        /^Available / { single = value("Build") }
        END { print rows ? found : single }'
}

offered_guid() {
    tr '<\r\n' '\n  ' <"$1" | sed -n 's/^DeliveryMechanism.*FFNRoot="\([^"]*\)".*/\1/p' | tr '[:upper:]' '[:lower:]'
}

descriptor_flaw() { # FILE GUID BUILD
    cabinet_flaw "$1" "$3"
    xml=$scratch/members/$(basename "$1" .cab)/VersionDescriptor.xml
    [ -f "$xml" ] || {
        echo "it holds no VersionDescriptor.xml"
        return
    }
    [ "$(offered_build "$xml")" = "$3" ] || echo "it offers build $(offered_build "$xml")"
    [ "$(offered_guid "$xml")" = "$2" ] || echo "it belongs to channel $(offered_guid "$xml")"
    case $(basename "$1") in
    v64*) [ -f "${xml%/*}/v64.hash" ] || echo "it is not of this architecture" ;;
    v32*) [ -f "${xml%/*}/v32.hash" ] || echo "it is not of this architecture" ;;
    esac
}

# Reasons on one line; empty if there are none.
joined() {
    awk '{ printf "%s%s", (NR > 1 ? "; " : ""), $0 }'
}

verdict() {
    if [ -s "$1" ]; then echo bad; else echo ok; fi
}

learn_descriptor() { # FILE GUID
    name=${1##*/}
    build=${name#v??_} build=${build%.cab}
    case $name in v64*) arch=x64 ;; *) arch=x86 ;; esac
    descriptor_flaw "$1" "$2" "$build" | joined >"$scratch/flaw"
    printf 'descriptor\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$2" "$build" "$arch" "$(verdict "$scratch/flaw")" \
        "$(sha256sum <"$1" | cut -c1-64)" "$(stat -c %s "$1")" "$(cat "$scratch/flaw")"
}

# The languages that the folder's cabinets speak of.
learn_languages() { # GUID BUILD
    for hash in "$scratch"/members/s*/stream.*.hash; do
        cab=${hash%/*} cab=${cab##*/}
        stream=${hash##*/} stream=${stream#stream.} stream=${stream%.hash}
        case $cab in
        s640 | s320 | s[ac]*) continue ;;
        sp*) kind=proof rest=${cab#sp} culture=${stream#*.} culture=${culture%.proof} ;;
        s64* | s32*) kind=full rest=${cab#s} culture=${stream#*.} ;;
        *) continue ;;
        esac
        lcid=${rest#??}
        if [ "$kind" = full ] && [ -n "${languages:-}" ]; then
            grep -qiE "^$lcid,$culture,core(,|\$)" "$languages" && kind=core
        fi
        printf 'lang\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "${stream%%.*}" "$kind" "$lcid" "$culture"
    done
}

# With the table: does s641033.cab speak of what 1033 is?
language_flaw() { # NAME
    case ${languages:-}:$1 in
    :* | *:s640.cab | *:s320.cab | *:s[ac]*) return ;;
    *:s*.cab)
        lcid=${1#s} lcid=${lcid#p} lcid=${lcid#??} lcid=${lcid%.cab}
        culture=$(sed -n "s/^$lcid,\([^,]*\),.*/\1/p" "$languages")
        set -- "$scratch/members/${1%.cab}"/stream.*."$culture".hash \
            "$scratch/members/${1%.cab}"/stream.*."$culture".proof.hash
        [ -f "$1" ] || [ -f "$2" ] || echo "it is not of language ${culture:-$lcid}"
        ;;
    esac
}

learn_folder() { # FOLDER GUID: cabinets first, they hold what proves the rest
    build=${1##*/}
    rm -rf "$scratch/members" "$scratch/flaws"
    mkdir "$scratch/members" "$scratch/flaws"
    for file in "$1"/*.cab "$1"/*.dat "$1"/*.cat "$1"/*; do
        name=${file##*/}
        if [ ! -e "$file" ] || [ -e "$scratch/flaws/$name" ]; then
            continue
        fi
        { file_flaw "$file" "$build"; language_flaw "$name"; } | joined >"$scratch/flaw"
        mv "$scratch/flaw" "$scratch/flaws/$name"
        printf 'file\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$2" "$build" "$(verdict "$scratch/flaws/$name")" \
            "$(sha256sum <"$file" | cut -c1-64)" "$(stat -c %s "$file")" "$name" "$(cat "$scratch/flaws/$name")"
    done
    learn_languages "$2" "$build"
}

is_build() {
    printf '%s\n' "$1" | grep -qE '^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$'
}

learn_data() { # FOLDER GUID; without GUID the descriptors say it
    guid=$2
    for file in "$1"/v64_*.cab "$1"/v32_*.cab; do
        name=${file##*/} name=${name#v??_}
        is_build "${name%.cab}" || continue
        if [ -z "$guid" ]; then
            cabextract -q -d "$scratch/first" "$file" >/dev/null 2>&1
            guid=$(offered_guid "$scratch/first/VersionDescriptor.xml")
        fi
        learn_descriptor "$file" "$guid"
    done
    for folder in "$1"/*/; do
        folder=${folder%/}
        is_build "${folder##*/}" && learn_folder "$folder" "$guid"
    done
}

run_learn() {
    need origin && need roots && need out
    : "${publisher:=Microsoft Corporation}"
    [ -r "$roots" ] || die "$roots: cannot be read"
    make_scratch
    crl_option=$(signature_options)
    if [ -d "$origin/Office/Data" ]; then
        learn_data "$origin/Office/Data" "" >"$scratch/found"
    else
        for data in "$origin"/*/Office/Data; do
            [ -d "$data" ] || die "$origin: neither an origin nor a share"
            guid=${data%/Office/Data} guid=$(printf '%s' "${guid##*/}" | tr '[:upper:]' '[:lower:]')
            learn_data "$data" "$guid"
        done >"$scratch/found"
    fi
    [ -s "$scratch/found" ] || die "$origin: holds no build"
    { cat "$scratch/found"; awk -f "$here/wanted.awk" -f "$here/summary.awk" "$scratch/found"; } >"$out" ||
        die "$out: cannot be written"
}

# ---- check ----

# Asks a copy of the database, its log included.
ask_state() { # SQL
    [ -r "$state" ] || die "$state: cannot be read"
    make_scratch
    question=$1
    set -- "$state"
    [ ! -e "$state-wal" ] || set -- "$state" "$state-wal"
    cp "$@" "$scratch" || die "$state: cannot be copied"
    sqlite3 -batch -noheader -list "$scratch/${state##*/}" "$question" || die "$state: the question failed"
}

# Everything below Office: what it is, then what is in it. What is staged is offered to
# nobody and not read. (GNU find flushes before it runs a command, so lines never mix.)
describe_share() {
    find Office -printf 'E\t%y\t%m\t%n\t%P\n' ! -path '*/.ringmgr-*' -type f -exec sha256sum {} +
}

run_check() {
    need manifest && need share && need guid && need arch && need lang
    [ -s "$manifest" ] || die "$manifest: is empty or cannot be read"
    if [ -n "${live_sql:-}" ]; then
        need state
        live=$(ask_state "$live_sql") || exit 2
    fi
    case $manifest in /*) ;; *) manifest=$PWD/$manifest ;; esac
    case $here in /*) ;; *) here=$PWD/$here ;; esac
    cd "$share" || die "$share: cannot be entered"
    [ -d Office/Data ] || [ -n "${allow_empty:-}" ] || die "$share: has no Office/Data"
    { [ ! -e Office ] || describe_share 2>&1; } |
        awk -F "$tab" -v guid="$guid" -v arch="$arch" -v lang="$lang" \
            -v proofing="${proofing:-}" -v arm64="${arm64:-}" \
            -v other_arch="${other_arch:-$arch}" -v other_lang="${other_lang:-$lang}" \
            -v other_proofing="${other_proofing-${proofing:-}}" -v allow_empty="${allow_empty:-}" \
            -v after_replay="${after_replay:-}" -v live_asked="${live_sql:+1}" -v live="${live:-}" \
            -f "$here/wanted.awk" -f "$here/check.awk" "$manifest" -
}

# ---- chain ----

run_chain() {
    need state && need sql
    rows=$(ask_state "$sql") || exit 2
    make_scratch
    printf '%s\n' "$rows" | grep . >"$scratch/rows" || die "the history has no row"
    jq -r 'objects | [(.hash // ""), (.previous_hash // "")] | @tsv' "$scratch/rows" >"$scratch/claims" ||
        die "a row is no JSON"
    jq -cS 'objects | del(.hash)' "$scratch/rows" >"$scratch/canonical"
    [ "$(wc -l <"$scratch/claims")" = "$(wc -l <"$scratch/rows")" ] || die "a row is no object"
    mkdir "$scratch/texts"
    awk -v dir="$scratch/texts" '{ file = sprintf("%s/%09d", dir, NR); printf "%s", $0 >file; close(file) }' \
        "$scratch/canonical"
    find "$scratch/texts" -type f -print0 | sort -z | xargs -0 sha256sum | cut -c1-64 >"$scratch/sums"
    paste "$scratch/sums" "$scratch/claims" | awk -F "$tab" -v head="${head:-}" -f "$here/chain.awk"
}

[ $# -gt 0 ] || die "learn, check or chain?"
mode=$1
shift
case $mode in
learn | check | chain)
    read_options "$@"
    "run_$mode"
    ;;
*) die "no such mode: $mode" ;;
esac
