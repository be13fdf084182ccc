# A service syncs for years in one process: a thousand syncs of an unchanged origin, behind a real nginx, must not
# make it grow.

setup_file() { load world; world_file; }
setup() { load world; world_make; }
teardown() { world_end; }

@test "a thousand syncs against nginx need at most 256 KiB more than a hundred did" {
    need nginx setpriv
    origin_stop "$O"
    origin_serve_nginx "$O"
    config
    # What leaks grows each time; what a kernel takes back and gives again does not.
    for _ in 1 2 3; do
        run -0 setpriv --reuid backup --regid backup --clear-groups "${RINGMGR_BIN%/*}/tests/bench/sync_many" "$W/ringmgr.conf" 1000
        echo "# $output" >&3
        growth=${output##*growth: }
        [ "${growth% KiB}" -gt 256 ] || break
    done
    [ "${growth% KiB}" -le 256 ]
    [ -e "$W/share/pilot/Office/Data/v64.cab" ]
}
