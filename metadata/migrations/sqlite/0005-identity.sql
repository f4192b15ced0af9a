-- Accounts that log in: passwords, e-mail, sessions, second factors, linked identities, invites, and the audit trail.

-- Made anew, because a CHECK cannot be altered.
CREATE TABLE new_accounts (
  id                   TEXT PRIMARY KEY,
  canonical_id         TEXT NOT NULL UNIQUE,              -- S3's name of an owner: 64 hex digits
  name                 TEXT NOT NULL UNIQUE,
  display_name         TEXT NOT NULL,
  role                 TEXT NOT NULL CHECK (role IN ('root', 'admin', 'member', 'auditor')),
  status               TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
  created_at           TEXT NOT NULL,
  epoch                INTEGER NOT NULL DEFAULT 1,        -- in every token: raising it ends all of them
  password_hash        TEXT,                              -- PHC string of argon2id; null: no password
  password_changed_at  TEXT,
  email                TEXT,                              -- lower case
  email_verified_at    TEXT,
  pending_email        TEXT,                              -- replaces the e-mail once it is verified
  second_factor        TEXT NOT NULL DEFAULT 'optional' CHECK (second_factor IN ('optional', 'required')),
  last_login_at        TEXT
) WITHOUT ROWID;

INSERT INTO new_accounts (id, canonical_id, name, display_name, role, status, created_at)
  SELECT id, canonical_id, name, display_name, role, status, created_at FROM accounts;
DROP TABLE accounts;
ALTER TABLE new_accounts RENAME TO accounts;

CREATE UNIQUE INDEX accounts_by_email ON accounts (email) WHERE email IS NOT NULL;
-- Names are unique as written; new ones also whatever their case.
CREATE INDEX accounts_by_folded_name ON accounts (lower(name));

ALTER TABLE usage ADD COLUMN quota_bytes INTEGER;          -- null: no quota

ALTER TABLE access_keys ADD COLUMN name TEXT;
ALTER TABLE access_keys ADD COLUMN last_used_at TEXT;
ALTER TABLE access_keys ADD COLUMN expires_at TEXT;
ALTER TABLE access_keys ADD COLUMN policy TEXT;             -- JSON: narrows what the account may do

-- A log-in and all tokens that came of it. Removed when it ends.
CREATE TABLE sessions (
  id            TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES accounts (id),
  methods       TEXT NOT NULL,                            -- how it was proven who it is: 'password totp'
  created_at    TEXT NOT NULL,
  last_used_at  TEXT NOT NULL,
  expires_at    TEXT NOT NULL,
  address       TEXT,
  user_agent    TEXT
) WITHOUT ROWID;

CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The used ones are kept as long as their session: presenting one again ends it.
CREATE TABLE refresh_tokens (
  token_hash  TEXT PRIMARY KEY,                           -- SHA-256, hex
  session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  created_at  TEXT NOT NULL,
  used_at     TEXT
) WITHOUT ROWID;

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- The key pairs that access tokens are signed with.
CREATE TABLE signing_keys (
  kid              TEXT PRIMARY KEY,
  public_jwk       TEXT NOT NULL,
  wrapped_private  TEXT NOT NULL,                         -- JWK, sealed by the master key
  created_at       TEXT NOT NULL,
  signs_from       TEXT NOT NULL,                         -- published before, so that caches of the JWKS know it
  verifies_until   TEXT                                   -- null: as long as it signs
) WITHOUT ROWID;

