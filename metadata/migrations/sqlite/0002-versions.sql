-- Versions, and what a bucket or a version can be told beside its contents.

ALTER TABLE buckets ADD COLUMN versioning TEXT CHECK (versioning IN ('Enabled', 'Suspended')); -- null: never asked for
ALTER TABLE buckets ADD COLUMN config_version INTEGER NOT NULL DEFAULT 0; -- counts changes of its rows in bucket_configs

-- What a bucket is configured to do, a document each: 'cors', 'lifecycle', 'tags', 'encryption', 'objectLock'.
CREATE TABLE bucket_configs (
  bucket_id  INTEGER NOT NULL REFERENCES buckets (id),
  name       TEXT NOT NULL,
  document   TEXT NOT NULL,                        -- JSON
  PRIMARY KEY (bucket_id, name)
) WITHOUT ROWID;

ALTER TABLE objects ADD COLUMN tags TEXT;            -- JSON: pairs of key and value; null for none
ALTER TABLE objects ADD COLUMN retention_mode TEXT;  -- 'GOVERNANCE', 'COMPLIANCE' or null
ALTER TABLE objects ADD COLUMN retain_until TEXT;    -- ISO 8601, as all times
ALTER TABLE objects ADD COLUMN legal_hold INTEGER;   -- 1: on
ALTER TABLE objects ADD COLUMN encryption TEXT;      -- JSON: how the bytes are encrypted; null: they are not
ALTER TABLE objects ADD COLUMN storage_class TEXT;   -- null: STANDARD

ALTER TABLE uploads ADD COLUMN tags TEXT;
ALTER TABLE uploads ADD COLUMN retention_mode TEXT;
ALTER TABLE uploads ADD COLUMN retain_until TEXT;
ALTER TABLE uploads ADD COLUMN legal_hold INTEGER;
ALTER TABLE uploads ADD COLUMN encryption TEXT;
ALTER TABLE uploads ADD COLUMN storage_class TEXT;

ALTER TABLE blobs ADD COLUMN store TEXT;             -- the storage class whose backend has them; null: the default one
CREATE INDEX blobs_by_store ON blobs (store) WHERE location IS NOT NULL;

-- All that is not in objects: older versions, and delete markers. Where a key has no row in objects, the newest of its
-- rows here is a delete marker.
CREATE TABLE versions (
  bucket_id           INTEGER NOT NULL REFERENCES buckets (id),
  key                 TEXT NOT NULL,
  rank                INTEGER NOT NULL,            -- minus its seq: the newest comes first
  is_delete_marker    INTEGER NOT NULL,
  version_id          TEXT NOT NULL,
  size_bytes          INTEGER NOT NULL,
  etag                TEXT NOT NULL,
  last_modified       TEXT NOT NULL,
  account_id          TEXT NOT NULL,
  blob_id             INTEGER,
  part_set            TEXT,
  part_count          INTEGER,
  attributes          TEXT NOT NULL,
  checksum_algorithm  TEXT,
  checksum_type       TEXT,
  checksum_value      TEXT,
  tags                TEXT,
  retention_mode      TEXT,
  retain_until        TEXT,
  legal_hold          INTEGER,
  encryption          TEXT,
  storage_class       TEXT,
  PRIMARY KEY (bucket_id, key, rank)
) WITHOUT ROWID;

-- Every other version is found by the seq in its id.
CREATE UNIQUE INDEX null_versions ON versions (bucket_id, key) WHERE version_id = 'null';

-- For who asks again to complete an upload, after others have written the key.
CREATE INDEX versions_by_part_set ON versions (part_set) WHERE part_set IS NOT NULL;
