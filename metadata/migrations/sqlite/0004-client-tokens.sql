-- Requests that clients gave a name, so that one that comes again does nothing again. Kept for a day.
CREATE TABLE client_tokens (
  account_id  TEXT NOT NULL,                       -- who gave it
  token       TEXT NOT NULL,
  parameters  TEXT NOT NULL,                       -- a digest of what was asked for
  version_id  TEXT NOT NULL,                       -- what came of it
  used_at     TEXT NOT NULL,                       -- ISO 8601, as all times
  PRIMARY KEY (account_id, token)
) WITHOUT ROWID;

CREATE INDEX client_tokens_by_age ON client_tokens (used_at);

ALTER TABLE events ADD COLUMN source_key TEXT;       -- where an object was renamed from
