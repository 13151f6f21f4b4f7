# What every program says and refuses, seen on idc-cat; and what idc-cat shows.
$ idc-cat --version
stdout idc-cat (idc) 0.1.0
no stderr
$ idc-cat --help
stdout Usage: idc-cat
stdout --json
no stderr
$ idc-cat --help | awk 'length > 80 || / $/'
no stdout
$ idc-cat --jsn
status 2
stderr unknown option '--jsn'; did you mean '--json'?
stderr Try 'idc-cat --help'.
$ idc-cat --hwm=many
status 2
stderr --hwm: 'many' is not a whole number of 0 or more
$ idc-cat --head
status 2
stderr option '--head' wants an argument (N)
$ idc-cat --when-full=perhaps
status 2
stderr --when-full: 'perhaps' is not wait or drop-oldest
$ idc-cat nonsense
status 2
stderr unexpected operand 'nonsense'
$ idc-cat -i nowhere
status 2
stderr 'nowhere' is no endpoint
no stdout
$ pipe_source --records=3 --bytes=4 > three
$ idc-cat --json < three
stdout {"kind":"feature","id":"r0","feature":{"dtype":"|u1","shape":[4],"min":7,"max":7,"mean":7}}
stdout "id":"r2"
no stderr
$ idc-cat --json -a < three
stdout {"kind":"hello","idc":1,"from":"pipe_source 0.1.0","chain":[{"from":"pipe_source 0.1.0"}]}
stdout {"kind":"end","from":"pipe_source 0.1.0","count":3,"errors":0}
$ idc-cat < three | idc-cat -n 2 | idc-cat --json | wc -l
stdout 2
$ idc-cat --kind image --json < three
no stdout
$ pipe_source --records=100000 | idc-cat --head=1 --json
stdout "id":"r0"
no stderr
$ cat three three | idc-cat --json | wc -l
stdout 6
