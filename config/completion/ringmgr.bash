# Completion of ringmgr for bash: the program itself says what may come next (ringmgr complete).

_ringmgr()
{
    local program=$1 current=$2 line word text
    COMPREPLY=()
    # shellcheck disable=SC2088 # the tilde is the reader's, as typed
    [[ $program != '~/'* ]] || program=$HOME${program:1}
    while IFS= read -r line; do
        # A tab is a blank to `read`, which would take an empty word away.
        word=${line%%$'\t'*} text=${line#*$'\t'}
        if [[ -n $word ]]; then
            COMPREPLY+=("$(printf '%q' "$word")")
        elif [[ $text = folders ]]; then
            compopt -o dirnames
        elif [[ $text = files ]]; then
            compopt -o default
        fi
    done < <("$program" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
    # What stands before a = is no part of the word that readline replaces.
    [[ $current != --*=* || $COMP_WORDBREAKS != *=* ]] || COMPREPLY=("${COMPREPLY[@]#"${current%%=*}="}")
} && complete -F _ringmgr ringmgr
