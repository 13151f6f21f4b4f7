# Records are binary: a terminal is spared them, with the remedy; and nobody waits at a terminal for records.
skip-unless command -v script && script -qec true /dev/null
$ pipe_source --records=1 > one; script -qec 'idc-cat < one' /dev/null < one
status 2
stdout records are binary and do not go to a terminal: add '| idc-cat --json'
$ script -qec 'idc-cat --json' /dev/null
status 2
stdout idc-cat: Pass records on
stdout It reads records from a pipe, or from -i ENDPOINT. Try 'idc-cat --help'.
