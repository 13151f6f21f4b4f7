-- store.sql: the tables of a store, as idc-store makes them anew. Version: see lib/store/schema.h and PRAGMA user_version.
-- A store of an earlier version is brought here by schemas/migrations/, one file a step.

-- What a file holds, by its bytes: two files with equal bytes are one picture, encoded once.
CREATE TABLE picture (
    picture INTEGER PRIMARY KEY,
    hash BLOB UNIQUE CHECK (hash IS NULL OR length(hash) = 16) -- XXH3-128 of the file; NULL where no file was seen
);

-- A name that records use: the path of a file, or a frame of a stream.
CREATE TABLE item (
    item INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    picture INTEGER REFERENCES picture, -- NULL: only named so far, by a pair or a caption
    bytes INTEGER,                      -- size and time (ns) of the file when it was hashed
    mtime INTEGER,
    split TEXT,                         -- train, val, test
    type TEXT                           -- its class
);
CREATE INDEX item_picture ON item (picture);

-- What made a feature and how it is written: one row for each kind of vector in the store.
CREATE TABLE variant (
    variant INTEGER PRIMARY KEY,
    encoder TEXT NOT NULL, -- fingerprint of weights and preparation
    layer TEXT NOT NULL,
    dtype TEXT NOT NULL,   -- numpy's name: <f4, <f2, |i1
    UNIQUE (encoder, layer, dtype)
);

CREATE TABLE feature (
    feature INTEGER PRIMARY KEY,
    picture INTEGER NOT NULL REFERENCES picture,
    variant INTEGER NOT NULL REFERENCES variant,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    checksum INTEGER NOT NULL, -- XXH3-64 of data, then of fields with that as seed
    fields BLOB NOT NULL,      -- the record's other fields, msgpack
    data BLOB NOT NULL,        -- [height, width, channels], little-endian, C order
    UNIQUE (picture, variant)
);

-- The mean over the cells, apart from the grids, so that a search reads nothing else.
CREATE TABLE pooled (
    feature INTEGER PRIMARY KEY REFERENCES feature,
    variant INTEGER NOT NULL REFERENCES variant,
    checksum INTEGER NOT NULL, -- XXH3-64 of data
    data BLOB NOT NULL         -- f32 [channels]
);

CREATE TABLE pair (
    pair INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    before INTEGER NOT NULL REFERENCES item,
    after INTEGER NOT NULL REFERENCES item,
    type TEXT,
    split TEXT,
    fields BLOB -- the record's other fields, msgpack
);
CREATE INDEX pair_before ON pair (before);
CREATE INDEX pair_after ON pair (after);

-- Sentences, of a pair or of a single picture; the same one twice is kept once.
CREATE TABLE caption (
    caption INTEGER PRIMARY KEY,
    pair INTEGER REFERENCES pair,
    item INTEGER REFERENCES item,
    text TEXT NOT NULL,
    CHECK ((pair IS NULL) <> (item IS NULL))
);
CREATE UNIQUE INDEX caption_pair ON caption (pair, text) WHERE pair IS NOT NULL;
CREATE UNIQUE INDEX caption_item ON caption (item, text) WHERE item IS NOT NULL;

-- Where something is in a picture, pixels. Boxes of pairs stay in the pair's fields.
CREATE TABLE box (
    item INTEGER NOT NULL REFERENCES item,
    x REAL NOT NULL,
    y REAL NOT NULL,
    w REAL NOT NULL,
    h REAL NOT NULL,
    PRIMARY KEY (item, x, y, w, h)
) WITHOUT ROWID;
