#compdef patientzero
# SPDX-License-Identifier: BSD-2-Clause
# Completion for zsh. Commands, options and their values are asked of the program, so that they are those of the one that
# is there.
_patientzero() {
    local program=$words[1] command=$words[2] before=$words[CURRENT-1] line option kind
    local -a lines choices fields
    if (( CURRENT == 2 )) || { (( CURRENT == 3 )) && [[ $command == help ]] }; then
        choices=('--help:list the commands' '--version:what was built in' 'help:all about a command')
        for line in "${(@f)$($program --complete 2>/dev/null)}"; do
            fields=("${(@s:	:)line}")
            choices+=("$fields[1]:$fields[2]")
        done
        _describe -t commands command choices
        return
    fi
    lines=("${(@f)$($program $command --complete 2>/dev/null)}")
    option=$before
    if [[ $words[CURRENT] == --*=* ]]; then
        option=${words[CURRENT]%%=*}
        compset -P '*='
    fi
    for line in $lines; do
        fields=("${(@s:	:)line}")
        [[ $fields[1] != $option ]] || kind=$fields[2]
    done
    case $kind in
        *'|'*) compadd -- ${(s:|:)kind} ;;
        DIR) _files -/ ;;
        *FILE*) _files ;;
        ?*) _message "$kind" ;;
        *)
            if [[ $words[CURRENT] == -* ]]; then
                choices=('--help:all about this command')
                for line in $lines; do
                    fields=("${(@s:	:)line}")
                    choices+=("$fields[1]:${fields[3]//:/\\:}")
                done
                _describe -o -t options option choices
            else
                compset -P @
                _files
            fi ;;
    esac
}
_patientzero "$@"
