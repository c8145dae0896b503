# Completion of package for bash: eval "$(package completion bash)"
_package_complete() {
    local line=${COMP_LINE:0:COMP_POINT} word text kept reply=()
    local -a words
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    # bash takes a word apart at colons and equals signs, and wants the last part alone.
    word=${words[${#words[@]} - 1]}
    kept=
    [[ $COMP_WORDBREAKS == *:* && $word == *:* ]] && kept=${word%"${word##*:}"}
    [[ $COMP_WORDBREAKS == *=* && $word == *=* ]] && kept=${word%"${word##*=}"}
    while IFS=$'\t' read -r word text; do
        if [[ $word == :files ]]; then
            compopt -o filenames 2> /dev/null
            while IFS= read -r word; do
                reply+=("$word")
            done < <(compgen -f -- "${words[${#words[@]} - 1]}")
        else
            reply+=("${word#"$kept"}")
        fi
    done < <("${words[0]}" complete -- "${words[@]:1}" 2> /dev/null)
    COMPREPLY=("${reply[@]}")
    [[ ${#reply[@]} == 1 && ${reply[0]} == --*= ]] && compopt -o nospace 2> /dev/null
    return 0
}
complete -F _package_complete package ./package
