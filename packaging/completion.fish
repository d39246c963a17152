# SPDX-License-Identifier: BSD-2-Clause
# Completion for fish. Commands, options and their values are asked of the program, so that they are those of the one that
# is there.
function __patientzero_complete
    set -l words (commandline -opc)
    set -l now (commandline -ct)
    if test (count $words) -eq 1; or test (count $words) -eq 2 -a "$words[2]" = help
        $words[1] --complete 2>/dev/null
        printf '%s\n' '--help'\t'list the commands' '--version'\t'what was built in' 'help'\t'all about a command'
        return
    end
    set -l lines ($words[1] $words[2] --complete 2>/dev/null)
    set -l option $words[-1]
    set -l before ''
    if string match -q -- '--*=*' $now
        set option (string replace -r '=.*' '' -- $now)
        set before $option=
    end
    for line in $lines
        set -l fields (string split \t -- $line)
        test "$fields[1]" = "$option"; or continue
        switch "$fields[2]"
            case '*|*'
                printf '%s\n' $before(string split '|' -- $fields[2])
                return
            case DIR
                __fish_complete_directories
                return
            case '*FILE*'
                __fish_complete_path $now
                return
            case '?*'
                return
        end
    end
    if string match -q -- '-*' $now
        printf '%s\n' '--help'\t'all about this command'
        for line in $lines
            set -l fields (string split \t -- $line)
            printf '%s\t%s\n' $fields[1] $fields[3]
        end
    else
        __fish_complete_path (string replace -r '^@' '' -- $now) | string replace -r '^' (string match -r '^@' -- $now; or echo '')
    end
end
complete -c patientzero -f -a '(__patientzero_complete)'
