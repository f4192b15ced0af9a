-- GRANT and REVOKE. Who holds or gives something is written 'user:<id of an account>', 'role:<id>' or 'public'.

CREATE TABLE roles (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  owner_id    TEXT NOT NULL REFERENCES accounts (id),
  created_at  TEXT NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX roles_by_name ON roles (lower(name));
CREATE INDEX roles_by_owner ON roles (owner_id);

CREATE TABLE role_members (
  id           INTEGER PRIMARY KEY,
  role_id      TEXT NOT NULL REFERENCES roles (id),
  grantee      TEXT NOT NULL,                     -- the member
  grantor      TEXT NOT NULL,                     -- the role's owner, or a member with the admin option
  with_option  INTEGER NOT NULL CHECK (with_option IN (0, 1)),
  created_at   TEXT NOT NULL
);

CREATE UNIQUE INDEX role_members_by_grantee ON role_members (grantee, role_id, grantor);
CREATE INDEX role_members_by_role ON role_members (role_id);
CREATE INDEX role_members_by_grantor ON role_members (grantor);

-- One row a privilege. The same grant by two grantors are two rows.
CREATE TABLE grants (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  bucket_id    INTEGER NOT NULL,                  -- 0: a collection
  kind         TEXT NOT NULL CHECK (kind IN ('bucket', 'prefix', 'object', 'collection')),
  path         TEXT NOT NULL,                     -- the prefix, the key or the collection's name; '' of a bucket
  privilege    TEXT NOT NULL CHECK (privilege IN ('READ', 'WRITE', 'LIST', 'DELETE', 'ADMIN')),
  grantee      TEXT NOT NULL,
  grantor      TEXT NOT NULL,                     -- the owner, or who holds the grant option
  with_option  INTEGER NOT NULL CHECK (with_option IN (0, 1)),
  created_at   TEXT NOT NULL
);

CREATE UNIQUE INDEX grants_by_grantee ON grants (grantee, bucket_id, kind, path, privilege, grantor);
CREATE INDEX grants_by_bucket ON grants (bucket_id, privilege);
CREATE INDEX grants_by_grantor ON grants (grantor);

-- Raised by whatever changes grants or who is in a role, so that what is kept in memory is known to be old.
CREATE TABLE grants_version (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  version  INTEGER NOT NULL
);

INSERT INTO grants_version (id, version) VALUES (1, 0);
