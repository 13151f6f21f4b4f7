# idc-cat on its own: what every program says and refuses
$ idc-cat --version
stdout idc-cat (idc) 0.1.0
no stderr
$ idc-cat --help
stdout Usage: idc-cat
stdout --json
$ idc-cat --help | awk 'length > 80 || / $/'
no stdout
$ idc-cat --jsn
status 2
stderr unknown option '--jsn'; did you mean '--json'?
stderr Try 'idc-cat --help'.
$ idc-cat --hwm=many
status 2
stderr --hwm: 'many' is not a whole number of 0 or more
$ idc-cat --json </dev/null
status 1
stderr idc-cat: stdin: empty, not even a hello arrived
$ echo hello | idc-cat --json
status 1
stderr not a record: records are msgpack maps
$ printf '\xdf\xff\xff\xff\xff' | idc-cat
status 1
stderr a map claims 4294967295 entries
