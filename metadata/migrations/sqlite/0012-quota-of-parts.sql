-- The parts of uploads under way count for the quota: those that are there already, too.
UPDATE usage SET logical_bytes = logical_bytes + coalesce(
  (SELECT sum(p.size_bytes) FROM buckets b JOIN uploads u ON u.bucket_id = b.id JOIN parts p ON p.set_id = u.upload_id
   WHERE b.account_id = usage.account_id), 0);
