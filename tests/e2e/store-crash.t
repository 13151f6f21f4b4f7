# idc-store: killed with -9, two writers at once, a reader beside a writer. IDC_KILLS=200 for the long form.
skip-unless "$PYTHON" -c pass
$ "$PYTHON" "$TESTS/e2e/store_source.py" 600 64 a >a.idc; "$PYTHON" "$TESTS/e2e/store_source.py" 600 64 b >b.idc
$ mkdir kill && cd kill && "$TESTS/e2e/store_kill.sh" "${IDC_KILLS:-16}" ../a.idc
stdout same rows
# two writers: both finish, nothing is lost
$ idc-store put two.db -q <a.idc & idc-store put two.db -q <b.idc; s=$?; wait $! && [ $s = 0 ] && idc-store stats two.db
stdout "features": 1200, "pairs": 600
$ idc-store check two.db
stdout "features": 1200
stdout "broken": 0}
# a reader goes on while one writes
$ mkfifo hold; idc-store put three.db -q <b.idc; idc-store get three.db b1 >hold & head -c 1000 hold >/dev/null; idc-store put three.db -q <a.idc && idc-store stats three.db
stdout "features": 1200, "pairs": 600
