-- Identity policies, the groups and roles that hold them, and keys that can be switched off.

ALTER TABLE access_keys ADD COLUMN status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive'));

-- Managed policies: what may be attached.
CREATE TABLE iam_policies (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  path         TEXT NOT NULL,
  description  TEXT,
  document     TEXT NOT NULL,                             -- JSON
  created_at   TEXT NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX iam_policies_by_name ON iam_policies (lower(name));

-- Who holds a policy is an account (a user, or a role) or a group: their ids differ.
CREATE TABLE iam_attachments (
  holder_id    TEXT NOT NULL,
  policy_id    TEXT NOT NULL REFERENCES iam_policies (id),
  PRIMARY KEY (holder_id, policy_id)
) WITHOUT ROWID;

CREATE INDEX iam_attachments_by_policy ON iam_attachments (policy_id);

CREATE TABLE iam_inline_policies (
  holder_id    TEXT NOT NULL,
  name         TEXT NOT NULL,
  document     TEXT NOT NULL,                             -- JSON
  PRIMARY KEY (holder_id, name)
) WITHOUT ROWID;

CREATE TABLE iam_groups (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  path         TEXT NOT NULL,
  created_at   TEXT NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX iam_groups_by_name ON iam_groups (lower(name));

CREATE TABLE iam_group_members (
  group_id     TEXT NOT NULL REFERENCES iam_groups (id) ON DELETE CASCADE,
  account_id   TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, account_id)
) WITHOUT ROWID;

CREATE INDEX iam_group_members_by_account ON iam_group_members (account_id);

-- A role is an account that nobody logs in to: sessions of it begin with AssumeRole.
CREATE TABLE iam_roles (
  account_id           TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  name                 TEXT NOT NULL,
  path                 TEXT NOT NULL,
  description          TEXT,
  trust_policy         TEXT NOT NULL,                     -- JSON
  principals           TEXT NOT NULL,                     -- JSON: the ids of the accounts that it names
  max_session_seconds  INTEGER NOT NULL,
  created_at           TEXT NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX iam_roles_by_name ON iam_roles (lower(name));

-- Grows with every change to the above: what was read at a version stays true until the next.
CREATE TABLE iam_version (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  version      INTEGER NOT NULL
);

INSERT INTO iam_version (id, version) VALUES (1, 0);
