-- Access control lists of objects; those of buckets are configurations ('acl').

ALTER TABLE objects ADD COLUMN acl TEXT;             -- JSON: grants; null: its owner has full control, nobody else anything
ALTER TABLE versions ADD COLUMN acl TEXT;
ALTER TABLE uploads ADD COLUMN acl TEXT;
ALTER TABLE uploads ADD COLUMN owner_id TEXT;        -- of what it becomes; null: the bucket's owner
