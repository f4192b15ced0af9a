-- The drive: an account's home bucket, and who else may reach what is in it.

ALTER TABLE buckets ADD COLUMN is_drive INTEGER NOT NULL DEFAULT 0;

CREATE TABLE drives (
  account_id  TEXT PRIMARY KEY REFERENCES accounts (id),
  bucket_id   INTEGER NOT NULL UNIQUE REFERENCES buckets (id),
  trash_days  INTEGER                              -- how long the trash is kept; null: until it is emptied
) WITHOUT ROWID;

-- In all of these a path is a file's key, or a folder's prefix, which ends with '/'. They go with what they are about:
-- with the last object below it where that is a folder.

-- A file or folder shared with another account.
CREATE TABLE shares (
  id          TEXT PRIMARY KEY,                    -- ordered by time
  bucket_id   INTEGER NOT NULL REFERENCES buckets (id),
  path        TEXT NOT NULL,
  grantee_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  grantor_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  parent_id   TEXT REFERENCES shares (id) ON DELETE CASCADE,  -- the share that its grantor passes on; null: the owner's
  may_write   INTEGER NOT NULL CHECK (may_write IN (0, 1)),
  may_share   INTEGER NOT NULL CHECK (may_share IN (0, 1)),   -- pass it on
  note        TEXT,
  created_at  TEXT NOT NULL,
  expires_at  TEXT
) WITHOUT ROWID;

CREATE UNIQUE INDEX shares_by_path ON shares (bucket_id, path, grantee_id, grantor_id);
CREATE INDEX shares_by_grantee ON shares (grantee_id, id);
CREATE INDEX shares_by_grantor ON shares (grantor_id, id);
CREATE INDEX shares_by_parent ON shares (parent_id);
CREATE INDEX shares_by_expiry ON shares (expires_at) WHERE expires_at IS NOT NULL;

-- A file or folder given to whoever has the link.
CREATE TABLE links (
  id              TEXT PRIMARY KEY,                -- ordered by time
  account_id      TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,  -- whose drive it is
  bucket_id       INTEGER NOT NULL REFERENCES buckets (id),
  path            TEXT NOT NULL,
  token_hash      TEXT NOT NULL UNIQUE,            -- SHA-256, hex
  alias           TEXT,                            -- a name of it in the place of the token
  password_hash   TEXT,                            -- of argon2id
  note            TEXT,
  created_at      TEXT NOT NULL,
  expires_at      TEXT,
  revoked_at      TEXT,                            -- null: it is not
  max_downloads   INTEGER,
  download_count  INTEGER NOT NULL DEFAULT 0,
  view_count      INTEGER NOT NULL DEFAULT 0,
  last_used_at    TEXT
) WITHOUT ROWID;

CREATE UNIQUE INDEX links_by_alias ON links (account_id, alias) WHERE alias IS NOT NULL;
CREATE INDEX links_by_account ON links (account_id, id);
CREATE INDEX links_by_path ON links (bucket_id, path);

-- A file or folder whose ownership is offered.
CREATE TABLE transfers (
  id            TEXT PRIMARY KEY,                  -- ordered by time
  bucket_id     INTEGER NOT NULL REFERENCES buckets (id),
  path          TEXT NOT NULL,
  sender_id     TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  recipient_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  note          TEXT,
  created_at    TEXT NOT NULL,
  expires_at    TEXT NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX transfers_by_path ON transfers (bucket_id, path);
CREATE INDEX transfers_by_sender ON transfers (sender_id, id);
CREATE INDEX transfers_by_recipient ON transfers (recipient_id, id);
CREATE INDEX transfers_by_expiry ON transfers (expires_at);

-- What was put into the trash.
CREATE TABLE trash (
  id          TEXT PRIMARY KEY,                    -- ordered by time
  bucket_id   INTEGER NOT NULL REFERENCES buckets (id),
  path        TEXT NOT NULL,                       -- where it was
  place       TEXT,                                -- where it is; null: hidden behind delete markers where it was
  first_seq   INTEGER,                             -- of those markers
  last_seq    INTEGER,
  file_count  INTEGER NOT NULL,
  size_bytes  INTEGER NOT NULL,
  deleted_by  TEXT NOT NULL,
  deleted_at  TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX trash_by_bucket ON trash (bucket_id, id);
CREATE INDEX trash_by_age ON trash (deleted_at);
