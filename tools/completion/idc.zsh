#compdef idc-caption idc-cat idc-contrast idc-decode idc-decode-caption idc-diff idc-encode idc-gate idc-score idc-store idc-synth idc-train idc-view
# Completion of the idc programs for zsh: options from --help, else file names.
_arguments '*:file:_files' --
