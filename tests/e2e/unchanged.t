# what is said of pairs that did not change
skip-unless "$PYTHON" -c pass
# which sentence that is the model file says
$ cp "$TESTS"/golden/tiny/red.png "$TESTS/golden/tiny/tiny.safetensors" .; "$PYTHON" - <<'END'
> import json, struct
> b = open("tiny.safetensors", "rb").read()
> n, = struct.unpack("<Q", b[:8])
> head = json.loads(b[8:8 + n])
> config = json.loads(head["__metadata__"]["config"])
> config["no_change"] = "all is well"
> head["__metadata__"]["config"] = json.dumps(config)
> text = json.dumps(head).encode()
> text += b" " * (-len(text) % 8)
> open("well.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + b[8 + n:])
> config["no_change"] = 7
> head["__metadata__"]["config"] = json.dumps(config)
> text = json.dumps(head).encode()
> text += b" " * (-len(text) % 8)
> open("seven.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + b[8 + n:])
> END
> export IDC_MODEL=well.safetensors; idc-decode --size 48x32 --pair red.png red.png | idc-encode | idc-diff | idc-contrast | idc-decode-caption
stdout "text":"all is well"
$ idc-contrast -m seven.safetensors </dev/null
status 1
stderr no_change: expected a sentence of at most 199 bytes
no stdout
