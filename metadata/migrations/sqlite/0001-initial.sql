-- What is true of this database as a whole, by name: `store_id`, which the store of its blobs is marked with.
CREATE TABLE facts (
  name   TEXT PRIMARY KEY,
  value  TEXT NOT NULL
) WITHOUT ROWID;

-- Accounts and what they may sign with.

CREATE TABLE accounts (
  id            TEXT PRIMARY KEY,
  canonical_id  TEXT NOT NULL UNIQUE,              -- S3's name of an owner: 64 hex digits
  name          TEXT NOT NULL UNIQUE,
  display_name  TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('root', 'member')),
  status        TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
  created_at    TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE access_keys (
  access_key      TEXT PRIMARY KEY,
  account_id      TEXT NOT NULL REFERENCES accounts (id),
  wrapped_secret  TEXT NOT NULL,                   -- sealed by the master key, never plain
  created_at      TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX access_keys_by_account ON access_keys (account_id);

CREATE TABLE claims (
  prefix      TEXT NOT NULL,
  account_id  TEXT NOT NULL REFERENCES accounts (id),
  created_at  TEXT NOT NULL,
  PRIMARY KEY (prefix, account_id)
) WITHOUT ROWID;

-- One row an account: what it stores. Changed in the transaction that stores it.
CREATE TABLE usage (
  account_id     TEXT PRIMARY KEY REFERENCES accounts (id),
  object_count   INTEGER NOT NULL,
  logical_bytes  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE buckets (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused: it begins every object's key
  name        TEXT NOT NULL UNIQUE,
  account_id  TEXT NOT NULL REFERENCES accounts (id),
  region      TEXT NOT NULL,
  created_at  TEXT NOT NULL
);

CREATE INDEX buckets_by_account ON buckets (account_id, name);

-- Immutable bytes. `location` is the backend's name for them; where it is null they are in inline_blobs.
CREATE TABLE blobs (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  location     TEXT,
  size_bytes   INTEGER NOT NULL,
  sha256       TEXT,                               -- hex, where it was computed
  refs         INTEGER NOT NULL,
  released_at  INTEGER                             -- ms since the epoch, once refs is 0
);

CREATE UNIQUE INDEX blobs_by_location ON blobs (location) WHERE location IS NOT NULL;
CREATE INDEX blobs_released ON blobs (released_at) WHERE released_at IS NOT NULL;

-- Payloads apart: in the rows that lists walk over they would cost every page.
CREATE TABLE inline_blobs (
  blob_id  INTEGER PRIMARY KEY REFERENCES blobs (id),
  data     BLOB NOT NULL
);

-- The current version of every key, and nothing else, so that a list never has to skip.
-- It points at one blob, at a set of parts, or (empty) at neither.
CREATE TABLE objects (
  bucket_id           INTEGER NOT NULL REFERENCES buckets (id),
  key                 TEXT NOT NULL,
  seq                 INTEGER NOT NULL,            -- the event that made it: the order of versions
  version_id          TEXT NOT NULL,               -- 'null' in a bucket without versions
  size_bytes          INTEGER NOT NULL,
  etag                TEXT NOT NULL,               -- without quotes
  last_modified       TEXT NOT NULL,               -- ISO 8601, UTC, milliseconds
  account_id          TEXT NOT NULL,
  blob_id             INTEGER,
  part_set            TEXT,
  part_count          INTEGER,
  attributes          TEXT NOT NULL,               -- JSON: content headers and user metadata
  checksum_algorithm  TEXT,
  checksum_type       TEXT,
  checksum_value      TEXT,
  PRIMARY KEY (bucket_id, key)
) WITHOUT ROWID;

CREATE TABLE uploads (
  upload_id           TEXT PRIMARY KEY,            -- ordered by time
  bucket_id           INTEGER NOT NULL REFERENCES buckets (id),
  key                 TEXT NOT NULL,
  account_id          TEXT NOT NULL,
  initiated_at        TEXT NOT NULL,
  attributes          TEXT NOT NULL,
  checksum_algorithm  TEXT,
  checksum_type       TEXT
) WITHOUT ROWID;

CREATE UNIQUE INDEX uploads_by_key ON uploads (bucket_id, key, upload_id);

-- The parts of an upload under way, and, once it is complete, of the object: completing moves no rows.
CREATE TABLE parts (
  set_id          TEXT NOT NULL,
  part_number     INTEGER NOT NULL,
  blob_id         INTEGER,                         -- null: no bytes
  size_bytes      INTEGER NOT NULL,
  etag            TEXT NOT NULL,
  checksum_value  TEXT,
  last_modified   TEXT NOT NULL,
  PRIMARY KEY (set_id, part_number)
) WITHOUT ROWID;

-- How far a job has come, so that it goes on from there.
CREATE TABLE job_progress (
  job       TEXT PRIMARY KEY,
  position  TEXT NOT NULL
) WITHOUT ROWID;

-- The ordered log: every mutation of buckets and objects, appended in its own transaction.
CREATE TABLE events (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  at          TEXT NOT NULL,
  type        TEXT NOT NULL,
  account_id  TEXT NOT NULL,                       -- who did it
  bucket      TEXT NOT NULL,
  key         TEXT,
  version_id  TEXT,
  size_bytes  INTEGER,
  etag        TEXT
);
