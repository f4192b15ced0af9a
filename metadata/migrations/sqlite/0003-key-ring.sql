-- The key ring of SSE-KMS: named keys, under which the keys of objects are sealed.
CREATE TABLE kms_keys (
  id               TEXT PRIMARY KEY,               -- a UUID
  name             TEXT NOT NULL UNIQUE,           -- clients say alias/<name>
  status           TEXT NOT NULL CHECK (status IN ('enabled', 'disabled')),
  current_version  INTEGER NOT NULL,               -- seals; the others still open what they sealed
  created_at       TEXT NOT NULL
) WITHOUT ROWID;

-- What a key is at each rotation. Never changed and never deleted: objects refer to it.
CREATE TABLE kms_key_versions (
  key_id           TEXT NOT NULL REFERENCES kms_keys (id),
  version          INTEGER NOT NULL,               -- from 1
  sealed_material  TEXT NOT NULL,                  -- sealed by the master key, never plain
  created_at       TEXT NOT NULL,
  PRIMARY KEY (key_id, version)
) WITHOUT ROWID;
