-- The same bytes are kept once: the blob that has them is found by their digest.
CREATE INDEX blobs_by_sha256 ON blobs (sha256, size_bytes) WHERE sha256 IS NOT NULL;
