# SPDX-License-Identifier: BSD-2-Clause
# Completion for bash. Commands, options and their values are asked of the program, so that they are those of the one that
# is there.
_patientzero()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]}
    local command=${COMP_WORDS[1]} kind
    COMPREPLY=()
    [ "$command" != help ] || { [ "$COMP_CWORD" -gt 1 ] && COMP_CWORD=1; }
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "--help --version help $("$program" --complete 2>/dev/null | cut -f 1)" -- "$word")
        return
    fi
    # --option=value comes as three words.
    [ "$word" != = ] || word=
    [ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}
    kind=
    [[ $before != --* ]] ||
        kind=$("$program" "$command" --complete 2>/dev/null | awk -F '\t' -v option="$before" '$1 == option { print $2 }')
    case $kind in
        *'|'*) mapfile -t COMPREPLY < <(compgen -W "${kind//|/ }" -- "$word") ;;
        DIR) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
        *FILE*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        ?*) ;;    # a number, a time: nothing to choose from
        *)
            if [[ $word == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "--help $("$program" "$command" --complete 2>/dev/null | cut -f 1)" -- "$word")
            elif [[ $word == @* ]]; then
                mapfile -t COMPREPLY < <(compgen -P @ -f -- "${word#@}")
            else
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
            fi ;;
    esac
}
complete -o filenames -F _patientzero patientzero
