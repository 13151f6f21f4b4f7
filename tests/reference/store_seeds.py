"""Seeds of tests/fuzz/corpus/store: small stores with the tables of schemas/store.sql, whole and damaged.

    python3 tests/reference/store_seeds.py       (from the root)
"""
import pathlib
import sqlite3

out = pathlib.Path("tests/fuzz/corpus/store")
out.mkdir(parents=True, exist_ok=True)
sql = pathlib.Path("schemas/store.sql").read_text()


def make(name, version=None, extra=""):
    path = out / name
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA page_size = 512")
    db.executescript(sql)
    db.execute(f"PRAGMA application_id = {0x69646373}")
    db.execute(f"PRAGMA user_version = {version or 3}")
    db.execute("INSERT INTO picture VALUES (1, zeroblob(16))")
    db.execute("INSERT INTO item (item, name, picture) VALUES (1, 'a', 1), (2, 'b', NULL)")
    db.execute("INSERT INTO variant VALUES (1, 'e', 'l', '<f4')")
    db.execute("INSERT INTO feature VALUES (1, 1, 1, 1, 1, 1, 0, x'80', zeroblob(4), NULL, NULL)")
    db.execute("INSERT INTO pooled VALUES (1, 1, 0, zeroblob(4))")
    db.execute("INSERT INTO pair (pair, name, before, after) VALUES (1, 'p', 1, 2)")
    db.execute("INSERT INTO caption (pair, text) VALUES (1, 'there is no change')")
    db.execute("UPDATE store SET mark = zeroblob(16)")  # that of the file which tests/fuzz/store.c puts beside it
    db.executescript(extra)
    db.close()
    return path


whole = make("whole").read_bytes()
make("newer", version=99)
make("view", extra="DROP TABLE caption; CREATE VIEW caption AS SELECT 1 AS pair, 2 AS item, 'x' AS text;")
make("trigger", extra="CREATE TRIGGER t AFTER INSERT ON pair BEGIN DELETE FROM item; END;")
make("shape", extra="UPDATE feature SET height = -1;")
placed = "INSERT INTO segment VALUES (1, 4160); UPDATE feature SET data = x'', width = 1024, segment = 1, start = {};"
make("segment", extra=placed.format(64))
make("place", extra=placed.format(2 ** 40))
make("no-segment", extra="UPDATE feature SET data = x'', segment = 7, start = 64;")
(out / "cut").write_bytes(whole[:3000])
(out / "empty").write_bytes(b"")
damaged = bytearray(whole)
damaged[600:700] = bytes(100)
(out / "damaged").write_bytes(damaged)
