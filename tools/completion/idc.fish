# Completion of the idc programs for fish: options with their help from --help; file names as ever.
for program in idc-caption idc-cat idc-contrast idc-decode idc-decode-caption idc-diff idc-encode idc-gate idc-score idc-store idc-synth idc-train idc-view
    complete -c $program -a "($program --help | string replace -rf '^ +(?:-., )?(--[a-z-]+)(?:[ =][^ ]+)? +(.*)' '\$1\t\$2')" -n 'string match -q -- "-*" (commandline -ct)'
end
