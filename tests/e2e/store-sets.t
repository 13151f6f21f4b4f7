# idc-store import of the public sets' own files; the numbers are those of the sets
skip-unless [ -d "$IDC_DATA/captions/spot-the-diff" ]
$ ln -s "$IDC_DATA/captions" c; idc-store import s.db spot-the-diff c/spot-the-diff 2>why; [ $? = 1 ] && sort why | uniq -c | wc -l && idc-store query s.db "SELECT split, count(*) AS n FROM pair GROUP BY split ORDER BY split"
stdout "taken": 11329, "there": 1233, "captions": 23024, "duplicates": 3, "refused": 66}
stdout {"split": "test", "n": 1270}
stdout {"split": "train", "n": 8566}
stdout {"split": "val", "n": 1493}
$ idc-store import s.db coco c/spot-the-diff-coco-shape/spot_total_change_captions_reformat.json
stdout {"taken": 0, "there": 0, "captions": 7, "duplicates": 2100, "refused": 0}
$ idc-store import e.db image-editing-request c/image-editing-request
stdout {"taken": 3939, "there": 0, "captions": 5690, "duplicates": 5, "refused": 0}
$ idc-store import l.db levir-cc c/levir-cc/LevirCCcaptions.subset.json; idc-store query l.db "SELECT split, count(*) AS n FROM pair GROUP BY split"
stdout {"taken": 2929, "there": 0,
stdout {"split": "test", "n": 1929}
stdout {"split": "train", "n": 700}
stdout {"split": "val", "n": 300}
$ idc-store import r.db clevr-change c/shape-samples/clevr-change; idc-store import r.db clevr-change c/shape-samples/clevr-change; idc-store get r.db 000000.png 2>/dev/null | idc-cat --json -k pair
status 1
stdout {"taken": 80, "there": 0,
stdout {"taken": 0, "there": 80, "captions": 0,
stdout "before":"images/CLEVR_default_000000.png","after":"sc_images/CLEVR_semantic_000000.png","type":"color"
$ idc-store import w.db clevr-change c/clevr-change; idc-store query w.db "SELECT split, type = 'none' AS same, count(*) AS n FROM pair GROUP BY split, same"
status 0
stdout {"taken": 79606, "there": 0, "captions": 0, "duplicates": 0, "refused": 2}
stderr change_captions.json: no such file: pairs are taken without their sentences
stdout {"split": "train", "same": 1, "n": 33830}
stdout {"split": "test", "same": 0, "n": 3985}
$ idc-store import k.db spot-the-diff c/spot-the-diff-rcc-shape 2>why; sed 's/.*png: //' why | sort | uniq -c; idc-store query k.db "SELECT split, count(*) AS n FROM pair GROUP BY split"
stdout {"taken": 11329, "there": 0, "captions": 11281, "duplicates": 0, "refused": 48}
stdout 48 a sentence is empty, or no string
stdout {"split": "train", "n": 8566}
$ idc-store import o.db second-cc c/shape-samples/second-cc/SECOND-CC-AUG.json; idc-store missing o.db
stdout {"taken": 4, "there": 0, "captions": 20, "duplicates": 0, "refused": 0}
stdout train/rgb/A/train_00000.png
$ for f in c/shape-samples/idc-lines/*; do idc-store import i.db lines $f; done; idc-store stats i.db
stdout "pairs": 19, "captions": 57
$ idc-store import b.db birds-to-words c/shape-samples/birds-to-words/birds-to-words-v1.0.sample.tsv
stdout {"taken": 5, "there": 5, "captions": 10, "duplicates": 0, "refused": 0}
$ idc-store import u.db cub c/shape-samples/cub
stdout {"taken": 2, "there": 0, "captions": 20, "duplicates": 0, "refused": 0}
$ mkdir n; for f in classes hierarchy images image_class_labels sizes bounding_boxes; do cp c/nabirds/$f*.txt n/$f.txt; done; idc-store import n.db nabirds n; idc-store export n.db items - | head -n 1
stdout {"taken": 2000, "there": 0, "captions": 0, "duplicates": 0, "refused": 0}
stdout "type":"Oak Titmouse","boxes":[[83.0,59.0,128.0,228.0]]
$ idc-store check s.db && idc-store check n.db
stdout "broken": 0}
