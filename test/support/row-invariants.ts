/** What must hold of the rows at any moment, each as a query that finds what breaks it. */
export const INVARIANTS: Readonly<Record<string, string>> = {
  "usage is the sum of the versions, and of uploads' parts, in the buckets of an account": `
    SELECT u.account_id FROM usage u LEFT JOIN (
      SELECT b.account_id, sum(is_version) AS n, sum(size_bytes) AS bytes FROM (
        SELECT bucket_id, size_bytes, 1 AS is_version FROM objects
        UNION ALL SELECT bucket_id, size_bytes, 1 FROM versions WHERE is_delete_marker = 0
        UNION ALL SELECT bucket_id, size_bytes, 0 FROM uploads JOIN parts ON set_id = upload_id
      ) JOIN buckets b ON b.id = bucket_id GROUP BY b.account_id
    ) o ON o.account_id = u.account_id
    WHERE u.object_count <> coalesce(o.n, 0) OR u.logical_bytes <> coalesce(o.bytes, 0)`,
  'references are counted': `
    WITH held AS (
      SELECT blob_id, count(*) AS n FROM (
        SELECT blob_id FROM objects WHERE blob_id IS NOT NULL
        UNION ALL SELECT blob_id FROM versions WHERE blob_id IS NOT NULL
        UNION ALL SELECT blob_id FROM parts WHERE blob_id IS NOT NULL
      ) GROUP BY blob_id
    )
    SELECT b.id FROM blobs b LEFT JOIN held h ON h.blob_id = b.id WHERE b.refs <> coalesce(h.n, 0)
    UNION ALL SELECT h.blob_id FROM held h LEFT JOIN blobs b ON b.id = h.blob_id WHERE b.id IS NULL`,
  'what nothing refers to is released': 'SELECT id FROM blobs WHERE (refs = 0) <> (released_at IS NOT NULL)',
  'inline bytes are where a blob is inline': `
    SELECT b.id FROM blobs b LEFT JOIN inline_blobs i ON i.blob_id = b.id
    WHERE (b.location IS NULL) <> (i.blob_id IS NOT NULL) OR length(i.data) <> b.size_bytes
    UNION ALL SELECT blob_id FROM inline_blobs WHERE blob_id NOT IN (SELECT id FROM blobs WHERE refs > 0)`,
  'parts belong to an upload or an object': `
    SELECT set_id FROM parts WHERE set_id NOT IN (SELECT upload_id FROM uploads)
      AND set_id NOT IN (SELECT part_set FROM objects WHERE part_set IS NOT NULL)
      AND set_id NOT IN (SELECT part_set FROM versions WHERE part_set IS NOT NULL)`,
  'an object has all its parts': `
    SELECT key FROM objects o WHERE part_set IS NOT NULL
      AND (part_count, size_bytes) <> (SELECT count(*), sum(size_bytes) FROM parts WHERE set_id = o.part_set)`,
  'an object is the latest event of its key': `
    SELECT o.key FROM objects o JOIN buckets b ON b.id = o.bucket_id
    WHERE b.versioning IS NULL
      AND o.seq <> (SELECT max(seq) FROM events e WHERE e.bucket = b.name AND e.key = o.key)`,
  'an object is newer than every older version of its key': `
    SELECT o.key FROM objects o JOIN versions v ON v.bucket_id = o.bucket_id AND v.key = o.key WHERE -v.rank >= o.seq`,
  'a key without an object has a delete marker as its newest version': `
    SELECT key FROM versions v
    WHERE is_delete_marker = 0
      AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.bucket_id = v.bucket_id AND o.key = v.key)
      AND rank = (SELECT min(rank) FROM versions n WHERE n.bucket_id = v.bucket_id AND n.key = v.key)`,
};
