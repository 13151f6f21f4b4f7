-- From version 1 to 2: what data sets say of single pictures.
ALTER TABLE item ADD COLUMN split TEXT;
ALTER TABLE item ADD COLUMN type TEXT;
CREATE TABLE box (
    item INTEGER NOT NULL REFERENCES item,
    x REAL NOT NULL,
    y REAL NOT NULL,
    w REAL NOT NULL,
    h REAL NOT NULL,
    PRIMARY KEY (item, x, y, w, h)
) WITHOUT ROWID;
