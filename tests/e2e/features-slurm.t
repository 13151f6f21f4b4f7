# pipelines/features.sh on a Slurm cluster of this machine: a task is killed, put back in the queue, and goes on
skip-unless [ "$(id -u)" = 0 ] && command -v munged slurmctld slurmd sbatch
skip-unless "$PYTHON" -c 'import sqlite3'
$ idc-synth --count 5 --seed 5 --size 48x32 --samples 1 -o set -q; "$TESTS/e2e/slurm_features.sh" set/img "$TESTS/golden/tiny/tiny.safetensors"
stdout task 1: FAILED
stdout task 1 again: COMPLETED
stdout "broken": 0}
stdout 15 same rows
