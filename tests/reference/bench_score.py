#!/usr/bin/env python3
"""bench_score.py IDC_SCORE DIR: processor seconds and memory of idc-score on DIR/all, as JSON lines; beside pycocoevalcap, which scores
DIR/few, a tenth of it, whose seconds are multiplied by ten."""
import json
import os
import subprocess
import sys
import time

program, folder = sys.argv[1:]


def run(arguments):
    """Processor seconds and the most memory in MiB of one run."""
    child = subprocess.Popen([program, "-q", "-j", "1", "--tsv"] + arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit("bench_score.py: idc-score failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def files(which, *names):
    return ["-t", "none", "-r", "%s/%s/gts.json" % (folder, which)] + ["%s/%s/%s.json" % (folder, which, n) for n in names]


def line(name, value, goal, unit="s", peer=None):
    row = {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "better": "lower"}
    if peer is not None:
        row.update(peer="pycocoevalcap", peer_value=round(peer, 1), ratio=round(peer / value, 1))
    print(json.dumps(row, separators=(",", ":")), flush=True)


def peer_seconds():
    """pycocoevalcap's processor seconds for BLEU, ROUGE-L and CIDEr, and for METEOR with its Java; None without it."""
    try:
        from pycocoevalcap.bleu.bleu import Bleu
        from pycocoevalcap.cider.cider import Cider
        from pycocoevalcap.rouge.rouge import Rouge
    except ImportError:
        return None, None
    gts, res = (json.load(open("%s/few/%s.json" % (folder, name))) for name in ("gts", "res"))
    start = time.process_time()
    Bleu(4).compute_score(gts, res, verbose=0)
    Rouge().compute_score(gts, res)
    Cider().compute_score(gts, res)
    lexical = 10 * (time.process_time() - start)
    try:
        from pycocoevalcap.meteor.meteor import Meteor

        before = os.times()
        meteor = Meteor()
        meteor.compute_score(gts, res)
        meteor.meteor_p.stdin.close()
        meteor.meteor_p.wait()
        after = os.times()
        seconds = sum(after[:4]) - sum(before[:4])
    except Exception as error:  # no Java, or one that does not run it
        print("bench: score: METEOR of pycocoevalcap: %s" % error, file=sys.stderr)
        return lexical, None
    return lexical, 10 * seconds


lexical_peer, meteor_peer = peer_seconds()
lexical, _ = run(["-m", "bleu,rouge,cider"] + files("all", "res"))
line("score-lexical-40000", lexical, 1, peer=lexical_peer)
have_meteor = subprocess.run([program, "-q", "-m", "meteor", "--tsv"] + files("few", "res"), capture_output=True).returncode == 0
if have_meteor:
    everything, memory = run(files("all", "res"))
    both = lexical_peer + meteor_peer if lexical_peer and meteor_peer else None
    line("score-all-40000", everything, 5, peer=both)
    line("score-memory", memory, 300, "MiB")
else:
    print("bench: score: METEOR's data are absent (pipelines/weights/meteor.sh)", file=sys.stderr)
one, _ = run(["-m", "bleu,rouge,cider"] + files("few", "res", "other"))
tested, _ = run(["-m", "bleu,rouge,cider", "-c", "bootstrap"] + files("few", "res", "other"))
line("score-bootstrap-1000", (tested - one) * 5000 / 4000, 2)
