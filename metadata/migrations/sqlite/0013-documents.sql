-- Documents: JSON objects of an account's database bucket, found by what is in them.

ALTER TABLE buckets ADD COLUMN is_database INTEGER NOT NULL DEFAULT 0;

CREATE TABLE databases (
  account_id  TEXT PRIMARY KEY REFERENCES accounts (id),
  bucket_id   INTEGER NOT NULL UNIQUE REFERENCES buckets (id)
) WITHOUT ROWID;

-- A document is the object '<collection>/<_id>.json', whose bytes are always in inline_blobs.
CREATE TABLE collections (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  bucket_id       INTEGER NOT NULL REFERENCES buckets (id),
  name            TEXT NOT NULL,
  options         TEXT NOT NULL,                   -- JSON: the validator, and whether versions are kept
  version         INTEGER NOT NULL,                -- grows with its options and indexes: writers say which they know
  document_count  INTEGER NOT NULL,
  size_bytes      INTEGER NOT NULL,
  created_at      TEXT NOT NULL
);

CREATE UNIQUE INDEX collections_by_name ON collections (bucket_id, name);

CREATE TABLE document_indexes (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  collection_id  INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  name           TEXT NOT NULL,
  definition     TEXT NOT NULL,                    -- JSON: fields and their order, unique, sparse, TTL
  is_unique      INTEGER NOT NULL,
  is_multikey    INTEGER NOT NULL DEFAULT 0,       -- some document has several entries
  is_ready       INTEGER NOT NULL,                 -- 0: it is being built, and nobody reads it yet
  created_at     TEXT NOT NULL
);

CREATE UNIQUE INDEX document_indexes_by_name ON document_indexes (collection_id, name);

-- What is in the fields of an index, so written that bytes order as MongoDB orders values.
CREATE TABLE index_entries (
  index_id  INTEGER NOT NULL,
  entry     BLOB NOT NULL,
  key       TEXT NOT NULL,                         -- of the object
  PRIMARY KEY (index_id, entry, key)
) WITHOUT ROWID;
