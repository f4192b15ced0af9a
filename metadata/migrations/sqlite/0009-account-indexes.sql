-- What is listed, looked for or removed by accounts takes no longer where there are many.

-- In the order that accounts are listed in.
DROP INDEX accounts_by_folded_name;
CREATE INDEX accounts_by_folded_name ON accounts (lower(name), name);
CREATE INDEX accounts_by_role ON accounts (role, lower(name), name);
CREATE INDEX accounts_by_status ON accounts (status, lower(name), name);

CREATE INDEX claims_by_account ON claims (account_id, prefix);
CREATE INDEX oauth_states_by_account ON oauth_states (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX invites_by_expiry ON invites (expires_at);
