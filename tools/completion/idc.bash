# Completion of the idc programs for bash: long options from --help, else file names.
_idc()
{
    local word=${COMP_WORDS[COMP_CWORD]}
    if [[ $word == -* ]]; then
        # shellcheck disable=SC2207  # options have no spaces
        COMPREPLY=($(compgen -W "$("$1" --help 2>/dev/null | grep -oE -e '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,')" -- "$word"))
    else
        COMPREPLY=() # complete -o default: files
    fi
}
complete -o default -o bashdefault -F _idc idc-caption idc-cat idc-contrast idc-decode idc-decode-caption idc-diff idc-encode \
    idc-gate idc-score idc-store idc-synth idc-train idc-view
