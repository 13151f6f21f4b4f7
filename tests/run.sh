#!/bin/bash
# run.sh BUILD [WORD]...: runs unit programs, replays of fuzz corpora and transcripts (tests/e2e/*.t) whose name holds one
# of the words (all without words), each in an empty directory with BUILD/bin first in PATH. Prints a line a test; the
# last line counts. Status 1 when something failed.
#
# A transcript:
#   # comment
#   skip-unless COMMAND      skipped, with the command as its reason, where it fails
#   $ COMMAND                run by bash; what follows is about it
#   > MORE                   one more line of the command
#   status N                 its exit status (0 where nothing is said)
#   stdout TEXT              a line of stdout holds TEXT (stderr likewise)
#   no stdout TEXT           no line holds TEXT; without TEXT: stdout is empty (stderr likewise)
# Commands see TESTS (this folder), ROOT, IDC_DATA, PYTHON; files that one makes are there for the next.
set -u
build=$(cd "$1" && pwd) || exit 2
shift
words=("$@")
TESTS=$(cd "$(dirname "$0")" && pwd)
ROOT=$(dirname "$TESTS")
export TESTS ROOT
IDC_DATA=${IDC_DATA:-$ROOT/../shared/data}
IDC_DATA=$(cd "$IDC_DATA" 2>/dev/null && pwd || echo "$IDC_DATA") # tests run in directories of their own
export IDC_DATA
[ -x /usr/bin/python3 ] && system=/usr/bin/python3 # whose packages pipelines/deps.sh sees to
export PYTHON=${PYTHON:-${system:-python3}}
export PATH=$build/bin:$build/tests/bench:$PATH # pipe_source makes records to test with
export LC_ALL=C.UTF-8 TERM=dumb
unset IDC_MODEL IDC_MAX_RECORD
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 skipped=0

wanted() {
    local w
    [ ${#words[@]} -eq 0 ] && return 0
    for w in "${words[@]}"; do case $1 in *"$w"*) return 0 ;; esac; done
    return 1
}

fresh_directory() {
    rm -rf "$scratch/here"
    mkdir -p "$scratch/here"
}

# count LOG WORD: the number before " test(s)" on cmocka's summary line of that word
count() {
    sed -n "s/^\[  $2 *\] \([0-9][0-9]*\) test(s).*/\1/p" "$1" | head -n 1
}

run_unit() {
    local program=$1 name=unit/${1##*/} status good bad rest
    wanted "$name" || return
    fresh_directory
    ln -s "$TESTS" "$scratch/here/tests"
    (cd "$scratch/here" && exec timeout 600 "$program") >"$scratch/log" 2>&1 </dev/null
    status=$?
    good=$(count "$scratch/log" PASSED) bad=$(count "$scratch/log" FAILED) rest=$(count "$scratch/log" SKIPPED)
    passed=$((passed + ${good:-0})) skipped=$((skipped + ${rest:-0}))
    if [ $status -eq 77 ]; then
        skipped=$((skipped + 1))
        echo "skip $name $(tail -n 1 "$scratch/log")"
    elif [ $status -eq 0 ] && [ $((${good:-0} + ${rest:-0})) -gt 0 ]; then
        echo "ok $name (${good:-0} tests${rest:+, $rest skipped})"
    else
        failed=$((failed + ${bad:-1}))
        [ "${bad:-1}" -gt 0 ] || failed=$((failed + 1))
        echo "FAIL $name (status $status)"
        grep -E 'FAILED|error|ERROR|Sanitizer|runtime error|\.c:[0-9]+|!=' "$scratch/log" | head -n 20 | sed 's/^/    /'
    fi
}

run_replay() {
    local program=$1 name
    name=fuzz/$(basename "$program")
    wanted "$name" || return
    if timeout 600 "$program" "$TESTS/fuzz/corpus/${name#fuzz/}"/* >"$scratch/log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        echo "ok $name ($(tail -n 1 "$scratch/log"))"
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        tail -n 8 "$scratch/log" | sed 's/^/    /'
    fi
}

# Says on the log what is wrong with the command that was run last.
complain() {
    local stream
    wrong=1
    {
        echo "    line $command_line: $1"
        for stream in stdout stderr; do sed "s/^/      $stream: /" "$scratch/$stream" | head -n 6; done
    } >>"$scratch/log"
}

run_command() {
    [ -n "$command" ] || return
    (cd "$scratch/here" && exec timeout 300 bash -c "$command") >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
    status=$?
    command="" checked=""
}

check_status() {
    [ -n "$checked" ] || [ "$command_line" -eq 0 ] || [ "$status" -eq "$want_status" ] ||
        complain "status $status instead of $want_status"
    checked=1
}

check_line() {
    local line=$1 text
    case $line in
    status\ *) want_status=${line#status } ;;
    stdout\ * | stderr\ *)
        run_command
        text=${line#std??? }
        grep -qF -e "$text" "$scratch/${line%% *}" || complain "${line%% *} lacks: $text"
        ;;
    'no stdout' | 'no stderr')
        run_command
        [ ! -s "$scratch/${line#no }" ] || complain "${line#no } is not empty: $(head -n 1 "$scratch/${line#no }")"
        ;;
    'no stdout '* | 'no stderr '*)
        run_command
        text=${line#no std??? } line=${line#no }
        ! grep -qF -e "$text" "$scratch/${line%% *}" || complain "${line%% *} has: $text"
        ;;
    *) complain "what is '$line'?" ;;
    esac
}

run_transcript() {
    local file=$1 name=e2e/${1##*/} line number=0 reason
    name=${name%.t}
    wanted "$name" || return
    fresh_directory
    : >"$scratch/log"
    command='' command_line=0 want_status=0 status=0 checked=1 wrong=0
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        case $line in
        '' | '#'*) ;;
        'skip-unless '*)
            reason=${line#skip-unless }
            if ! (cd "$scratch/here" && bash -c "$reason") >/dev/null 2>&1 </dev/null; then
                skipped=$((skipped + 1))
                echo "skip $name: not so here: $reason"
                return
            fi
            ;;
        '$ '*)
            run_command
            check_status
            command=${line#\$ } command_line=$number want_status=0
            ;;
        '> '*) command=$command$'\n'${line#> } ;;
        *) check_line "$line" ;;
        esac
    done <"$file"
    run_command
    check_status
    if [ $wrong -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok $name"
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        cat "$scratch/log"
    fi
}

for p in "$build"/tests/unit/*; do [ -x "$p" ] && [ ! -d "$p" ] && run_unit "$p"; done
for p in "$build"/tests/fuzz/*; do [ -x "$p" ] && [ ! -d "$p" ] && run_replay "$p"; done
for f in "$TESTS"/e2e/*.t; do [ -f "$f" ] && run_transcript "$f"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
