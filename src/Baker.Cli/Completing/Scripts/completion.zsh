#compdef package
# Completion of package for zsh: source <(package completion zsh), after compinit.
_package_complete() {
    local line word text
    local -a described
    while IFS=$'\t' read -r word text; do
        if [[ $word == :files ]]; then
            _files
        elif [[ -n $text ]]; then
            described+=("${word//:/\\:}:$text")
        else
            described+=("${word//:/\\:}")
        fi
    done < <("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2> /dev/null)
    (( ${#described} )) && _describe -V package described
    return 0
}
compdef _package_complete package ./package