-- What was mailed to prove that a mailbox is someone's.
CREATE TABLE one_time_tokens (
  token_hash  TEXT PRIMARY KEY,                           -- SHA-256, hex
  purpose     TEXT NOT NULL CHECK (purpose IN ('verify-email', 'reset-password')),
  account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  email       TEXT NOT NULL,
  created_at  TEXT NOT NULL,
  expires_at  TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX one_time_tokens_by_account ON one_time_tokens (account_id, purpose);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

CREATE TABLE invites (
  id          TEXT PRIMARY KEY,
  token_hash  TEXT NOT NULL UNIQUE,                       -- SHA-256, hex
  email       TEXT,                                       -- whom it is for; null: whoever has it
  role        TEXT NOT NULL CHECK (role IN ('admin', 'member', 'auditor')),
  created_by  TEXT,
  created_at  TEXT NOT NULL,
  expires_at  TEXT NOT NULL,
  used_by     TEXT,
  used_at     TEXT
) WITHOUT ROWID;

CREATE TABLE second_factors (
  account_id      TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind            TEXT NOT NULL CHECK (kind IN ('totp', 'sms')),
  wrapped_secret  TEXT,                                   -- totp: sealed by the master key
  phone           TEXT,                                   -- sms: E.164
  created_at      TEXT NOT NULL,
  confirmed_at    TEXT,                                   -- null: not proven yet, and asked for nowhere
  last_step       INTEGER,                                -- totp: of the last code taken; older ones are refused
  PRIMARY KEY (account_id, kind)
) WITHOUT ROWID;

CREATE TABLE recovery_codes (
  account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  code_hash   TEXT NOT NULL,
  used_at     TEXT,
  PRIMARY KEY (account_id, code_hash)
) WITHOUT ROWID;

-- Codes sent by SMS, and how many went to whom: the limits of a day survive a restart, and those of a number the accounts.
CREATE TABLE sms_codes (
  id          TEXT PRIMARY KEY,                           -- ordered by time
  account_id  TEXT NOT NULL,
  phone       TEXT NOT NULL,
  code_hash   TEXT NOT NULL,
  sent_at     TEXT NOT NULL,
  expires_at  TEXT NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  used_at     TEXT
) WITHOUT ROWID;

CREATE INDEX sms_codes_by_account ON sms_codes (account_id, sent_at);
CREATE INDEX sms_codes_by_phone ON sms_codes (phone, sent_at);
CREATE INDEX sms_codes_by_time ON sms_codes (sent_at);

-- Who an account is elsewhere.
CREATE TABLE identities (
  issuer        TEXT NOT NULL,
  subject       TEXT NOT NULL,
  account_id    TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  provider      TEXT NOT NULL,                            -- its name in the settings
  email         TEXT,
  linked_at     TEXT NOT NULL,
  last_used_at  TEXT NOT NULL,
  PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;

CREATE UNIQUE INDEX identities_by_account ON identities (account_id, provider);

-- Log-ins under way at a provider.
CREATE TABLE oauth_states (
  state_hash  TEXT PRIMARY KEY,                           -- SHA-256, hex
  provider    TEXT NOT NULL,
  sealed      TEXT NOT NULL,                              -- verifier, nonce and where to return; sealed by the master key
  account_id  TEXT REFERENCES accounts (id) ON DELETE CASCADE,  -- who links; null: a log-in
  created_at  TEXT NOT NULL,
  expires_at  TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_at);

-- Security events. Never changed; forgotten with age.
CREATE TABLE audit_entries (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  at          TEXT NOT NULL,
  type        TEXT NOT NULL,
  account_id  TEXT,                                       -- whom it is about; null: nobody that is known
  actor_id    TEXT,                                       -- who did it; null: nobody that has proven who it is
  address     TEXT,
  user_agent  TEXT,
  detail      TEXT NOT NULL                               -- JSON object of strings
);

CREATE INDEX audit_entries_by_account ON audit_entries (account_id, seq);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id, seq);
CREATE INDEX audit_entries_by_type ON audit_entries (type, seq);

-- Replies to creating requests that a client may repeat.
CREATE TABLE idempotency_keys (
  scope        TEXT NOT NULL,                             -- whose key it is
  key          TEXT NOT NULL,
  fingerprint  TEXT NOT NULL,                             -- of the request
  sealed       TEXT,                                      -- the reply, sealed by the master key; null: under way
  created_at   TEXT NOT NULL,
  PRIMARY KEY (scope, key)
) WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);
