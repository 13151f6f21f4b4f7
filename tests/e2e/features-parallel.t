# pipelines/features.sh --jobs: the parts side by side, by GNU parallel
skip-unless parallel --version | grep -q GNU
$ idc-synth --count 4 --seed 5 --size 48x32 --samples 1 -o set -q; "$ROOT/pipelines/features.sh" -q -m "$TESTS/golden/tiny/tiny.safetensors" --size 48x32 --jobs 3 set/img s.db; ls -d s.db*; idc-store stats s.db; idc-store check s.db
stdout "features": 12
stdout "broken": 0}
no stdout shards
