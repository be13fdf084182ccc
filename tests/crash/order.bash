# shellcheck disable=SC2154 # what is used here is set by world.bash
# What order.bats and order.proof.bats share: a command under strace, and its trace held against the protocol (order.pl).
#
#   ordered NAME COMMAND…      the command ends with 0, its trace is right, and each wrong trace made of it is noticed
#   killed N COMMAND…          the command is killed after its Nth call that changes shares or state; false when it ends
#                              before. Its trace is killed
#   replayed NAME COMMAND…     as ordered, of a command that comes after the killed one, without the wrong traces
#   aside; back                keeps store, state, shares and head; puts them back
#   last_commit_before_share COMMAND…  the number, for `killed`, of the fsync of SQLite's log before a share is touched
#   call_of CALL PATTERN COMMAND…      the same of the first such call whose source matches, with KILLED_IN
#   tell_order                 what was counted so far, as figures

ORDER_CALLS=openat,openat2,write,writev,pwrite64,pwritev,copy_file_range,ftruncate,fallocate,fchmod,fchmodat,fchown
ORDER_CALLS+=,utimensat,fsync,fdatasync,link,linkat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir

# A transaction's frames are read for the id of the intent: a page of 4096 bytes, whole.
traced() { # NAME COMMAND…
    strace -f -y -qq -s 4200 -e signal=none -e trace="$ORDER_CALLS" -o "$W/trace-$1" "${@:2}"
}

held_against() { # TRACE [OPTION…]
    perl "$RINGMGR_TOP/tests/crash/order.pl" "${@:2}" --store "$W/store" --state "$W/state" --share "$W/share/pilot" \
        --share "$W/share/production" --head "$W/log/head" "$1"
}

judged() { # NAME [OPTION…]
    if ! held_against "$W/trace-$1" "${@:2}" >"$W/order"; then
        printf 'violations %d\n' "$(grep -c '^line ' "$W/order")" >>"$BATS_FILE_TMPDIR/order"
        grep '^unnoticed' "$W/order" | sed 's/.*/unnoticed 1/' >>"$BATS_FILE_TMPDIR/order"
        head -n 20 "$W/order" && return 1
    fi
    echo "traces 1" | cat - "$W/order" >>"$BATS_FILE_TMPDIR/order"
}

ordered() {
    expect 0 traced "$1" "${@:2}" && judged "$1" --mutations
}

killed() {
    status=0
    traced killed -E LD_PRELOAD="$FAULT_LIBRARY" -E FAULT_UNDER="$W/share:$W/state${KILLED_IN:-}" -E FAULT_AT="$1" \
        -E FAULT_KIND=kill-after "${@:2}" >"$W/killed" 2>&1 || status=$?
    [ $status = 137 ]
}

aside() {
    mkdir "$W/aside"
    cp -a "$W/store" "$W/state" "$W/share" "$W/log" "$W/aside/"
}

back() {
    rm -rf "$W/store" "$W/state" "$W/share" "$W/log"
    cp -a "$W/aside/." "$W/"
}

last_commit_before_share() {
    : >"$W/calls" && chmod 666 "$W/calls"
    LD_PRELOAD=$FAULT_LIBRARY FAULT_TRACE=$W/calls FAULT_UNDER=$W/share:$W/state "$@" >/dev/null || return
    awk -F '\t' -v share="$W/share/" 'index($3, share) == 1 && $2 ~ /mkdir|link/ { print at; exit }
        $2 == "fdatasync" && $3 ~ /-wal$/ { at = $1 }' "$W/calls"
}

# In the store, too: `killed` counts there where KILLED_IN says so.
call_of() {
    : >"$W/calls" && chmod 666 "$W/calls"
    LD_PRELOAD=$FAULT_LIBRARY FAULT_TRACE=$W/calls FAULT_UNDER=$W/share:$W/state${KILLED_IN:-} "${@:3}" >/dev/null || return
    awk -F '\t' -v call="$1" -v path="$2" '$2 == call && $4 ~ path { print $1; exit }' "$W/calls"
}

replayed() {
    expect 0 traced "$1" "${@:2}" && judged "$1" --after "$W/trace-killed"
}

# The program itself: strace runs no function.
program() {
    echo "$RINGMGR_BIN -c $W/ringmgr.conf"
}

counted() { # WHAT
    awk -v what="$1" '$1 == what { sum += $2 } END { print sum + 0 }' "$BATS_FILE_TMPDIR/order"
}

tell_order() {
    figure "Order of writes" "commands traced and held against the protocol; violations" "$(counted traces); $(counted violations)"
    figure "Order of writes" "each fsync left out once: found wrong; not needed there, with the reason" \
        "$(counted needed); $(counted needless)"
    figure "Order of writes" "steps exchanged with the next one" "$(counted swapped)"
    figure "Order of writes" "wrong traces that went unnoticed" "$(counted unnoticed)"
}
