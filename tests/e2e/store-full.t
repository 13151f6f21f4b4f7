# idc-store on a disk that gets full: one line, and the store is whole
skip-unless [ "$(id -u)" = 0 ] && d=$(mktemp -d) && mount -t tmpfs -o size=1m none "$d" && umount "$d" && rmdir "$d"
skip-unless "$PYTHON" -c pass
$ "$PYTHON" "$TESTS/e2e/store_source.py" 600 64 a >a.idc; mkdir disk && mount -t tmpfs -o size=24m none disk && idc-store put disk/s.db <a.idc; s=$?; idc-store check disk/s.db; cp disk/s.db* .; umount "$PWD/disk"; exit $s
status 1
stderr the disk is full; what was committed is safe
stdout "broken": 0}
$ idc-store put s.db -q <a.idc && idc-store stats s.db
stdout "features": 600, "pairs": 300
