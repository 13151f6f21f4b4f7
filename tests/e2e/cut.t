# Streams that are cut, lie or are none: one line, status 1, and what follows hears of it without a second line.
$ idc-cat --json </dev/null
status 1
stderr idc-cat: stdin: empty, not even a hello arrived
$ echo hello | idc-cat --json
status 1
stderr idc-cat: stdin: record 1: not a record: records are msgpack maps
$ printf '\xdf\xff\xff\xff\xff' | idc-cat --json
status 1
stderr a map claims 4294967295 entries
$ printf '\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\xc0' | idc-cat --json
status 1
stderr nested deeper than 16
$ pipe_source --records=3 --bytes=1000 > three
$ head -c 2000 three | idc-cat --json
status 1
stdout "id":"r0"
stderr idc-cat: stdin: cut in the middle of a record
$ head -c $(($(wc -c < three) - 1)) three | idc-cat 2>said | idc-cat --json | tail -n 1; cat said
stdout after 4 records
stdout {"kind":"error","id":"","from":"idc-cat","code":"cut"
$ head -c 2000 three | idc-cat 2>first | idc-cat --json
status 1
stdout "code":"cut"
no stderr
$ cat first
stdout cut in the middle of a record
# the end's count does not agree with what arrived
$ (head -c 1132 three; tail -c +2267 three) | idc-cat --json
status 1
$ IDC_MAX_RECORD=500 idc-cat --json < three
status 1
stderr 500
# hello must come first, and be of our version
$ printf '\x81\xa4kind\xa5image' | idc-cat --json
status 1
stderr begins with 'image' instead of hello
$ printf '\x82\xa4kind\xa5hello\xa3idc\x02' | idc-cat --json
status 1
stderr stream format 2, this program reads 1
$ printf '\x82\xa4kind\xa5hello\xa3idc\xa1x' | idc-cat --json
status 1
stderr hello without a format version
# shape and dtype unlike the data
$ (printf '\x82\xa4kind\xa5hello\xa3idc\x01'; printf '\x82\xa4kind\xa5image\xa5image\x85\xc4\x02nd\xc3\xc4\x04type\xa3|u1\xc4\x04kind\xc4\x00\xc4\x05shape\x92\x05\x07\xc4\x04data\xc4\x03abc') | idc-cat --json
status 1
stderr record 2: image: field 'image' holds a bad array: shape 5x7 of |u1 does not make 3 bytes of data
