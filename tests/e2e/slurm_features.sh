#!/bin/bash
# slurm_features.sh: pipelines/features.sh --slurm on a cluster of this machine, which it starts and stops (munge, slurmctld,
# slurmd; all they keep is in the working directory). Of an array of three tasks one is killed with -9 and put back in the
# queue; the joined store is compared with one made without a cluster. Prints "same rows" and status 0, or what went wrong.
# Needs root. FOLDER (pictures) and MODEL are operands.
set -u
here=$PWD folder=$1 model=$2
host=$(hostname -s)
say()
{
    echo "slurm_features.sh: $1" >&2
    tail -n 5 "$here"/*.log /dev/null >&2
    exit 1
}

pids=()
finish()
{
    local p
    for p in "${pids[@]}" $(cat "$here/munge.pid" 2>/dev/null); do kill "$p" 2>/dev/null; done
    for p in "${pids[@]}"; do wait "$p" 2>/dev/null; done
}
trap finish EXIT

# wait_for SECONDS COMMAND...: until it succeeds
wait_for()
{
    local left=$((5 * $1)) # not by the clock, which may be set meanwhile
    shift
    until "$@" >/dev/null 2>&1; do
        [ $((left -= 1)) -gt 0 ] || return 1
        read -r -t 0.2 _ <>"$here/never"
    done
    return 0
}
mkfifo never || exit 1

chmod 755 . # munged looks at who may write above its socket
head -c 1024 /dev/urandom >munge.key && chmod 400 munge.key
munged --force --key-file="$here/munge.key" --socket="$here/munge.socket" --pid-file="$here/munge.pid" \
    --log-file="$here/munge.log" --seed-file="$here/munge.seed" --num-threads=1 || say "munged does not start"
# two free ports, below those that the system gives to outgoing connections
read -r ctl node < <("$PYTHON" -c '
import random, socket
free = []
while len(free) < 2:
    port = random.randrange(20000, 32000)
    try:
        with socket.socket() as s:
            s.bind(("", port))
        free.append(port)
    except OSError:
        pass
print(*free)')
mkdir state spool
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$here/munge.socket,cred_expire=5
CredType=cred/munge
SlurmctldPort=$ctl
SlurmdPort=$node
StateSaveLocation=$here/state
SlurmdSpoolDir=$here/spool
SlurmctldPidFile=$here/slurmctld.pid
SlurmdPidFile=$here/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,sched_min_interval=100000,batch_sched_delay=1,bf_interval=1
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=3 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$here/slurm.conf
slurmctld -D >slurmctld.log 2>&1 &
pids+=($!)
slurmd -D -N "$host" >slurmd.log 2>&1 &
pids+=($!)
idle() { sinfo -h -o %T | grep -q idle; }
wait_for 60 idle || say "the node does not come up"

features=("$ROOT/pipelines/features.sh" -q -m "$model" --size 48x32)
"${features[@]}" "$folder" whole.db || say "features.sh without a cluster failed"

# task 1 finds its store with one feature in it and locked: it waits in the midst of its work
"${features[@]}" --plan 3 "$folder" all.db || say "no plan"
awk 'NR % 3 == 1' all.db-shards/list | head -n 1 | idc-decode --size 48x32 -q --files-from - | idc-encode -q -m "$model" |
    idc-store put all.db-shards/1.db -q
mkfifo let_go
"$PYTHON" -c '
import sqlite3
db = sqlite3.connect("all.db-shards/1.db", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open("locked", "w").close()
open("let_go").read()' &
pids+=($!)
wait_for 20 test -e locked || say "the store was not locked"
job=$(IDC_FEATURES="$ROOT/pipelines/features.sh" sbatch --parsable --array=0-2 "$ROOT/pipelines/features.slurm" all.db) ||
    say "sbatch failed"
join=$(IDC_FEATURES="$ROOT/pipelines/features.sh" sbatch --parsable --dependency="afterany:$job" \
    "$ROOT/pipelines/features.slurm" all.db merge)
state() { squeue -h -r -t all -j "$1" -o %T; }
is() { [ "$(state "$1" | sort -u)" = "$2" ]; }
# of_task: processes of task 1 of this cluster, by their environment
of_task()
{
    local file
    grep -lszFx "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ | while read -r file; do
        grep -qszx SLURM_ARRAY_TASK_ID=1 "$file" && file=${file#/proc/} && echo "${file%/environ}"
    done
}
waits()
{
    local p
    is "${job}_1" RUNNING && for p in $(of_task); do
        ! grep -qs idc-store "/proc/$p/comm" || return 0
    done
    return 1
}
others() { is "${job}_0" COMPLETED && is "${job}_2" COMPLETED; }
wait_for 60 others || say "tasks 0 and 2 did not end well"
wait_for 30 waits || say "task 1 does not run"
of_task | xargs kill -9
gone() { is "${job}_1" FAILED || is "${job}_1" NODE_FAIL; }
wait_for 60 gone || say "task 1 was not killed: $(state "${job}_1")"
echo "task 1: $(state "${job}_1")"
joined() { is "$join" FAILED || is "$join" COMPLETED; }
wait_for 60 joined || say "the job that joins did not run: $(state "$join")"
[ -f all.db-shards/list ] || say "the parts are gone, though one has not ended"
echo go >let_go
scontrol requeue "${job}_1" || say "task 1 cannot be put back"
ended() { is "${job}_1" COMPLETED; }
wait_for 120 ended || say "task 1 did not end well the second time: $(state "${job}_1")"
echo "task 1 again: $(state "${job}_1")"
"$ROOT/pipelines/features.sh" -q --merge all.db || say "the parts were not joined"
[ ! -e all.db-shards ] || say "the parts are still there"

rows()
{
    idc-store query "$1" "SELECT name, hex(hash) AS h, encoder, f.checksum FROM item JOIN picture USING (picture) JOIN feature f USING (picture) JOIN variant USING (variant) ORDER BY name"
}
rows whole.db >want && rows all.db | cmp - want && idc-store check all.db && echo "$(wc -l <want) same rows"
