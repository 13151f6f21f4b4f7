-- From version 2 to 3: large blobs in files beside the store. One that had none stays a single file.
ALTER TABLE feature ADD COLUMN segment INTEGER REFERENCES segment;
ALTER TABLE feature ADD COLUMN start INTEGER;
CREATE TABLE segment (
    segment INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL
);
CREATE TABLE store (
    mark BLOB NOT NULL,
    one_file INTEGER NOT NULL
);
INSERT INTO store VALUES (randomblob(16), 1);
