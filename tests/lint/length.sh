#!/bin/sh
# length.sh FILE...: names files of more than 400 lines and functions of more than 60. Advice: the status is 0.
exec awk '
FNR == 1 { if (last > 400) printf "%s: %d lines\n", file, last; file = FILENAME; start = 0 }
{ last = FNR }
/^[A-Za-z_].*\(/ { head = $0; sub(/\(.*/, "", head); sub(/.*[ *]/, "", head) }
/^\{/ { start = FNR }
/^\}/ { if (start && FNR - start > 60) printf "%s:%d: %s has %d lines\n", file, start, head, FNR - start; start = 0 }
END { if (last > 400) printf "%s: %d lines\n", file, last }
' "$@"
